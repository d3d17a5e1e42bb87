import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { StepResult } from '../../world/runner/runner.ts'
import { REGISTRY_USER, type Registry, startRegistryWithPassword } from '../../world/services/registries.ts'
import { cosignVerify, cosignVerifyBy, LEGACY } from './helpers/cosign.ts'
import { type RefusingProxy, startRefusingProxy } from './helpers/refusing-proxy.ts'
import { platformOf, sibling } from './helpers/registry.ts'
import { keylessStep } from './helpers/sigstore.ts'
import { outcomes, publicKey, verifyStep } from './helpers/verify.ts'
import {
  crane,
  type E2eStep,
  freshFolder,
  freshImage,
  freshRepository,
  keyInputs,
  step,
  world
} from './helpers/world.ts'

/** A step that may sign, without a transparency log and in one format, which is half the work. */
async function promotingStep(image: string, promote: string, { inputs = {}, ...rest }: E2eStep = {}) {
  const result = await step({
    eventOptions: { repository: freshRepository() },
    ...rest,
    inputs: {
      image,
      promote,
      ...(await keyInputs()),
      'transparency-log': 'false',
      'signature-format': 'bundle',
      'code-scanning': 'never',
      ...inputs
    }
  })
  return { ...result, promotion: promotionOf(result) }
}

interface PromotionResult {
  readonly state: string
  readonly reason?: string
  readonly failed?: boolean
  readonly tags?: readonly { reference: string; state: string; from?: string; reason?: string; remedy?: string }[]
}

function promotionOf({ outputs }: StepResult): PromotionResult | undefined {
  return (JSON.parse(outputs['results'] ?? '[]') as { promotion?: PromotionResult }[])[0]?.promotion
}

/** The step's errors: the verdict's headline, and why nothing was promoted. */
function errorsOf({ annotations, exitCode }: StepResult): string {
  expect(exitCode).toBe(1)
  const errors = annotations.filter(({ level }) => level === 'error').map(({ message }) => message)
  expect(errors).toHaveLength(2)
  return errors.join('\n')
}

const nameOf = (reference: string) => reference.slice(0, reference.indexOf('@'))
const digestOf = (reference: string) => reference.slice(reference.indexOf('@') + 1)
const freshPlace = (host: string) => `${host}/other/app-${randomBytes(6).toString('hex')}`
const sha = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** What a tag points at, or undefined. */
const pointsAt = (tag: string) => crane('digest', tag).catch(() => undefined)

/** Another image of the same repository, whatever it is. */
async function pushOther(name: string, tag: string): Promise<string> {
  await crane('copy', world().images.empty, `${name}:${tag}`)
  return crane('digest', `${name}:${tag}`)
}

describe('tags beside the image', () => {
  let image = ''
  let result: Awaited<ReturnType<typeof promotingStep>>

  beforeAll(async () => {
    image = await freshImage('clean')
    await pushOther(nameOf(image), 'stable')
    result = await promotingStep(image, 'stable\n1.4, 1.4, stable')
  })

  test('get the digest, each once, wherever they were before', async () => {
    expect(result.exitCode).toBe(0)
    const other = await crane('digest', world().images.empty)
    expect(result.promotion).toEqual({
      state: 'done',
      tags: [
        { reference: `${nameOf(image)}:stable`, state: 'moved', from: other },
        { reference: `${nameOf(image)}:1.4`, state: 'moved' }
      ]
    })
    for (const tag of ['stable', '1.4']) expect(await pointsAt(`${nameOf(image)}:${tag}`)).toBe(digestOf(image))
  })

  test('have the bytes of the index unchanged', async () => {
    const text = await crane('manifest', `${nameOf(image)}:stable`)
    expect(text).toBe(await crane('manifest', world().images.clean))
    expect(sha(text)).toBe(digestOf(image))
  })

  test('are left as they are when they have it already', async () => {
    const again = await promotingStep(image, 'stable')
    expect(again.exitCode).toBe(0)
    expect(again.promotion?.tags).toEqual([{ reference: `${nameOf(image)}:stable`, state: 'already-there' }])
  })
})

