import { authorityFlags, type SignatureFormat } from './args.ts'
import type { Authority, VerifyOptions } from './cosign.ts'
import { SIGNATURE_TYPES } from './output.ts'

/** One call of cosign: whose signatures or attestations, in which format. */
export interface Look {
  readonly by: Authority
  readonly format: SignatureFormat
}

/**
 * Arguments that ask for signatures; a public key is in the environment. A signature in a bundle is an attestation of a type of its own, and of
 * bundles that were brought here `cosign verify` does not print what was signed.
 * @param where for a bundle the directory of an OCI image layout, else `repository@sha256:…`.
 */
export function signatureArguments(where: string, look: Look, options: VerifyOptions): string[] {
  if (look.format === 'bundle') return attestationArguments(where, look, SIGNATURE_TYPES.bundle, options)
  return ['verify', ...lookFlags(look, options), '--output', 'json', '--', where]
}

/**
 * Arguments of `cosign verify-attestation`; a public key is in the environment.
 * @param where as for `signatureArguments`.
 * @param predicateType the URI: by a short name cosign also reads the predicate into its own types, and one odd attestation spoils the call
 * for all the others (cosign pkg/policy/attestation.go, "unmarshaling CosignVulnStatement").
 */
export function attestationArguments(
  where: string,
  look: Look,
  predicateType: string,
  options: VerifyOptions
): string[] {
  return ['verify-attestation', '--type', predicateType, ...lookFlags(look, options), '--', where]
}

function lookFlags({ by, format }: Look, options: VerifyOptions): string[] {
  // Without the first flag cosign looks for bundles, and as soon as there is one, whoever made it, not for a legacy signature any more.
  const stored = format === 'legacy' ? '--new-bundle-format=false' : '--local-image'
  return [...authorityFlags(by, 'env://COSIGN_PUBLIC_KEY'), ...proofFlags(by, options), stored]
}

function proofFlags(by: Authority, { log, trustedRoot }: VerifyOptions): string[] {
  const root = trustedRoot === undefined ? [] : ['--trusted-root', trustedRoot]
  if (log === 'required') return root
  if (by.kind === 'key') return ['--insecure-ignore-tlog=true']
  // A certificate lives for ten minutes. Without the log only a time stamp says that the signature was made in them; without either cosign
  // takes the present time, so that a signature would be good for ten minutes and bad for ever after.
  return ['--insecure-ignore-tlog=true', '--use-signed-timestamps', ...root]
}
