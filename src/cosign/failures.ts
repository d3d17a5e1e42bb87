import type { CommandError } from '../process/run.ts'
import { explainService } from './service-failures.ts'
import { PUBLIC_SERVICES, type SigstoreService } from './services.ts'

/** What a failed cosign means. */
export interface CosignFailure {
  /** A sentence without a full stop. */
  readonly reason: string
  readonly remedy?: string
  /** True when a service of Sigstore failed, before anything could be pushed. */
  readonly service?: boolean
  /** True when the same call may well succeed a little later. */
  readonly transient?: boolean
  /** True when there was no answer at all. */
  readonly silent?: boolean
  /** True when it was us who ended cosign. */
  readonly ended?: boolean
}

/** Why process/deadline.ts ends a child: then it is not cosign that needs mending. */
const STEP_IS_OVER = /time limit of the step/

/** Cosign's words on standard error and what they mean, most specific first. Source: sigstore/cosign v3.1, go-containerregistry v0.21. */
const KNOWN: readonly (readonly [RegExp, string, string?])[] = [
  [/invalid pem block/, 'cosign cannot read the key as PEM', 'store the file cosign.key as it is'],
  [/unsupported pem type/, "the key is not one of cosign's", 'run `cosign import-key-pair --key FILE`'],
  [/decrypt: /, 'the key cannot be decrypted', 'check cosign-password'],
  [
    /TAG_INVALID|(is|as) immutable|PRECONDITION/,
    'the registry does not let the tag of a signature be written again, because its tags are immutable',
    'exempt tags that begin with sha256- from immutability, or set signature-repository to a repository whose tags can be written again'
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
  [
    /413 Request Entity Too Large|unexpected status code 413|SIZE_INVALID|MANIFEST_SIZE/,
    'what was to be pushed is larger than the registry takes',
    'raise the limit of the registry, or of the proxy before it'
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

/**
 * The meaning of a cosign that failed.
 * @param services those of Sigstore that it was to ask.
 */
export function explainCosign(
  error: CommandError,
  services: readonly SigstoreService[] = PUBLIC_SERVICES
): CosignFailure {
  if (error.timedOut) return explainEnd(error)
  const service = explainService(error.stderr, services)
  if (service !== undefined) return service
  const known = KNOWN.find(([pattern]) => pattern.test(error.stderr))
  if (!known) return { reason: inItsWords(error) }
  const [, reason, remedy] = known
  return remedy === undefined ? { reason } : { reason, remedy }
}

function explainEnd(error: CommandError): CosignFailure {
  const remedy = STEP_IS_OVER.test(error.message) ? { remedy: 'raise timeout, or find out what took so long' } : {}
  return { reason: inItsWords(error), ended: true, ...remedy }
}

function inItsWords({ message, stderr }: CommandError): string {
  return [message, firstError(stderr)].filter(part => part !== '').join(': ')
}

/** Every error stands twice on standard error; the first begins with `Error: `. */
function firstError(stderr: string): string {
  return /^Error: (.*)$/m.exec(stderr)?.[1]?.slice(0, 300) ?? ''
}
