import { expect, test } from '@jest/globals'
import { keyArguments, keyEnvironment } from '../../../src/cosign/key.ts'
import { aPemKey, keylessKey } from '../../fixtures/signing.ts'

test('a key of our own reaches its child by environment, an empty password too', async () => {
  expect(keyArguments(aPemKey)).toEqual(['--key', 'env://COSIGN_PRIVATE_KEY'])
  expect(await keyEnvironment({ kind: 'pem', pem: 'the key', password: '' })).toEqual({
    COSIGN_PRIVATE_KEY: 'the key',
    COSIGN_PASSWORD: ''
  })
})

test('keyless names no key, and each call gets a token of its own and nothing that mints others', async () => {
  const key = keylessKey()
  expect(keyArguments(key)).toEqual([])
  expect(await keyEnvironment(key)).toEqual({ SIGSTORE_ID_TOKEN: 'token 1' })
  expect(await keyEnvironment(key)).toEqual({ SIGSTORE_ID_TOKEN: 'token 2' })
})
