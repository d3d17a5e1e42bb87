import { createHash, createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { vaultVariables } from '../../world/runner/credentials.ts'
import type { StepResult } from '../../world/runner/runner.ts'
import { cosignAttestations } from './helpers/attestations.ts'
import { cosignVerify, LEGACY, runByHand } from './helpers/cosign.ts'
import { expectNothingAdded, theError } from './helpers/expectations.ts'
import { githubRequests } from './helpers/github.ts'
import { resultsOf } from './helpers/judgement.ts'
import { kmsPublicKey, kmsStep } from './helpers/kms.ts'
import { type RefusingProxy, startRefusingProxy } from './helpers/refusing-proxy.ts'
import { platformOf, sibling, signaturesUnder } from './helpers/registry.ts'
import { outcomes, verifyStep } from './helpers/verify.ts'
import { crane, freshImage, freshRepository, readWorldFile, world } from './helpers/world.ts'

/** Port 1 (tcpmux) is one on which nothing listens. */
const NOBODY = 'http://127.0.0.1:1'
const WRONG_TOKEN = 'hvs.somebodyelsesvaulttoken987654'

describe('a key in Vault', () => {
  const repository = freshRepository()
  let image = ''
  let key = ''
  let result: StepResult

  beforeAll(async () => {
    image = await freshImage('clean')
    key = await kmsPublicKey()
    result = await kmsStep(image, { eventOptions: { repository }, inputs: { attest: 'vuln', promote: 'stable' } })
  })

  test('signs the platform and the index, in both formats, so that cosign verifies by its public half', async () => {
    expect(result).toMatchObject({ exitCode: 0, outputs: { signed: 'true', verified: 'true' } })
    expect((await signaturesUnder(image)).map(({ of, legacy }) => [of, legacy])).toEqual([
      ['index', 1],
      ['linux/amd64', 1],
      ['attestation', 0]
    ])
    const { digest } = await platformOf(image, 'linux/amd64')
    for (const reference of [image, sibling(image, digest)])
      for (const format of [[], LEGACY])
        expect(await cosignVerify(reference, { key, args: [...format, '-a', 'event=push'] })).toHaveLength(1)
    await expect(cosignVerify(image)).rejects.toThrow()
  })

  test('has its fingerprint in the outputs, and a command that works as it stands', async () => {
    const der = createPublicKey(await readWorldFile(key)).export({ type: 'spki', format: 'der' })
    expect(result.outputs['key-fingerprint']).toBe(`SHA256:${createHash('sha256').update(der).digest('hex')}`)
    expect(JSON.parse((await runByHand(result.outputs['verify-command'] ?? '', key)).stdout)).toHaveLength(1)
  })

  test('attests, and what it signed is promoted', async () => {
    const { digest } = await platformOf(image, 'linux/amd64')
    expect(await cosignAttestations(sibling(image, digest), 'vuln', { key })).toHaveLength(1)
    expect(await crane('digest', image.replace(/@.*/, ':stable'))).toBe(image.split('@')[1])
  })

  test('finds its own signature when the same content comes again', async () => {
    const again = await kmsStep(image, { eventOptions: { repository } })
    expect(again.exitCode).toBe(0)
    expect(resultsOf(again)[0]?.signing.state).toBe('already-signed')
  })

  test('is what verify/ trusts by its reference, as by its public half', async () => {
    const { vault } = world()
    const [byReference, byFile] = await Promise.all([
      verifyStep({ inputs: { image, key: vault.key }, env: vaultVariables(world()) }),
      verifyStep({ inputs: { image, key: await readWorldFile(key) } })
    ])
    for (const verified of [byReference, byFile]) {
      expect(verified.exitCode).toBe(0)
      expect(outcomes(verified)).toEqual(['verified'])
    }
  })
})

describe('a key in Vault that cannot be used', () => {
  const VAULT = /^the key in Vault \(hashivault:\/\/\w+\) cannot be used: /

  test.each([
    ['with a wrong token', { VAULT_TOKEN: WRONG_TOKEN }, {}, /VAULT_TOKEN/],
    [
      'without a token',
      { VAULT_TOKEN: undefined },
      {},
      /VAULT_TOKEN is not set\. Set VAULT_ADDR and VAULT_TOKEN in env/
    ],
    [
      'without an address',
      { VAULT_ADDR: undefined },
      {},
      /VAULT_ADDR is not set\. Set VAULT_ADDR and VAULT_TOKEN in env/
    ],
    ['because nobody answers', { VAULT_ADDR: NOBODY }, {}, /it does not answer\. Check its address/],
    ['because there is none', {}, { 'cosign-key': 'hashivault://nobody' }, /there is no such key\. Correct cosign-key/]
  ])('%s is one sentence, before any scan, and nothing is signed', async (_, env, inputs, expected) => {
    const image = await freshImage('empty')
    const repository = freshRepository()
    const result = await kmsStep(image, { eventOptions: { repository }, env, inputs })
    const error = theError(result)
    expect(error).toMatch(VAULT)
    expect(error).toMatch(expected)
    expect(error).not.toContain('\n')
    expect(result.log).not.toContain('::group::Scan')
    for (const token of [WRONG_TOKEN, world().vault.token]) expect(result.masked).not.toContain(token)
    expect(result.log).not.toContain(WRONG_TOKEN)
    expect(await githubRequests(repository)).toEqual([])
    await expectNothingAdded(image)
  })
})

describe('a Vault that gives the public key and does not sign', () => {
  let proxy: RefusingProxy

  beforeAll(async () => {
    proxy = await startRefusingProxy(new URL(world().vault.address).host)
  })

  afterAll(() => proxy.close())

  test('turns the step red in one sentence, and nothing is signed', async () => {
    proxy.refuse = (_, path) =>
      path.includes('/sign/') ? { status: 403, code: 'DENIED', message: 'permission denied' } : undefined
    const image = await freshImage('empty')
    const result = await kmsStep(image, { env: { VAULT_ADDR: `http://${proxy.host}` } })
    expect(result.exitCode).toBe(1)
    const errors = result.annotations.filter(({ level }) => level === 'error').map(({ message }) => message)
    expect(errors.at(-1)).toMatch(
      /could not be signed: the key in Vault \(hashivault:\/\/imgguard\) cannot be used: .*sign with the key/
    )
    expect(proxy.requests.filter(request => request.includes('/sign/')).length).toBeGreaterThan(0)
    await expectNothingAdded(image)
  })
})
