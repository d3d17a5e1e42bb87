import type { CommandError } from '../process/run.ts'

/** Why one look of cosign found nothing that it believes. */
export type LookFailure =
  /** It says that there is nothing. It says so as well when the registry does not answer, or what is there cannot be read. */
  | { readonly kind: 'nothing' }
  /** What is there is signed by the authority, but for another digest. */
  | { readonly kind: 'other-digest' }
  /** The authority attested something, but nothing of the type that was asked for. */
  | { readonly kind: 'other-types'; readonly types: readonly string[] }
  /** What is there is not believed. */
  | {
      readonly kind: 'refused'
      /** Some of it is not in the log that is required; whose it is was then not looked at. */
      readonly unlogged: boolean
      /** What is known of the signers: clauses that begin with "it" or "its". */
      readonly details: readonly string[]
    }
  /** It could not look; `reason` is a sentence without a full stop. */
  | {
      readonly kind: 'unreachable'
      readonly reason: string
      readonly remedy?: string
      /** It may go better in a moment. */
      readonly passing: boolean
    }
  | { readonly kind: 'error'; readonly reason: string; readonly remedy?: string }

const LOG_REMEDY =
  'Sign again with cosign 3 and signature-format: bundle, which keeps the proof beside the signature, or set transparency-log: ignored.'
const ROOT_REMEDY = 'Give the file trusted_root.json of your Sigstore, as `cosign trusted-root create` writes it.'

type Known = readonly [RegExp, 'unreachable' | 'passing' | 'error', string, string?]

/** Words that say that cosign could not do its work, most specific first. Recorded from cosign 3.1.3: __tests__/fixtures/cosign/refusals.json */
const PREVENTED: readonly Known[] = [
  [
    /error parsing regexp/,
    'error',
    'the regular expression for the identity cannot be read',
    "Write it in the syntax of Go's RE2."
  ],
  [/failed to read trusted root/, 'error', 'the file of the trusted root cannot be read', ROOT_REMEDY],
  [
    /loading trusted root/,
    'error',
    'the file of the trusted root does not hold a trusted root of Sigstore',
    ROOT_REMEDY
  ],
  [
    /loading public key|pem to public key/,
    'error',
    'cosign cannot read the public key',
    'Give the whole file cosign.pub.'
  ],
  [
    /from TUF|tuf refresh failed|TUF client/,
    'unreachable',
    'the public Sigstore, whose trusted root is needed, cannot be reached (tuf-repo-cdn.sigstore.dev)',
    'Allow the host, or give trusted-root.'
  ],
  [
    /searching log query/,
    'unreachable',
    'the legacy signature holds no proof of its log entry, and the public log, which would have one, cannot be asked (rekor.sigstore.dev)',
    LOG_REMEDY
  ]
]

/** What the registry, or the way to it, did to cosign. Source: google/go-containerregistry pkg/v1/remote/transport, Go's net */
const REGISTRY: readonly Known[] = [
  [
    /UNAUTHORIZED|DENIED|401 Unauthorized|403 Forbidden|authentication required/,
    'unreachable',
    'the registry does not let cosign read the signatures',
    'Log in first with docker/login-action, or set registry-username and registry-password.'
  ],
  [/TOOMANYREQUESTS|429 Too Many/, 'passing', 'the registry limits how often it may be asked (429)'],
  [
    /x509: /,
    'unreachable',
    "the registry's certificate is signed by an authority that this machine does not know",
    "For a company's own authority, set SSL_CERT_FILE."
  ],
  [
    /\b(GET|HEAD) https?:|\b(Get|Head) ""|no such host|connection (refused|reset)|i\/o timeout|context deadline exceeded|\bEOF\b/,
    'passing',
    'the registry did not give cosign the signatures'
  ]
]

/** Of what is in a registry, and of bundles that were brought here. */
const NOTHING: readonly string[] = ['no signatures found', 'no valid bundles found in local layout']

/** Reads why cosign failed. */
export function readFailure(error: CommandError): LookFailure {
  if (error.timedOut) return { kind: 'unreachable', reason: error.message, passing: false }
  const said = firstError(error.stderr)
  const refusal = /^no matching (?:attestations|signatures):(.*)$/s.exec(said)?.[1]
  if (NOTHING.includes(said) || refusal?.trim() === '') return { kind: 'nothing' }
  const [, found] = /^none of the attestations matched the predicate type: .*, found: (.*)$/.exec(said) ?? []
  if (found !== undefined) return { kind: 'other-types', types: [...new Set(found.split(','))] }

  // What a certificate says is somebody else's text: it must not look like a registry that is down.
  const words = said.replaceAll(/"[^"\n]*"/g, '""')
  const isRequest = refusal === undefined || /\b(Get|Head|GET|HEAD) (""|https?:)/.test(words)
  const prevented = [...PREVENTED, ...(isRequest ? REGISTRY : [])].find(([pattern]) => pattern.test(words))
  if (prevented) return explained(prevented)
  if (refusal !== undefined) return readRefusal(refusal)
  return { kind: 'error', reason: [error.message, said.slice(0, 300)].filter(part => part !== '').join(': ') }
}

function explained([, kind, reason, remedy]: Known): LookFailure {
  const text = remedy === undefined ? { reason } : { reason, remedy }
  return kind === 'error' ? { kind, ...text } : { kind: 'unreachable', passing: kind === 'passing', ...text }
}

/** Every error stands twice on standard error, with many lines where there are many bundles. */
function firstError(stderr: string): string {
  const start = stderr.search(/^Error: /m)
  const [said = ''] =
    start < 0 ? [] : stderr.slice(start + 'Error: '.length).split('\nerror during command execution: ')
  return said.trim()
}

/** Cosign looks at the log first, then at the certificate, the signature, and the digest last: so a wrong digest is the right signer's. */
function readRefusal(lines: string): LookFailure {
  if (
    /does not match any digest in statement|no matching subject digest|invalid or missing digest in claim/.test(lines)
  )
    return { kind: 'other-digest' }
  return {
    kind: 'refused',
    unlogged: /not enough verified log entries|not found in transparency log/.test(lines),
    details: [...new Set(lines.split('\n').flatMap(detailOf))]
  }
}

function detailOf(line: string): string[] {
  const [, what, got] = /expected (SAN|issuer) value .*, got "(.*)"$/.exec(line) ?? []
  if (got !== undefined)
    return [what === 'SAN' ? `it is by ${shown(got)}` : `its identity is vouched for by ${shown(got)}`]
  if (/leaf certificate|No certificate for signer/.test(line))
    return ['its certificate is not one of the Sigstore that is trusted, or was not valid at the time']
  if (/signed timestamps/.test(line))
    return ['it holds no time stamp of the Sigstore that is trusted, to prove when it was made']
  return []
}

function shown(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
