import { describe, expect, test } from '@jest/globals'
import { signArguments } from '../../../src/cosign/args.ts'
import { keyArguments, keyEnvironment } from '../../../src/cosign/key.ts'
import { kmsEnvironment, kmsProviderOf } from '../../../src/cosign/kms.ts'

/** A step in which somebody is logged in everywhere, with secrets of ours and switches that would weaken it. */
const STEP = {
  ...{
    PATH: '/usr/bin',
    HOME: '/root',
    GITHUB_TOKEN: 'g',
    INPUT_COSIGN_KEY: 'k',
    COSIGN_PASSWORD: 'p',
    COSIGN_KEY: 'x'
  },
  ...{ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'o', ACTIONS_ID_TOKEN_REQUEST_URL: 'u', ACTIONS_RUNTIME_TOKEN: 'r' },
  ...{ AWS_ACCESS_KEY_ID: 'a1', AWS_SECRET_ACCESS_KEY: 'a2', AWS_SESSION_TOKEN: 'a3', AWS_REGION: 'eu-central-1' },
  ...{ AWS_TLS_INSECURE_SKIP_VERIFY: '1', AWS_ENDPOINT_URL_S3: 'https://s3.example' },
  ...{
    GOOGLE_APPLICATION_CREDENTIALS: '/w/gcp.json',
    GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1',
    GOOGLE_OAUTH_TOKEN: 'g'
  },
  ...{ AZURE_TENANT_ID: 'z1', AZURE_CLIENT_ID: 'z2', AZURE_CLIENT_SECRET: 'z3', AZURE_CONFIG_DIR: '/az' },
  ...{
    VAULT_ADDR: 'https://vault.example',
    VAULT_TOKEN: 'v',
    VAULT_SKIP_VERIFY: 'true',
    TRANSIT_SECRET_ENGINE_PATH: 'sign'
  }
}

const PROVIDERS = [
  [
    'awskms',
    'awskms:///alias/signing',
    { AWS_ACCESS_KEY_ID: 'a1', AWS_SECRET_ACCESS_KEY: 'a2', AWS_SESSION_TOKEN: 'a3', AWS_REGION: 'eu-central-1' }
  ],
  [
    'gcpkms',
    'gcpkms://projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1',
    { GOOGLE_APPLICATION_CREDENTIALS: '/w/gcp.json' }
  ],
  [
    'azurekms',
    'azurekms://acme.vault.azure.net/signing',
    { AZURE_TENANT_ID: 'z1', AZURE_CLIENT_ID: 'z2', AZURE_CLIENT_SECRET: 'z3' }
  ],
  [
    'hashivault',
    'hashivault://signing',
    { VAULT_ADDR: 'https://vault.example', VAULT_TOKEN: 'v', TRANSIT_SECRET_ENGINE_PATH: 'sign' }
  ]
] as const

describe.each(PROVIDERS)('%s', (provider, reference, env) => {
  test('is recognised', () => {
    expect(kmsProviderOf(reference)).toBe(provider)
  })

  test('sees its own variables and nothing else of the step', () => {
    expect(kmsEnvironment(reference, STEP)).toEqual(env)
  })

  test('is signed with by its reference, and by no password', async () => {
    const key = { kind: 'kms', reference, env } as const
    const log = { format: 'bundle', log: false } as const
    expect(keyArguments(key)).toEqual(['--key', reference])
    expect(signArguments('r@sha256:1', key, log, {}, 'b').slice(0, 4)).toEqual(['sign', '--key', reference, '--yes'])
    expect(await keyEnvironment(key)).toEqual(env)
  })
})

test('another scheme is no provider, and sees nothing', () => {
  for (const reference of ['k8s://a/b', 'env://X', 'awskms:x', 'toString://x', 'xawskms://a', '']) {
    expect(kmsProviderOf(reference)).toBeUndefined()
    expect(kmsEnvironment(reference, STEP)).toEqual({})
  }
})
