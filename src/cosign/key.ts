import type { SigningKey } from './cosign.ts'

/** Arguments that name the key: none of them is a secret. None at all makes cosign sign with an identity. */
export function keyArguments(key: SigningKey): string[] {
  if (key.kind === 'keyless') return []
  return ['--key', key.kind === 'pem' ? 'env://COSIGN_PRIVATE_KEY' : key.reference]
}

/**
 * The environment by which the key reaches its one child, and which no other child gets.
 * @throws ToolError when there is no OIDC token to be had.
 */
export async function keyEnvironment(key: SigningKey): Promise<Record<string, string>> {
  if (key.kind === 'kms') return { ...key.env }
  // Cosign reads it as one of its providers of identity (sigstore/cosign pkg/providers/envvar); with it the child can sign, but mint no token.
  if (key.kind === 'keyless') return { SIGSTORE_ID_TOKEN: await key.token() }
  // Always set, even if empty: else cosign asks standard input for it (cosign cmd/cosign/cli/generate/generate_key_pair.go).
  return { COSIGN_PRIVATE_KEY: key.pem, COSIGN_PASSWORD: key.password }
}
