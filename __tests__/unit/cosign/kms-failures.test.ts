import { describe, expect, test } from '@jest/globals'
import { explainKms } from '../../../src/cosign/kms-failures.ts'

const vault403 = `public key: Error making API request.

URL: GET http://127.0.0.1:8200/v1/transit/keys/signing
Code: 403. Errors:

* permission denied`

/** Those of Vault, and what AWS and Azure say without a login or a network, as cosign 3.1.3 printed them; the others as the SDKs' sources have them. */
const SAID: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'hashivault://k',
    'kms get: VAULT_ADDR or BAO_ADDR is not set',
    'VAULT_ADDR is not set',
    /set VAULT_ADDR and VAULT_TOKEN/
  ],
  [
    'hashivault://k',
    'kms get: read .vault-token file: open /tmp/h/.vault-token: no such file or directory',
    'VAULT_TOKEN is not set',
    /set VAULT_ADDR and VAULT_TOKEN/
  ],
  [
    'hashivault://k',
    vault403,
    'VAULT_TOKEN is not valid, or may not use the key',
    /check VAULT_TOKEN; let the login read/
  ],
  [
    'hashivault://k',
    'could not read data from transit key path: /transit/keys/k',
    'there is no such key',
    /cosign-key/
  ],
  [
    'hashivault://a/b',
    'kms get: kms specification should be in the format hashivault://<key>',
    'the reference is not of the form hashivault://<key>',
    /correct cosign-key/
  ],
  [
    'hashivault://k',
    'public key: Get "http://127.0.0.1:1/v1/transit/keys/k": dial tcp 127.0.0.1:1: connect: connection refused',
    'it does not answer',
    /address/
  ],
  [
    'awskms:///alias/k',
    'getting public key: operation error KMS: GetPublicKey, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found',
    'there is no login',
    /configure-aws-credentials/
  ],
  [
    'awskms:///alias/k',
    'getting public key: operation error KMS: GetPublicKey, https response error StatusCode: 400, RequestID: 1, api error AccessDeniedException: no',
    'the login may not use the key',
    /let the login/
  ],
  [
    'awskms:///alias/k',
    'getting public key: operation error KMS: GetPublicKey, NotFoundException: Alias is not found',
    'there is no such key',
    /region/
  ],
  [
    'gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k',
    'kms get: new gcp kms client: credentials: could not find default credentials. See https://cloud.google.com',
    'there is no login',
    /google-github-actions\/auth/
  ],
  [
    'gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k',
    'rpc error: code = PermissionDenied desc = Permission denied',
    'the login may not use the key',
    /let the login/
  ],
  [
    'azurekms://v.vault.azure.net/k',
    'public key: public key: DefaultAzureCredential: failed to acquire a token.',
    'there is no login',
    /AZURE_TENANT_ID/
  ],
  [
    'azurekms://v.vault.azure.net/k',
    'public key: public key: Get "https://v.vault.azure.net/keys/k/": dial tcp: lookup v.vault.azure.net: no such host',
    'it does not answer',
    /address/
  ]
]

describe('what a key store says is one sentence:', () => {
  test.each(SAID)('%s: %s', (reference, words, meaning, remedy) => {
    const failure = explainKms(`Error: ${words}\nerror during command execution: ${words}\n`, reference, true)
    expect(failure?.reason).toMatch(/^the key in (AWS KMS|Google Cloud KMS|Azure Key Vault|Vault) \(/)
    expect(failure?.reason).toContain(`(${reference}) cannot be used: ${meaning}`)
    expect(failure?.reason).not.toContain('\n')
    expect(failure?.remedy).toMatch(remedy)
  })
})

test('a registry that refuses is not taken for the key store', () => {
  const words = 'Error: signing [r]: Get "https://ghcr.io/v2/": dial tcp 127.0.0.1:1: connect: connection refused'
  expect(explainKms(words, 'hashivault://k', false)).toBeUndefined()
  expect(explainKms(vault403, 'hashivault://k', false)?.reason).toContain(
    'VAULT_TOKEN is not valid, or may not use the key'
  )
})

test('what it does not know it does not explain', () => {
  expect(explainKms('Error: something new', 'hashivault://k', true)).toBeUndefined()
  expect(explainKms('Error: kms get: x', 'k8s://a/b', true)).toBeUndefined()
})
