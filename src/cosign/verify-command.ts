import { authorityFlags, logFlags, type SignatureOptions } from './args.ts'
import type { Authority } from './cosign.ts'

const LEGACY_ONLY = '--new-bundle-format=false'

/**
 * The command by which people check a signature, for a POSIX shell. A public key is read from the file cosign.pub, a trusted root from the path
 * that `options` has. It names a format only where there is a legacy signature alone: beside anybody's bundle cosign 3 does not look for one
 * otherwise. Cosign before 2.6 does not know that flag, and needs none.
 * @param reference `repository@sha256:…`.
 * @param options.formats in which it is signed.
 * @param annotations what the signature has to say.
 */
export function verifyCommand(
  reference: string,
  authority: Authority,
  options: Omit<SignatureOptions, 'format'> & { readonly formats?: readonly string[] },
  annotations: Readonly<Record<string, string>>
): string {
  const { signatureRepository, formats = [] } = options
  const place = signatureRepository === undefined ? [] : [`COSIGN_REPOSITORY=${shellWord(signatureRepository)}`]
  const conditions = Object.entries(annotations).flatMap(([key, value]) => ['-a', `${key}=${value}`])
  const stored = formats.length > 0 && formats.every(format => format === 'legacy') ? [LEGACY_ONLY] : []
  const flags = [...authorityFlags(authority, 'cosign.pub'), ...logFlags(options), ...stored, ...conditions]
  return [...place, 'cosign', 'verify', ...flags.map(shellWord), reference].join(' ')
}

/** The command that writes the file of `verifyCommand` for people who may use the key store, for a POSIX shell. */
export function publicKeyCommand(kmsReference: string): string {
  return `cosign public-key --key ${shellWord(kmsReference)} > cosign.pub`
}

function shellWord(value: string): string {
  return /^[\w./:@=+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}