describe('other repositories', () => {
  test.each([
    ['the same registry', () => world().registry, () => world().registry],
    ['a registry without the Referrers API', () => world().registry, () => world().registryWithoutReferrers],
    ['a registry with it, from one without', () => world().registryWithoutReferrers, () => world().registry]
  ])('of %s get image, signatures and referrers', async (_, source, target) => {
    const image = await freshImage('clean', source())
    const place = freshPlace(target())
    const { exitCode, promotion } = await promotingStep(image, `${place}:stable`, {
      inputs: { attest: 'sbom', 'signature-format': 'both' }
    })
    expect(promotion).toEqual({ state: 'done', tags: [{ reference: `${place}:stable`, state: 'moved' }] })
    expect(exitCode).toBe(0)
    expect(sha(await crane('manifest', `${place}:stable`))).toBe(digestOf(image))
    await crane('validate', '--remote', `${place}:stable`)

    const child = (await platformOf(image, 'linux/amd64')).digest
    for (const digest of [digestOf(image), child]) {
      for (const args of [[], LEGACY]) {
        const names = (await cosignVerify(`${place}@${digest}`, { args })).map(
          ({ annotations }) => annotations['repository']
        )
        // The copy of the first one's, and the one that was made here.
        expect(names.filter(name => name !== undefined).sort()).toEqual([nameOf(image), place].sort())
      }
    }
    expect(await cosignVerify(`${place}:stable`, { args: ['-a', `repository=${place}`] })).toHaveLength(1)
    const pulled = await verifyStep({ inputs: { image: `${place}:stable`, key: await publicKey() } })
    expect(outcomes(pulled)).toEqual(['verified'])
  })

  test('find the signatures of a signature repository where they are', async () => {
    const image = await freshImage('clean')
    const place = freshPlace(world().registry)
    const signatures = `${freshPlace(world().registry)}-signatures`
    const inputs = { 'signature-repository': signatures }
    const { exitCode, promotion } = await promotingStep(image, `${place}:1`, { inputs })
    expect(exitCode).toBe(0)
    expect(promotion?.tags?.[0]?.state).toBe('moved')
    expect((await crane('ls', place)).split('\n')).toEqual(['1'])
    await expect(cosignVerify(`${place}:1`)).rejects.toThrow('no signatures found')
    const flags = ['--key', world().keys.public, '--insecure-ignore-tlog=true']
    const signed = await cosignVerifyBy(`${place}:1`, flags, { COSIGN_REPOSITORY: signatures })
    expect(signed.map(({ annotations }) => annotations['repository']).sort()).toEqual([nameOf(image), place].sort())
  })
})

