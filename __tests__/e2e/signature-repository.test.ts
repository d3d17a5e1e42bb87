import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { StepResult } from '../../world/runner/runner.ts'
import { cosignAttestations } from './helpers/attestations.ts'
import { cosignVerifyBy, LEGACY, runByHand } from './helpers/cosign.ts'
import { expectNothingAdded } from './helpers/expectations.ts'
import { resultsOf } from './helpers/judgement.ts'
import { type RefusingProxy, startRefusingProxy } from './helpers/refusing-proxy.ts'
import { platformOf, sibling, signaturesUnder } from './helpers/registry.ts'
import { outcomes, publicKey, verifyStep } from './helpers/verify.ts'
import { crane, type E2eStep, freshImage, freshRepository, keyInputs, step, world } from './helpers/world.ts'

const freshSignatures = (host = world().registry) => `${host}/test/signatures-${randomBytes(6).toString('hex')}`

async function signingStep(image: string, { inputs = {}, ...rest }: E2eStep = {}): Promise<StepResult> {
  return step({
    eventOptions: { repository: freshRepository() },
    ...rest,
    inputs: { image, ...(await keyInputs()), 'transparency-log': 'false', 'code-scanning': 'never', ...inputs }
  })
}

/** Runs the real cosign as somebody who knows where the signatures are. */
function verifyThere(image: string, signatures: string, ...flags: readonly string[]) {
  const key = ['--key', world().keys.public, '--insecure-ignore-tlog=true']
  return cosignVerifyBy(image, [...key, ...flags], { COSIGN_REPOSITORY: signatures })
}

function theFailure({ exitCode, annotations }: StepResult): string {
  expect(exitCode).toBe(1)
  const errors = annotations.filter(({ level }) => level === 'error').map(({ message }) => message)
  expect(errors).toEqual([expect.stringMatching(/^signing failed; /), expect.any(String)])
  return errors[1] ?? ''
}

describe('signature-repository', () => {
  const repository = freshRepository()
  const signatures = freshSignatures()
  const inputs = { 'signature-repository': signatures, attest: 'vuln' }
  let image = ''
  let child = ''
  let tags = ''
  let result: StepResult

  beforeAll(async () => {
    image = await freshImage('clean')
    child = sibling(image, (await platformOf(image, 'linux/amd64')).digest)
    tags = await crane('ls', image.replace(/@.*/, ''))
    result = await signingStep(image, { eventOptions: { repository }, inputs })
  })

  test('gets every signature and attestation, and beside the image nothing is added', async () => {
    expect(result).toMatchObject({ exitCode: 0, outputs: { signed: 'true', verified: 'true' } })
    expect(await crane('ls', image.replace(/@.*/, ''))).toBe(tags)
    for (const reference of [image, child]) {
      await expectNothingAdded(reference)
      for (const format of [[], LEGACY])
        expect(await verifyThere(reference, signatures, ...format, '-a', 'event=push')).toHaveLength(1)
    }
    expect(await cosignAttestations(child, 'vuln', { env: { COSIGN_REPOSITORY: signatures } })).toHaveLength(1)
    await expect(cosignAttestations(child, 'vuln')).resolves.toEqual([])
  })

  test('stands in the printed command, which works as it stands and not without it', async () => {
    const command = result.outputs['verify-command'] ?? ''
    expect(command.startsWith(`COSIGN_REPOSITORY=${signatures} cosign verify `)).toBe(true)
    expect(JSON.parse((await runByHand(command)).stdout)).toHaveLength(1)
    await expect(runByHand(command.replace(/^\S+ /, ''))).rejects.toThrow(/no signatures found/)
  })

  test('is looked into when the same content comes again', async () => {
    const again = await signingStep(image, { eventOptions: { repository }, inputs })
    expect(again.exitCode).toBe(0)
    expect(resultsOf(again)[0]?.signing.state).toBe('already-signed')
    expect(await verifyThere(image, signatures)).toHaveLength(1)
  })

  test('is where verify/ looks when it is told, and nowhere else', async () => {
    const key = await publicKey()
    const [told, untold] = await Promise.all([
      verifyStep({ inputs: { image, key, 'signature-repository': signatures, attested: 'vuln max-age=1d' } }),
      verifyStep({ inputs: { image, key } })
    ])
    expect([told.exitCode, ...outcomes(told)]).toEqual([0, 'verified'])
    expect([untold.exitCode, ...outcomes(untold)]).toEqual([1, 'not-signed'])
  })
})

describe('a registry whose tags are immutable', () => {
  const BOTH =
    /its tags are immutable.*\. Exempt tags that begin with sha256- from immutability, or set signature-repository to a repository whose tags can be written again$/
  const proxies: RefusingProxy[] = []

  /** Like Amazon's: a tag that was put is not put again. */
  async function immutable(target: string): Promise<RefusingProxy> {
    const proxy = await startRefusingProxy(target)
    const put = new Set<string>()
    proxy.refuse = (method, path) => {
      const [, repository, tag] = /^\/v2\/(.+)\/manifests\/([^:]+)$/.exec(path) ?? []
      if (method !== 'PUT' || tag === undefined) return undefined
      const name = `${repository}:${tag}`
      if (!put.has(name)) {
        put.add(name)
        return undefined
      }
      const message = `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the tag is immutable.`
      return { status: 400, code: 'TAG_INVALID', message }
    }
    proxies.push(proxy)
    return proxy
  }

  afterAll(() => Promise.all(proxies.map(proxy => proxy.close())))

  test.each([
    ['legacy', () => world().registry],
    ['bundle', () => world().registryWithoutReferrers]
  ] as const)('takes the first %s, and for the second the error names both remedies', async (format, target) => {
    const proxy = await immutable(target())
    const image = await freshImage('empty', proxy.host)
    const inputs = { 'signature-format': format }
    const first = await signingStep(image, { inputs })
    expect(first).toMatchObject({ exitCode: 0, outputs: { signed: 'true' } })
    const before = await signaturesUnder(image)

    const second = await signingStep(image, { inputs: { ...inputs, annotations: 'stage=second' } })
    expect(theFailure(second)).toMatch(BOTH)
    expect(await signaturesUnder(image)).toEqual(before)

    const signatures = freshSignatures()
    const third = { ...inputs, annotations: 'stage=second', 'signature-repository': signatures }
    expect(await signingStep(image, { inputs: third })).toMatchObject({ exitCode: 0, outputs: { signed: 'true' } })
    const flags = [...(format === 'legacy' ? LEGACY : []), '-a', 'stage=second']
    expect(await verifyThere(image, signatures, ...flags)).toHaveLength(1)
  })

  test('or a signature-repository that this job may not write to is named, and the image stays unsigned', async () => {
    const proxy = await startRefusingProxy(world().registry)
    proxies.push(proxy)
    proxy.refuse = method =>
      ['POST', 'PUT', 'PATCH'].includes(method) ? { status: 403, code: 'DENIED', message: 'denied' } : undefined
    const image = await freshImage('empty')
    const signatures = freshSignatures(proxy.host)
    const result = await signingStep(image, { inputs: { 'signature-repository': signatures } })
    const sentence = theFailure(result)
    expect(sentence).toContain(`(in signature-repository ${signatures})`)
    expect(sentence).toMatch(/the registry does not let this job write/)
    await expectNothingAdded(image)
  })
})
