import { createHash, createPublicKey } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { SHA } from '../../world/runner/payloads.ts'
import type { StepResult } from '../../world/runner/runner.ts'
import { makeKeys } from '../../world/services/keys.ts'
import { cosignVerify, LEGACY, runByHand } from './helpers/cosign.ts'
import { theError } from './helpers/expectations.ts'
import { resultsOf } from './helpers/judgement.ts'
import { platformOf, sibling, signaturesUnder } from './helpers/registry.ts'
import {
  crane,
  type E2eStep,
  freshFolder,
  freshImage,
  freshRepository,
  keyInputs,
  readWorldFile,
  step,
  world
} from './helpers/world.ts'

const SIGNATURE = { bundle: 'https://sigstore.dev/cosign/sign/v1', legacy: 'cosign container image signature' }

/** A step that may sign, without a transparency log. */
async function signingStep(image: string, { inputs = {}, ...rest }: E2eStep = {}): Promise<StepResult> {
  return step({
    eventOptions: { repository: freshRepository() },
    ...rest,
    inputs: { image, ...(await keyInputs()), 'transparency-log': 'false', 'code-scanning': 'never', ...inputs }
  })
}

/** `clean` is an index with one image and one attestation about it. */
function cleanWith(bundles: number, legacy: number) {
  return [
    { of: 'index', bundles, legacy },
    { of: 'linux/amd64', bundles, legacy },
    { of: 'attestation', bundles: 0, legacy: 0 }
  ]
}

describe('a push of an image that passes', () => {
  const repository = freshRepository()
  const again = { eventOptions: { repository } }
  const own = { team: 'a, "b" \\ c', approved: 'yes=no' }
  const annotations = Object.entries(own)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')
  let image = ''
  let child = ''
  let result: StepResult

  beforeAll(async () => {
    image = await freshImage('clean')
    child = sibling(image, (await platformOf(image, 'linux/amd64')).digest)
    result = await signingStep(image, { ...again, inputs: { annotations }, env: { GITHUB_RUN_ID: '4711' } })
  })

  test('signs the platform and the index, in both formats, and nothing else', async () => {
    expect(result.exitCode).toBe(0)
    expect(await signaturesUnder(image)).toEqual(cleanWith(1, 1))
  })

  test.each(['bundle', 'legacy'] as const)('makes a %s that cosign verifies, with what the run was', async format => {
    const expected = {
      ...own,
      repository: image.slice(0, image.indexOf('@')),
      revision: SHA.main,
      ref: 'refs/heads/main',
      event: 'push',
      run: `${world().github.serverUrl}/${repository}/actions/runs/4711/attempts/1`
    }
    for (const reference of [image, child]) {
      const found = await cosignVerify(reference, { args: format === 'legacy' ? LEGACY : [] })
      const digest = reference.slice(reference.indexOf('@') + 1)
      expect(found).toEqual([{ type: SIGNATURE[format], digest, annotations: expected }])
    }
  })

  test('signs by no other key', async () => {
    const other = await makeKeys(world().tools.cosign, await freshFolder())
    for (const args of [[], LEGACY]) await expect(cosignVerify(image, { key: other.public, args })).rejects.toThrow()
  })

  test('says so in the outputs, with a command that works as it stands', async () => {
    const key = createPublicKey(await readWorldFile(world().keys.public)).export({ type: 'spki', format: 'der' })
    const { outputs } = result
    expect(outputs).toMatchObject({
      verdict: 'pass',
      signed: 'true',
      verified: 'true',
      digest: image.slice(image.indexOf('@') + 1),
      image,
      'key-fingerprint': `SHA256:${createHash('sha256').update(key).digest('hex')}`
    })
    const command = outputs['verify-command'] ?? ''
    expect(JSON.parse((await runByHand(command)).stdout)).toHaveLength(1)
    await expect(runByHand(command.replace(/ -a repository=\S+/, ' -a repository=elsewhere'))).rejects.toThrow()
  })

  test('keeps the signature when the same content comes again', async () => {
    const second = await signingStep(image, { ...again, inputs: { annotations } })
    expect(second.exitCode).toBe(0)
    expect(second.outputs).toMatchObject({ signed: 'true', verified: 'true' })
    expect(resultsOf(second)[0]?.signing.state).toBe('already-signed')
    expect(await signaturesUnder(image)).toEqual(cleanWith(1, 1))
  })

  test('signs anew for another ref, and for another revision', async () => {
    const tag = await signingStep(image, { eventOptions: { repository, tag: 'v1.4.2' }, inputs: { annotations } })
    expect(resultsOf(tag)[0]?.signing.state).toBe('signed')
    expect(await signaturesUnder(image)).toEqual(cleanWith(2, 2))
    for (const args of [[], LEGACY]) {
      const [found, ...more] = await cosignVerify(image, { args: [...args, '-a', 'ref=refs/tags/v1.4.2'] })
      expect(more).toEqual([])
      expect(found?.annotations['revision']).toBe(SHA.main)
    }

    const revision = { ...again, env: { GITHUB_SHA: SHA.base }, inputs: { annotations, 'signature-format': 'bundle' } }
    expect(resultsOf(await signingStep(image, revision))[0]?.signing.state).toBe('signed')
    expect(await signaturesUnder(image)).toEqual(cleanWith(3, 2))
  })

  test('does not take a signature that was copied from another repository for its own', async () => {
    const copy = await freshImage('clean')
    for (const reference of [copy, sibling(copy, child.slice(child.indexOf('@') + 1))]) {
      const [repository = '', digest = ''] = reference.split('@')
      const tag = `${digest.replace(':', '-')}.sig`
      await crane('copy', `${image.slice(0, image.indexOf('@'))}:${tag}`, `${repository}:${tag}`)
    }
    expect(await signaturesUnder(copy)).toEqual(cleanWith(0, 2))
    const elsewhere = { ...again, inputs: { annotations, 'signature-format': 'legacy' } }
    expect(resultsOf(await signingStep(copy, elsewhere))[0]?.signing.state).toBe('signed')
    expect(await signaturesUnder(copy)).toEqual(cleanWith(0, 3))
  })
})

