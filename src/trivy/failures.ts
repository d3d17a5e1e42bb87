import type { CommandError } from '../process/run.ts'

/** What a failed Trivy means. */
export interface TrivyFailure {
  /** A sentence without a full stop. */
  readonly reason: string
  /** The same will happen again at once. */
  readonly permanent: boolean
}

/** Trivy's words, what they mean, and whether another try is of use. Source: aquasecurity/trivy v0.74.0, places in the reference notes of each row. */
const KNOWN: readonly (readonly [RegExp, string, boolean])[] = [
  [
    /unable to open .* as an? (Docker|OCI) image/i,
    'the file is no image archive: make it with `outputs: type=docker,dest=FILE`, or by docker save',
    true
  ],
  [/docker error: /, 'no Docker daemon answers here, or it has no such image', true],
  [/MANIFEST_UNKNOWN|manifest unknown/, 'there is no such tag or digest there', true],
  [/NAME_UNKNOWN|repository name not known/, 'there is no such repository there', true],
  [/BLOB_UNKNOWN/, 'the registry has lost a part of it: push it again', true],
  [
    /UNAUTHORIZED|401 Unauthorized/,
    'the registry wants a login: use docker/login-action before this step, or registry-username and registry-password',
    true
  ],
  [/DENIED|403 Forbidden/, 'the login may not read there: in GitHub Packages the job needs `packages: read`', true],
  [/404 Not Found/, 'nothing is there (404)', true],
  [/TOOMANYREQUESTS|429 Too Many/, 'the registry answers too many requests (429)', false],
  [/no child with platform/, 'the platform is not in the image', true],
  [/unsupported artifact type/, 'it is not a container image', true],
  [/does not match requested digest/, 'the registry served other bytes than the digest asks for', true],
  [
    /x509: /,
    "the registry's certificate is signed by an authority that this machine does not know: set SSL_CERT_FILE",
    true
  ],
  [/no such host/, 'the host name cannot be resolved', false],
  [/connection refused/, 'nobody answers at that address', false],
  [/i\/o timeout|context deadline exceeded|TLS handshake timeout/, 'no answer in time', false],
  [
    /unable to load VEX/,
    'a file of the input vex is no OpenVEX and no CSAF document in JSON, the formats that can speak of an image',
    true
  ],
  [/no space left on device/, 'the disk is full', true],
  [/doesn't match\. Local DB|old DB schema/, 'the database has a schema that this Trivy cannot read', true],
  [
    /acceptable media type|single layer|org\.opencontainers\.image\.title/,
    'what is there is not a Trivy database',
    true
  ]
]

/** How much of a chain of causes is told, in characters. */
const LONGEST_CHAIN = 300

/** Trivy's message when JARs are there and the Java database is not. Source: trivy pkg/javadb/client.go. */
const NEEDS_JAVA_DATABASE = /Java DB/

/** The meaning of a Trivy that failed. */
export function explainTrivy(error: CommandError): TrivyFailure {
  if (error.exitCode === 2 && /panic:|runtime error/.test(error.stderr))
    return { reason: 'Trivy crashed', permanent: true }
  const known = error.timedOut ? undefined : KNOWN.find(([pattern]) => pattern.test(error.stderr))
  if (known) return { reason: known[1], permanent: known[2] }
  const last = fatalLine(error.stderr)
  return { reason: last === '' ? error.message : `${error.message}: ${last}`, permanent: false }
}

/** True when the scan can succeed once the Java database is there. */
export function wantsJavaDatabase(error: CommandError): boolean {
  return NEEDS_JAVA_DATABASE.test(error.stderr)
}

/**
 * The end of Trivy's fatal line, where the cause stands, from the beginning of a link of its chain.
 * Format: `time<TAB>FATAL<TAB>Fatal error<TAB>link: link: cause`.
 */
function fatalLine(stderr: string): string {
  const line = stderr.split('\n').findLast(entry => entry.includes('\tFATAL\t')) ?? ''
  const chain = line.split('\t').slice(2).join(' ')
  if (chain.length <= LONGEST_CHAIN) return chain
  const end = chain.slice(-LONGEST_CHAIN)
  return end.slice(end.indexOf(': ') + 1).trimStart()
}
