import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { signDigest, verifyDigest } from '../../../world/services/ecdsa.ts'
import { startVault, type Vault } from '../../../world/services/vault.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const digestOf = (message: Uint8Array) => createHash('sha256').update(message).digest()

describe('ECDSA over a digest', () => {
  test('what it signs, OpenSSL verifies, and the other way round', () => {
    fc.assert(
      fc.property(fc.uint8Array(), message => {
        expect(verify('sha256', message, publicKey, signDigest(digestOf(message), privateKey))).toBe(true)
        expect(verifyDigest(digestOf(message), sign('sha256', message, privateKey), privateKey)).toBe(true)
      }),
      { numRuns: 50 }
    )
  })

  test('a signature over something else, by somebody else, or changed is none', () => {
    const digest = digestOf(Buffer.from('a'))
    const signature = signDigest(digest, privateKey)
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    expect(verifyDigest(digestOf(Buffer.from('b')), signature, privateKey)).toBe(false)
    expect(verifyDigest(digest, signature, stranger)).toBe(false)
    fc.assert(
      fc.property(fc.nat(signature.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = Buffer.from(signature)
        changed[index] = (changed[index] ?? 0) ^ change
        expect(verifyDigest(digest, changed, privateKey)).toBe(false)
      })
    )
    fc.assert(fc.property(fc.uint8Array(), bytes => verifyDigest(digest, Buffer.from(bytes), privateKey) === false))
  })
})

describe('the Vault transit stand-in', () => {
  let vault: Vault
  beforeAll(async () => {
    vault = await startVault()
  })
  afterAll(() => vault.close())

  const ask = async (path: string, body?: object, token = vault.token) => {
    const request = body === undefined ? {} : { method: 'PUT', body: JSON.stringify(body) }
    const response = await fetch(`${vault.address}/v1/${path}`, { ...request, headers: { 'x-vault-token': token } })
    return { status: response.status, body: (await response.json()) as { data: Record<string, unknown> } }
  }
  const name = () => new URL(vault.key).hostname
  const keyOf = async (): Promise<KeyObject> => {
    const { data } = (await ask(`transit/keys/${name()}`)).body
    const keys = data['keys'] as Record<string, { public_key: string }>
    return createPublicKey(keys[String(data['latest_version'])]?.public_key ?? '')
  }

  test('signs a digest with the key that it shows', async () => {
    const message = Buffer.from('message')
    const input = digestOf(message).toString('base64')
    const { body } = await ask(`transit/sign/${name()}/sha2-256`, { input, prehashed: true })
    const signature = String(body.data['signature'])
    expect(signature).toMatch(/^vault:v1:/)
    expect(verify('sha256', message, await keyOf(), Buffer.from(signature.slice(9), 'base64'))).toBe(true)

    const verified = await ask(`transit/verify/${name()}/sha2-256`, { input, prehashed: true, signature })
    expect(verified.body.data).toEqual({ valid: true })
    const other = digestOf(Buffer.from('other')).toString('base64')
    const refused = await ask(`transit/verify/${name()}/sha2-256`, { input: other, prehashed: true, signature })
    expect(refused.body.data).toEqual({ valid: false })
  })

  test('refuses a wrong token, and knows no other key and no other engine', async () => {
    expect(await ask(`transit/keys/${name()}`, undefined, 'wrong')).toEqual({
      status: 403,
      body: { errors: ['permission denied'] }
    })
    expect((await ask('transit/keys/nobody')).status).toBe(404)
    expect((await ask('transit/sign/nobody/sha2-256', {})).status).toBe(400)
    expect((await ask(`kv/keys/${name()}`)).status).toBe(404)
  })
})