describe('signature-format', () => {
  test.each([
    ['bundle', 1, 0, []],
    ['legacy', 0, 1, LEGACY]
  ] as const)(
    '%s puts that one there and no other, and the command reads it',
    async (format, bundles, legacy, args) => {
      const image = await freshImage('empty')
      const { exitCode, outputs } = await signingStep(image, { inputs: { 'signature-format': format } })
      expect(exitCode).toBe(0)
      expect(await signaturesUnder(image)).toEqual([{ of: 'image', bundles, legacy }])
      const types = (await cosignVerify(image, { args })).map(({ type }) => type)
      expect(types).toEqual([SIGNATURE[format]])
      await runByHand(outputs['verify-command'] ?? '')
    }
  )

  test('both works in a registry without the Referrers API, for every platform of an index', async () => {
    const image = await freshImage('index', world().registryWithoutReferrers)
    const result = await signingStep(image, { inputs: { 'signature-format': 'both', 'fail-on': 'none' } })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ signed: 'true', verified: 'true' })
    expect(await signaturesUnder(image)).toEqual([
      { of: 'index', bundles: 1, legacy: 1 },
      { of: 'linux/amd64', bundles: 1, legacy: 1 },
      { of: 'linux/arm64', bundles: 1, legacy: 1 },
      { of: 'attestation', bundles: 0, legacy: 0 },
      { of: 'attestation', bundles: 0, legacy: 0 }
    ])
    for (const args of [[], LEGACY]) expect(await cosignVerify(image, { args })).toHaveLength(1)
  })
})

