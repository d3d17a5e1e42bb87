import type { CosignFailure } from './failures.ts'
import { type KmsProvider, kmsProviderOf } from './kms.ts'

const NAMES: Readonly<Record<KmsProvider, string>> = {
  awskms: 'AWS KMS',
  gcpkms: 'Google Cloud KMS',
  azurekms: 'Azure Key Vault',
  hashivault: 'Vault'
}

/** How a job logs in, in a way that reaches cosign's child, which has no program on its PATH. */
const LOGINS: Readonly<Record<KmsProvider, string>> = {
  awskms: 'use aws-actions/configure-aws-credentials before this step',
  gcpkms: 'use google-github-actions/auth before this step',
  azurekms:
    'set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE in env of this step (a login of the program az does not reach cosign)',
  hashivault: 'set VAULT_ADDR and VAULT_TOKEN in env of this step, for example by hashicorp/vault-action before it'
}

const RIGHTS = 'let the login read the public key and sign with the key'

/** What key stores' clients say, most specific first, and what it means. `login`: the remedy is the provider's way to log in. */
const KNOWN: readonly (readonly [RegExp, string, string])[] = [
  [/kms specification should be in the format ([^\n]+)/, 'the reference is not of the form $1', 'correct cosign-key'],
  [/VAULT_ADDR or BAO_ADDR is not set/, 'VAULT_ADDR is not set', 'login'],
  [/vault-token|[Tt]oken helper|no Vault token/, 'VAULT_TOKEN is not set', 'login'],
  [/Missing Region|[Mm]issing region/, 'AWS_REGION is not set', 'set AWS_REGION in env of this step'],
  [/get credentials|default credentials|failed to acquire a token|CredentialUnavailable/, 'there is no login', 'login'],
  [
    /InvalidClientTokenId|UnrecognizedClient|InvalidSignature|Expired|invalid_(client|grant)|Unauthenticated|Code: 401|StatusCode: 401|401 Unauthorized/,
    'the login is not valid, or no longer',
    'login'
  ],
  // Vault answers the same for a token that it does not know and for one that may not.
  [/^Code: 403\b/m, 'VAULT_TOKEN is not valid, or may not use the key', `check VAULT_TOKEN; ${RIGHTS}`],
  [/Code: 403|AccessDenied|PermissionDenied|403 Forbidden|StatusCode: 403/, 'the login may not use the key', RIGHTS],
  [
    /could not read data from transit key path|NotFound|Code: 404|404 Not Found|signing key not found/,
    'there is no such key',
    'correct cosign-key, or the engine, region or project where the key is'
  ],
  [
    /no such host|connection refused|timeout|deadline exceeded|Code: 5\d\d|StatusCode: 5\d\d/,
    'it does not answer',
    'check its address and the network of the runner, or run the job again'
  ]
]

/** Words that only a key store's client says, so that a registry's failure is not taken for the key store's. */
const ABOUT_KMS = /kms get:|operation error KMS|Error making API request|\/transit\/|vault\.azure\.net|rpc error: code/

/**
 * What a cosign says that could not use a key in a key store; undefined when that is not what failed.
 * @param reference `cosign-key`.
 * @param certain true when nothing but the key store was asked.
 */
export function explainKms(stderr: string, reference: string, certain: boolean): CosignFailure | undefined {
  const provider = kmsProviderOf(reference)
  if (provider === undefined || !(certain || ABOUT_KMS.test(stderr))) return undefined
  const [pattern, meaning, remedy] = KNOWN.find(([known]) => known.test(stderr)) ?? []
  if (pattern === undefined || meaning === undefined || remedy === undefined) return undefined
  const [, detail = ''] = pattern.exec(stderr) ?? []
  return {
    reason: `the key in ${NAMES[provider]} (${reference}) cannot be used: ${meaning.replace('$1', () => detail)}`,
    remedy: remedy === 'login' ? LOGINS[provider] : remedy
  }
}