describe('nothing moves', () => {
  test('when the gate fails, even if it is signed all the same', async () => {
    const image = await freshImage('vulnerable')
    const before = await pushOther(nameOf(image), 'stable')
    const { promotion, outputs } = await promotingStep(image, 'stable', {
      inputs: { sign: 'always', 'on-fail': 'warn' }
    })
    expect(outputs).toMatchObject({ verdict: 'fail', signed: 'true' })
    expect(promotion).toEqual({ state: 'skipped', reason: 'only an image that passes is promoted', failed: false })
    expect(await pointsAt(`${nameOf(image)}:stable`)).toBe(before)
  })

  test('on a pull request, in words', async () => {
    const image = await freshImage('clean')
    const { exitCode, promotion } = await promotingStep(image, 'stable', { event: 'pull_request' })
    expect(exitCode).toBe(0)
    expect(promotion).toEqual({ state: 'skipped', reason: 'tags are not moved on pull_request', failed: false })
    expect(await pointsAt(`${nameOf(image)}:stable`)).toBeUndefined()
  })

  test('to an older run', async () => {
    const repository = freshRepository()
    const image = await freshImage('clean')
    await crane('copy', world().images.empty, nameOf(image))
    const newer = sibling(image, await crane('digest', world().images.empty))
    const common = { eventOptions: { repository } }
    const first = await promotingStep(newer, 'stable', { ...common, env: { GITHUB_RUN_ID: '200' } })
    expect(first.promotion?.tags?.[0]?.state).toBe('moved')

    const older = await promotingStep(image, 'stable\n1.4', { ...common, env: { GITHUB_RUN_ID: '199' } })
    expect(older.exitCode).toBe(0)
    const reason = expect.stringMatching(
      new RegExp(`^it belongs to a newer run, .*/${repository}/actions/runs/200/attempts/1$`)
    )
    expect(older.promotion?.tags).toEqual([
      { reference: `${nameOf(image)}:stable`, state: 'kept', from: digestOf(newer), reason },
      { reference: `${nameOf(image)}:1.4`, state: 'moved' }
    ])
    expect(await pointsAt(`${nameOf(image)}:stable`)).toBe(digestOf(newer))

    const rerun = await promotingStep(image, 'stable', { ...common, env: { GITHUB_RUN_ID: '201' } })
    expect(rerun.promotion?.tags?.[0]).toMatchObject({ state: 'moved', from: digestOf(newer) })
  })

  test('to a run between the one that signed the image first and the one that promoted it again', async () => {
    const repository = freshRepository()
    const first = await freshImage('clean')
    await crane('copy', world().images.empty, nameOf(first))
    const second = sibling(first, await crane('digest', world().images.empty))
    const promoteBy = (image: string, run: string) =>
      promotingStep(image, 'stable', { eventOptions: { repository }, env: { GITHUB_RUN_ID: run } })
    const states: unknown[] = []
    for (const [image, run] of [
      [first, '200'],
      [second, '201'],
      [first, '202'],
      [second, '201']
    ] as const)
      states.push((await promoteBy(image, run)).promotion?.tags?.[0]?.state)
    expect(states).toEqual(['moved', 'moved', 'moved', 'kept'])
    expect(await pointsAt(`${nameOf(first)}:stable`)).toBe(digestOf(first))
    const runs = (await cosignVerify(first)).map(({ annotations }) => annotations['run']?.match(/runs\/(\d+)/)?.[1])
    expect(runs.sort()).toEqual(['200', '202'])
  })

  test('but what a newer run signed for another repository holds no tag here', async () => {
    const repository = freshRepository()
    const [elsewhere, image] = [await freshImage('empty'), await freshImage('clean')]
    const inputs = { 'signature-format': 'legacy' }
    const newer = { eventOptions: { repository }, env: { GITHUB_RUN_ID: '900' }, inputs }
    expect((await promotingStep(elsewhere, '1', newer)).exitCode).toBe(0)
    const signature = `${digestOf(elsewhere).replace(':', '-')}.sig`
    await crane('copy', elsewhere, `${nameOf(image)}:stable`)
    await crane('copy', `${nameOf(elsewhere)}:${signature}`, `${nameOf(image)}:${signature}`)
    const { promotion } = await promotingStep(image, 'stable', { ...newer, env: { GITHUB_RUN_ID: '1' } })
    expect(promotion?.tags?.[0]).toMatchObject({ state: 'moved', from: digestOf(elsewhere) })
  })

  test('to an older run of the same workflow, signed by identity, whatever their tags', async () => {
    const repository = freshRepository()
    const image = await freshImage('clean')
    await crane('copy', world().images.empty, nameOf(image))
    const newer = sibling(image, await crane('digest', world().images.empty))
    const inputs = { promote: 'stable' }
    const release = (reference: string, tag: string, run: string) =>
      keylessStep(reference, { inputs, eventOptions: { repository, tag }, env: { GITHUB_RUN_ID: run } })
    expect(promotionOf(await release(newer, 'v1.4.1', '200'))?.tags?.[0]?.state).toBe('moved')
    const older = await release(image, 'v1.4.0', '199')
    expect(older.exitCode).toBe(0)
    expect(promotionOf(older)?.tags?.[0]).toMatchObject({ state: 'kept', from: digestOf(newer) })
  })
})

