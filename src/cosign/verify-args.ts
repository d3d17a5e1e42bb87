import { authorityFlags, type SignatureFormat } from './args.ts'
import type { Authority, VerifyOptions } from './cosign.ts'

/** One call of cosign: whose signatures or attestations, in which format. */
export interface Look {
  readonly by: Authority
  readonly format: SignatureFormat
}

/**
 * Arguments of `cosign verify`; a public key is in the environment.
 * @param reference `repository@sha256:…`.
 */
export function signatureArguments(reference: string, look: Look, options: VerifyOptions): string[] {
  return ['verify', ...lookFlags(look, options), '--output', 'json', '--', reference]
}

/**
 * Arguments of `cosign verify-attestation`; a public key is in the environment.
 * @param predicateType the URI: by a short name cosign also reads the predicate into its own types, and one odd attestation spoils the call
 * for all the others (cosign pkg/policy/attestation.go, "unmarshaling CosignVulnStatement").
 */
export function attestationArguments(
  reference: string,
  look: Look,
  predicateType: string,
  options: VerifyOptions
): string[] {
  return ['verify-attestation', '--type', predicateType, ...lookFlags(look, options), '--', reference]
}

function lookFlags({ by, format }: Look, options: VerifyOptions): string[] {
  // Without the flag cosign looks for bundles, and as soon as there is one, whoever made it, not for a legacy signature any more.
  const legacy = format === 'legacy' ? ['--new-bundle-format=false'] : []
  return [...authorityFlags(by, 'env://COSIGN_PUBLIC_KEY'), ...proofFlags(by, options), ...legacy]
}

function proofFlags(by: Authority, { log, trustedRoot }: VerifyOptions): string[] {
  const root = trustedRoot === undefined ? [] : ['--trusted-root', trustedRoot]
  if (log === 'required') return root
  if (by.kind === 'key') return ['--insecure-ignore-tlog=true']
  // A certificate lives for ten minutes. Without the log only a time stamp says that the signature was made in them; without either cosign
  // takes the present time, so that a signature would be good for ten minutes and bad for ever after.
  return ['--insecure-ignore-tlog=true', '--use-signed-timestamps', ...root]
}
