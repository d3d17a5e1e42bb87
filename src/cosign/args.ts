import { csvField } from '../process/csv.ts'

/** How a signature is stored: a Sigstore bundle beside the image (cosign 3), or the `.sig` tag that older readers know. */
export type SignatureFormat = 'bundle' | 'legacy'

/** What every signature of one run has in common. */
export interface SignatureOptions {
  readonly format: SignatureFormat
  /** Whether the signature is put into the public transparency log. */
  readonly log: boolean
}

/**
 * Arguments of `cosign sign` with a private key in the environment.
 * @param reference `repository@sha256:…`.
 * @param bundleFile where a copy of the bundle goes; its SHA-256 is the digest of the layer that is pushed. Only for the bundle format.
 */
export function signArguments(
  reference: string,
  options: SignatureOptions,
  annotations: Readonly<Record<string, string>>,
  bundleFile: string
): string[] {
  return [
    'sign',
    '--key',
    'env://COSIGN_PRIVATE_KEY',
    '--yes',
    ...signFlags(options),
    ...(options.format === 'bundle' ? ['--bundle', bundleFile] : []),
    ...Object.entries(annotations).flatMap(([key, value]) => ['-a', csvField(`${key}=${value}`)]),
    '--',
    reference
  ]
}

/** Arguments of `cosign verify` with the public key in the environment. */
export function verifyArguments(reference: string, options: SignatureOptions): string[] {
  return ['verify', '--key', 'env://COSIGN_PUBLIC_KEY', ...verifyFlags(options), '--output', 'json', '--', reference]
}

/**
 * The command for people, with the public key in a file. It names no format: where there is no bundle, cosign 3 looks for the legacy one by
 * itself, and cosign 2 does not know the flag.
 */
export function verifyCommand(
  reference: string,
  options: Pick<SignatureOptions, 'log'>,
  annotations: Readonly<Record<string, string>>
): string {
  const conditions = Object.entries(annotations).flatMap(([key, value]) => ['-a', shellWord(`${key}=${value}`)])
  return ['cosign', 'verify', '--key', 'cosign.pub', ...logFlags(options), ...conditions, reference].join(' ')
}

function signFlags(options: SignatureOptions): string[] {
  // Without a log both flags are needed: one alone is refused, or still asks the public Sigstore (cosign internal/key/…/signcommon).
  const log = options.log ? [] : ['--use-signing-config=false', '--tlog-upload=false']
  if (options.format === 'bundle') return log
  return ['--new-bundle-format=false', ...(options.log ? ['--use-signing-config=false'] : log)]
}

function verifyFlags(options: SignatureOptions): string[] {
  return [...logFlags(options), ...(options.format === 'legacy' ? ['--new-bundle-format=false'] : [])]
}

function logFlags({ log }: Pick<SignatureOptions, 'log'>): string[] {
  return log ? [] : ['--insecure-ignore-tlog=true']
}

function shellWord(value: string): string {
  return /^[\w./:@=+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}