describe('a registry that refuses', () => {
  let proxy: RefusingProxy
  let closed: Registry

  beforeAll(async () => {
    proxy = await startRefusingProxy(world().registry)
    closed = await startRegistryWithPassword()
  })
  afterAll(() => Promise.all([proxy.close(), closed.close()]))

  const imageBehind = (image: string) => image.replace(world().registry, proxy.host)

  test('to move an immutable tag: what was moved before is told, and what was not tried', async () => {
    const image = imageBehind(await freshImage('clean'))
    const message = "The tag 'stable' already exists and cannot be overwritten because the tag is immutable."
    proxy.refuse = (method, path) =>
      method === 'PUT' && path.endsWith('/manifests/stable') ? { status: 400, code: 'TAG_INVALID', message } : undefined
    const result = await promotingStep(image, '1.4, stable, 1')
    expect(result.promotion?.tags).toEqual([
      { reference: `${nameOf(image)}:1.4`, state: 'moved' },
      {
        reference: `${nameOf(image)}:stable`,
        state: 'failed',
        reason: `${proxy.host} does not let ${nameOf(image)}:stable be written again (400), because its tags are immutable: TAG_INVALID: ${message}`,
        remedy: "Exempt this tag from immutability in the registry's settings, or give it another name."
      },
      { reference: `${nameOf(image)}:1`, state: 'missed' }
    ])
    expect(errorsOf(result)).toMatch(/stable was not moved: .*immutable.*not tried: 1\. Exempt this tag/)
    expect(result.outputs['signed']).toBe('true')
    expect(await pointsAt(`${nameOf(image)}:stable`)).toBeUndefined()
  })

  test('to let us push somewhere: no tag moves, not even elsewhere', async () => {
    const image = await freshImage('clean')
    const place = freshPlace(closed.host)
    const result = await promotingStep(image, `stable\n${place}:edge`)
    expect(errorsOf(result)).toMatch(/does not let this job write .* \(401\).*not tried: stable/)
    expect(result.promotion?.tags?.map(({ state }) => state)).toEqual(['missed', 'failed'])
    expect(await pointsAt(`${nameOf(image)}:stable`)).toBeUndefined()
  })

  test('to let us push where we may read', async () => {
    const image = imageBehind(await freshImage('clean'))
    const place = freshPlace(proxy.host)
    proxy.refuse = (method, path) =>
      method === 'POST' && path.includes('/other/')
        ? { status: 403, code: 'DENIED', message: 'permission_denied: write_package' }
        : undefined
    const result = await promotingStep(image, `stable\n${place}:edge`)
    expect(errorsOf(result)).toMatch(
      /does not let this job write .* \(403\): DENIED: permission_denied.*packages: write/
    )
    expect(await pointsAt(`${nameOf(image)}:stable`)).toBeUndefined()
  })

  test('for a while: it is tried again', async () => {
    const image = imageBehind(await freshImage('clean'))
    let times = 0
    proxy.refuse = (method, path) =>
      method === 'PUT' && path.endsWith('/manifests/stable') && times++ < 2
        ? { status: 503, code: 'UNAVAILABLE', message: 'busy' }
        : undefined
    const { promotion } = await promotingStep(image, 'stable')
    expect(promotion?.tags?.[0]?.state).toBe('moved')
    expect(times).toBe(3)
  })

  test('the signature: nothing moves, and that is one error', async () => {
    const image = imageBehind(await freshImage('clean'))
    proxy.refuse = method => (method === 'PUT' ? { status: 403, code: 'DENIED', message: 'no' } : undefined)
    const result = await promotingStep(image, 'stable')
    expect(errorsOf(result)).toMatch(/is not signed as it should be/)
    expect(result.promotion).toEqual({ state: 'skipped', reason: 'it is not signed as it should be', failed: true })
    proxy.refuse = () => undefined
    expect(await pointsAt(`${nameOf(image)}:stable`)).toBeUndefined()
  })

  test('a copy: no tag moves, though the image is signed at home', async () => {
    const image = imageBehind(await freshImage('clean'))
    const place = freshPlace(proxy.host)
    proxy.refuse = (method, path) =>
      method === 'PUT' && path.includes('/other/') && path.includes('/manifests/')
        ? { status: 404, code: 'NAME_UNKNOWN', message: 'no such repository' }
        : undefined
    const result = await promotingStep(image, `${place}:edge, stable`)
    expect(errorsOf(result)).toMatch(/does not have that repository \(404\).*not tried: stable/)
    expect(await pointsAt(`${nameOf(image)}:stable`)).toBeUndefined()
  })

  test('nobody who has logged in: one with a password takes the copy', async () => {
    const image = await freshImage('clean')
    const place = freshPlace(closed.host)
    const auth = Buffer.from(`${REGISTRY_USER.username}:${REGISTRY_USER.password}`).toString('base64')
    const home = await freshFolder()
    await mkdir(`${home}/.docker`)
    await writeFile(`${home}/.docker/config.json`, JSON.stringify({ auths: { [closed.host]: { auth } } }))
    const { promotion, exitCode } = await promotingStep(image, `${place}:stable`, { home })
    expect(promotion?.tags).toEqual([{ reference: `${place}:stable`, state: 'moved' }])
    expect(exitCode).toBe(0)
  })
})
