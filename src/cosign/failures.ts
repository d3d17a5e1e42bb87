import type { CommandError } from '../process/run.ts'

/** What a failed cosign means. */
export interface CosignFailure {
  /** A sentence without a full stop. */
  readonly reason: string
  readonly remedy?: string
}

/** Cosign's words on standard error and what they mean, most specific first. Source: sigstore/cosign v3.1, go-containerregistry v0.21. */
const KNOWN: readonly (readonly [RegExp, string, string?])[] = [
  [/invalid pem block/, 'cosign cannot read the key as PEM', 'store the file cosign.key as it is'],
  [/unsupported pem type/, "the key is not one of cosign's", 'run `cosign import-key-pair --key FILE`'],
  [/decrypt: /, 'the key cannot be decrypted', 'check cosign-password'],
  [
    /TAG_INVALID|(is|as) immutable|PRECONDITION/,
    'the registry does not let the tag of a signature be written again, because its tags are immutable',
    'exempt tags that begin with sha256- from immutability'
  ],
  [
    /DENIED|403 Forbidden|permission_denied/,
    'the registry does not let this job write',
    'in GitHub Packages the job needs `permissions: packages: write`, and the package must be linked to the repository'
  ],
  [
    /UNAUTHORIZED|401 Unauthorized|authentication required/,
    'the registry wants a login',
    'use docker/login-action before this step, or registry-username and registry-password'
  ],
  [/TOOMANYREQUESTS|429 Too Many/, 'the registry answers too many requests (429)', 'run the job again later'],
  [
    /MANIFEST_INVALID|405 Method Not Allowed|UNSUPPORTED/,
    'the registry does not take this kind of manifest',
    'use signature-format: legacy'
  ],
  [
    /MANIFEST_UNKNOWN|NAME_UNKNOWN|404 Not Found|entity not found/,
    'the image is not in the registry',
    'push it before this step'
  ],
  [
    /error getting signing config from TUF|tuf refresh failed/,
    'the public Sigstore cannot be reached (tuf-repo-cdn.sigstore.dev)',
    'allow the host, or use transparency-log: false'
  ],
  [
    /\/api\/v[12]\/log\/entries/,
    'the transparency log did not take the entry',
    'run the job again later, or use transparency-log: false'
  ],
  [
    /timestamp authority|\/timestamp"/,
    'the timestamp authority did not answer',
    'run the job again later, or use transparency-log: false'
  ],
  [
    /x509: /,
    "the registry's certificate is signed by an authority that this machine does not know",
    'set SSL_CERT_FILE'
  ],
  [/no such host|connection refused|i\/o timeout|context deadline exceeded/, 'the registry cannot be reached'],
  [/no signatures found/, 'no signature was found'],
  [
    /accepted signatures do not match threshold|no matching signatures|no matching attestations/,
    'there are signatures, but none by this key'
  ]
]

/** The meaning of a cosign that failed. */
export function explainCosign(error: CommandError): CosignFailure {
  const known = error.timedOut ? undefined : KNOWN.find(([pattern]) => pattern.test(error.stderr))
  if (!known) return { reason: [error.message, firstError(error.stderr)].filter(part => part !== '').join(': ') }
  const [, reason, remedy] = known
  return remedy === undefined ? { reason } : { reason, remedy }
}

/** Every error stands twice on standard error; the first begins with `Error: `. */
function firstError(stderr: string): string {
  return /^Error: (.*)$/m.exec(stderr)?.[1]?.slice(0, 300) ?? ''
}
