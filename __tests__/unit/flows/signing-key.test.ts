import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Cosign } from '../../../src/cosign/cosign.ts'
import { fingerprintOf } from '../../../src/cosign/public-key.ts'
import type { Setting } from '../../../src/flows/setting.ts'
import { openKey } from '../../../src/flows/sign/signing-key.ts'
import type { SignWith } from '../../../src/inputs/signing.ts'
import { ToolError, UserError } from '../../../src/lib/errors.ts'
import type { Command } from '../../../src/process/command.ts'
import { type OidcIssuer, startOidc } from '../../../world/services/oidc.ts'
import { aCommandError } from '../../fixtures/command-error.ts'
import { aSetting, type SettingOptions } from '../../fixtures/setting.ts'

const publicKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString()
const OURS = publicKey()
const OTHER = publicKey()
const PEM: SignWith = { kind: 'pem', pem: 'the private key', password: 'its password' }

let oidc: OidcIssuer
beforeAll(async () => {
  oidc = await startOidc()
})
afterAll(() => oidc.close())

/** A cosign that knows one key, or fails. */
function cosignWith(answer: string | Error, seen: Command[] = []): Cosign {
  return {
    run: command => {
      seen.push(command)
      if (typeof answer !== 'string') return Promise.reject(answer)
      return Promise.resolve({ exitCode: 0, stdout: answer, stderr: '' })
    },
    file: '/cosign',
    version: '3.1.3',
    environment: () => ({}),
    emptyDirectory: () => Promise.resolve('/nowhere'),
    timeoutMs: 180_000
  }
}

async function open(
  signWith: SignWith,
  { cosign = cosignWith(OURS), env = {}, ...options }: SettingOptions & { cosign?: Cosign; env?: Setting['env'] } = {}
) {
  await using test = await aSetting(options)
  const masked: string[] = []
  const log = { ...test.setting.log, mask: (secret: string) => void masked.push(secret) }
  const setting = { ...test.setting, log, env: { ...test.setting.env, ...env } }
  const result = await openKey(setting, cosign, signWith).catch(error => error)
  return { result, masked, said: test.said.join('\n') }
}

describe('a key of our own', () => {
  test('is tried, and says whose the signatures will be', async () => {
    const { result, said } = await open(PEM)
    const fingerprint = fingerprintOf(OURS)
    expect(result).toEqual({
      key: PEM,
      publicKey: { pem: OURS, fingerprint },
      authority: { kind: 'key', pem: OURS, fingerprint }
    })
    expect(said).toContain(fingerprint)
  })

  test.each(['PEM', 'a path'])('that cosign-public-key, given as %s, belongs to is taken', async how => {
    const given = how === 'PEM' ? OURS : 'keys/cosign.pub'
    const { result } = await open(PEM, { inputs: { 'cosign-public-key': given }, files: { 'keys/cosign.pub': OURS } })
    expect(result.publicKey.pem).toBe(OURS)
  })

  test('that belongs to another cosign-public-key is refused with both fingerprints', async () => {
    const { result } = await open(PEM, { inputs: { 'cosign-public-key': OTHER } })
    expect(result).toBeInstanceOf(UserError)
    expect(result.message).toBe(
      `cosign-public-key is ${fingerprintOf(OTHER)}, but cosign-key has the public half ${fingerprintOf(OURS)}; give the two halves of one key pair`
    )
  })
})

describe('a key in a key store', () => {
  const KMS: SignWith = { kind: 'kms', reference: 'hashivault://signing' }
  const env = { VAULT_ADDR: 'https://vault.example', VAULT_TOKEN: 't', AWS_SECRET_ACCESS_KEY: 'a' }

  test('is asked for its public half by a child that sees the variables of its provider only', async () => {
    const seen: Command[] = []
    const { result } = await open(KMS, { cosign: cosignWith(OURS, seen), env })
    expect(result.key).toEqual({ ...KMS, env: { VAULT_ADDR: env.VAULT_ADDR, VAULT_TOKEN: 't' } })
    expect(result.publicKey.fingerprint).toBe(fingerprintOf(OURS))
    expect(seen.map(({ args, env }) => [args, env])).toEqual([
      [['public-key', '--key', 'hashivault://signing'], { VAULT_ADDR: env.VAULT_ADDR, VAULT_TOKEN: 't' }]
    ])
  })

  test('that cannot be used is told with the remedy of its provider', async () => {
    const cosign = cosignWith(aCommandError({ stderr: 'Error: kms get: VAULT_ADDR or BAO_ADDR is not set\n' }))
    const { result } = await open(KMS, { cosign })
    expect(result).toBeInstanceOf(ToolError)
    expect(result.message).toBe('the key in Vault (hashivault://signing) cannot be used: VAULT_ADDR is not set')
    expect(result.remedy).toMatch(/set VAULT_ADDR and VAULT_TOKEN in env of this step/)
  })
})

describe('keyless', () => {
  const KEYLESS: SignWith = { kind: 'keyless' }
  const envOf = (parameters = '') => ({
    ACTIONS_ID_TOKEN_REQUEST_URL: `${oidc.requestUrl}${parameters}`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: oidc.requestToken
  })

  test('says at once as whom it signs', async () => {
    const { result, said } = await open(KEYLESS, { env: envOf('&workflow=release.yml&ref=refs/tags/v1') })
    const identity = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1'
    expect(result.identity).toEqual({ identity, issuer: oidc.issuer })
    expect(result.authority).toEqual({ kind: 'identity', identity: { exactly: identity }, issuer: oidc.issuer })
    expect(result.publicKey).toBeUndefined()
    expect(said).toContain(identity)
  })

  test('gets another token for each call, each hidden from the log', async () => {
    const { result, masked } = await open(KEYLESS, { env: envOf() })
    const tokens = [await result.key.token(), await result.key.token()]
    expect(new Set([...masked, ...tokens]).size).toBe(3)
    expect(masked.slice(1)).toEqual(tokens)
  })

  test('without the permission says which one', async () => {
    const { result } = await open(KEYLESS)
    expect(result).toBeInstanceOf(UserError)
    expect(result.message).toMatch(/permissions: id-token: write/)
  })

  test.each([
    ['401', /answered 401$/, /permissions: id-token: write/],
    ['503', /answered 503$/, /later/],
    ['malformed', /answered without a token$/, /later/],
    ['empty', /answered without a token$/, /later/]
  ])('whose service answers %s is one sentence', async (fault, message, remedy) => {
    const { result } = await open(KEYLESS, { env: envOf(`&fault=${fault}`) })
    expect(result).toBeInstanceOf(ToolError)
    expect(result.message).toMatch(message)
    expect(result.remedy).toMatch(remedy)
  })

  test('has no key that cosign-public-key could belong to', async () => {
    const { result } = await open(KEYLESS, { env: envOf(), inputs: { 'cosign-public-key': OURS } })
    expect(result).toBeInstanceOf(UserError)
  })
})