describe('what is not signed', () => {
  test('with sign: never nothing is, and no key is needed', async () => {
    const image = await freshImage('clean')
    const inputs = { sign: 'never', 'cosign-key': '', 'cosign-password': '' }
    const { exitCode, outputs } = await signingStep(image, { inputs })
    expect(exitCode).toBe(0)
    expect(outputs).toMatchObject({ verdict: 'pass', signed: 'false', verified: 'false', 'verify-command': '' })
    expect(await signaturesUnder(image)).toEqual(cleanWith(0, 0))
  })

  test('of two images the one that passes is signed, the one that fails is not, and the step is red', async () => {
    const [clean, vulnerable] = [await freshImage('clean'), await freshImage('vulnerable')]
    const result = await signingStep(`${vulnerable}\n${clean}`)
    expect(result.exitCode).toBe(1)
    expect(resultsOf(result).map(({ verdict, signed }) => [verdict, signed])).toEqual([
      ['fail', false],
      ['pass', true]
    ])
    expect(result.outputs).toMatchObject({ verdict: 'fail', signed: 'false', verified: 'false', image: vulnerable })
    expect(await signaturesUnder(vulnerable)).toEqual(cleanWith(0, 0))
    expect(await signaturesUnder(clean)).toEqual(cleanWith(1, 1))
  })

  test('with on-fail: warn a failed gate is green and signs nothing', async () => {
    const image = await freshImage('vulnerable')
    const { exitCode, outputs } = await signingStep(image, { inputs: { 'on-fail': 'warn' } })
    expect(exitCode).toBe(0)
    expect(outputs).toMatchObject({ verdict: 'fail', signed: 'false', verified: 'false', 'verify-command': '' })
    expect(await signaturesUnder(image)).toEqual(cleanWith(0, 0))
  })

  test('sign: always signs what fails the gate, and the step stays red', async () => {
    const image = await freshImage('vulnerable')
    const inputs = { sign: 'always', 'signature-format': 'bundle' }
    const { exitCode, outputs } = await signingStep(image, { inputs })
    expect(exitCode).toBe(1)
    expect(outputs).toMatchObject({ verdict: 'fail', signed: 'true', verified: 'true' })
    expect(await signaturesUnder(image)).toEqual(cleanWith(1, 0))
  })

  test('not even sign: always signs without a vulnerability database', async () => {
    const image = await freshImage('clean')
    const inputs = { sign: 'always', 'on-fail': 'warn', 'db-repositories': `${world().registry}/nobody/trivy-db:2` }
    const result = await signingStep(image, { inputs })
    expect(theError(result)).toContain('vulnerability database')
    expect(result.outputs).toMatchObject({ verdict: 'incomplete', signed: 'false', verified: 'false' })
    expect(await signaturesUnder(image)).toEqual(cleanWith(0, 0))
  })

  test('a platform that platforms leaves out is not, and neither is the index', async () => {
    const image = await freshImage('index')
    const inputs = { platforms: 'linux/amd64', 'fail-on': 'none', 'signature-format': 'bundle' }
    const result = await signingStep(image, { inputs })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ verdict: 'pass', signed: 'false', verified: 'false', 'verify-command': '' })
    expect(resultsOf(result)[0]?.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64'])
    expect((await signaturesUnder(image)).map(({ of, bundles }) => [of, bundles])).toEqual([
      ['index', 0],
      ['linux/amd64', 1],
      ['linux/arm64', 0],
      ['attestation', 0],
      ['attestation', 0]
    ])
  })

  test('a platform that the image does not have is an error of one sentence, and nothing is signed', async () => {
    const image = await freshImage('clean')
    const result = await signingStep(image, { inputs: { platforms: 'linux/amd64, linux/s390x' } })
    expect(theError(result)).toBe('platforms asks for linux/s390x, which the image does not have; it has: linux/amd64')
    expect(await signaturesUnder(image)).toEqual(cleanWith(0, 0))
  })
})
