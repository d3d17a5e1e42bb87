import { authorityFlags, logFlags, type SignatureOptions } from './args.ts'
import type { Authority } from './cosign.ts'

/**
 * The command by which people check a signature, for a POSIX shell. A public key is read from the file cosign.pub, a trusted root from the path
 * that `options` has. It names no format: where there is no bundle, cosign 3 looks for the legacy one by itself, and cosign 2 does not know the flag.
 * @param reference `repository@sha256:…`.
 * @param annotations what the signature has to say.
 */
export function verifyCommand(
  reference: string,
  authority: Authority,
  options: Omit<SignatureOptions, 'format'>,
  annotations: Readonly<Record<string, string>>
): string {
  const { signatureRepository } = options
  const place = signatureRepository === undefined ? [] : [`COSIGN_REPOSITORY=${shellWord(signatureRepository)}`]
  const conditions = Object.entries(annotations).flatMap(([key, value]) => ['-a', `${key}=${value}`])
  const flags = [...authorityFlags(authority, 'cosign.pub'), ...logFlags(options), ...conditions]
  return [...place, 'cosign', 'verify', ...flags.map(shellWord), reference].join(' ')
}

function shellWord(value: string): string {
  return /^[\w./:@=+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}
