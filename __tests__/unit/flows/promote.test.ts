import { afterEach, describe, expect, test } from '@jest/globals'
import { moveTag, type Standing } from '../../../src/flows/promote/move-tag.ts'
import { type PromotedImage, promoteSubject } from '../../../src/flows/promote/promote.ts'
import { promotionTargets } from '../../../src/flows/promote/promotion-targets.ts'
import type { Subject } from '../../../src/flows/scan/subjects.ts'
import type { Signer } from '../../../src/flows/sign/signer.ts'
import { OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { pin } from '../../../src/image/reference.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import { fakeCosign } from '../../fixtures/fake-cosign.ts'
import { SIGNED, UNSIGNED } from '../../fixtures/outcome.ts'
import { aSetting, type SettingOptions } from '../../fixtures/setting.ts'
import { sha, startWritableRegistry, type WritableFake } from '../../fixtures/writable-registry.ts'

const open: WritableFake[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(fake => fake.close()))
})

/** A fake: cosign that finds no signature anywhere, so that whatever a tag points at may be replaced. */
const signer = {
  cosign: {
    run: () => Promise.reject(new Error('no child is to be run here')),
    file: '/cosign',
    version: '0',
    environment: () => ({}),
    emptyDirectory: fakeCosign(() => ({ stderr: '' })).cosign.emptyDirectory,
    timeoutMs: 1
  },
  key: { kind: 'pem', pem: '', password: '' },
  authority: { kind: 'key', pem: '', fingerprint: '' },
  log: false,
  sigstore: {},
  formats: ['bundle']
} as const satisfies Signer

const MANIFEST = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, layers: [] })

async function start(promote: string, options: SettingOptions = {}) {
  const fake = await startWritableRegistry({ referrersApi: true })
  open.push(fake)
  const digest = sha(MANIFEST)
  const repository = 'acme/app'
  fake.manifests.set(`${repository}@${digest}`, { bytes: Buffer.from(MANIFEST), mediaType: OCI_MANIFEST })
  const registry = createRegistry({ credentials: () => undefined, timeoutMs: 5_000, wait: async () => {} })
  const test = await aSetting({ ...options, inputs: { promote, ...options.inputs } })
  const place = pin({ registry: fake.host, repository }, digest)
  const subject: Subject = {
    name: `${fake.host}/${repository}`,
    title: repository,
    references: [],
    digest,
    places: [place],
    kind: 'manifest',
    platforms: [],
    leftOut: [],
    problems: []
  }
  const put = (tag: string, text: string) => {
    const kept = { bytes: Buffer.from(text), mediaType: OCI_MANIFEST }
    for (const key of [`:${tag}`, `@${sha(text)}`]) fake.manifests.set(repository + key, kept)
    return sha(text)
  }
  const promoting = (image: Partial<PromotedImage> = {}) =>
    promoteSubject(test.setting, { registry }, signer, subject, {
      verdict: { result: 'pass', reasons: [] },
      signing: SIGNED,
      ...image
    })
  const tagged = (tag: string) => `${fake.host}/${repository}:${tag}`
  const [target] = promotionTargets(test.setting.config.promote, subject.places, digest)
  if (target === undefined) throw new Error('there is no target')
  const move = (known?: Standing) => moveTag({ setting: test.setting, registry, signer }, target, known)
  return { ...test, fake, digest, put, promoting, tagged, move, [Symbol.asyncDispose]: test[Symbol.asyncDispose] }
}

const PUT = /^PUT/

describe('nothing is asked of the registry', () => {
  test.each<[string, Partial<PromotedImage>, SettingOptions, object]>([
    [
      'where the event moves no tags',
      {},
      { event: 'pull_request' },
      { reason: 'tags are not moved on pull_request', failed: false }
    ],
    [
      'for what does not pass, signed or not',
      { verdict: { result: 'fail', reasons: [] } },
      {},
      { reason: 'only an image that passes is promoted', failed: false }
    ],
    [
      'for what was not wholly scanned',
      { verdict: { result: 'incomplete', reasons: [] } },
      {},
      { reason: 'only an image that passes is promoted', failed: false }
    ],
    [
      'for what is not signed',
      { signing: UNSIGNED },
      {},
      { reason: expect.stringMatching(/^it is not signed: /), failed: false }
    ],
    [
      'when signing failed',
      { signing: { state: 'failed', reason: 'no', done: [] } },
      {},
      { reason: 'it is not signed as it should be', failed: true }
    ],
    [
      'when the signature was not verified',
      { signing: { state: 'signed', verified: false, formats: [] } },
      {},
      { reason: 'its signature was not verified', failed: true }
    ],
    [
      'when an attestation failed',
      { evidence: [{ type: 'vuln', platform: 'linux/amd64', state: 'failed', reason: 'too large', remedy: 'less.' }] },
      {},
      { reason: 'it is not attested as it should be: vuln of linux/amd64: too large', failed: true, remedy: 'less.' }
    ],
    [
      'when something else that is required failed',
      { required: Promise.resolve('nothing was uploaded to code scanning') },
      {},
      { reason: 'nothing was uploaded to code scanning', failed: true }
    ]
  ])('%s', async (_, image, options, expected) => {
    await using run = await start('latest', options)
    expect(await run.promoting(image)).toMatchObject({ state: 'skipped', ...expected })
    expect(run.fake.requests).toEqual([])
  })
})

describe('moving', () => {
  test('what is signed by nobody gives way, and what was there is told', async () => {
    await using run = await start('latest, 1.4')
    const from = run.put('latest', '{"schemaVersion":2,"other":true}')
    expect(await run.promoting()).toEqual({
      state: 'done',
      tags: [
        { reference: run.tagged('latest'), state: 'moved', from },
        { reference: run.tagged('1.4'), state: 'moved' }
      ]
    })
    expect(run.fake.manifests.get('acme/app:latest')?.bytes.toString()).toBe(MANIFEST)
    expect(run.said.join('\n')).toContain(`latest was moved, from ${from}`)
  })

  test('everything is looked at before the first put', async () => {
    await using run = await start('latest, 1.4')
    run.fake.intercept = (request, response) => {
      if (!request.url?.endsWith('/manifests/1.4')) return false
      response.writeHead(403).end()
      return true
    }
    expect(await run.promoting()).toMatchObject({
      tags: [{ state: 'missed' }, { state: 'failed', reason: expect.stringContaining('(403)') }]
    })
    expect(run.fake.requests.filter(line => PUT.test(line))).toEqual([])
  })

  test('a tag that is deleted in between is made again', async () => {
    await using run = await start('latest')
    const from = run.put('latest', '{"schemaVersion":2,"other":true}')
    run.fake.manifests.delete('acme/app:latest')
    expect(await run.move({ state: 'free', from })).toEqual({ state: 'moved' })
  })

  test('a tag that somebody else moves to a newer run in between is left alone', async () => {
    await using run = await start('latest')
    const from = run.put('latest', '{"schemaVersion":2,"newer":true}')
    expect(await run.move({ state: 'newer', from, run: 'https://run' })).toEqual({
      state: 'kept',
      from,
      reason: 'it belongs to a newer run, https://run'
    })
    expect(run.fake.requests.filter(line => PUT.test(line))).toEqual([])
  })

  test('a tag that points elsewhere right afterwards is a failure', async () => {
    await using run = await start('latest')
    const other = '{"schemaVersion":2,"other":true}'
    run.fake.intercept = (request, response) => {
      if (request.method !== 'PUT') return false
      run.put('latest', other)
      response.writeHead(201).end()
      return true
    }
    expect(await run.promoting()).toMatchObject({
      tags: [{ state: 'failed', reason: `the registry took it, but the tag points at ${sha(other)} right afterwards` }]
    })
  })

  test('a registry that shows a tag later than it takes it is waited for', async () => {
    await using run = await start('latest')
    let puts = 0
    let looks = 0
    run.fake.intercept = (request, response) => {
      if (request.method === 'PUT') puts++
      if (request.method !== 'HEAD' || puts === 0 || ++looks > 3) return false
      response.writeHead(404).end()
      return true
    }
    expect(await run.promoting()).toMatchObject({ tags: [{ state: 'moved' }] })
    expect([puts, looks]).toEqual([1, 4])
  })

  test('an answer that was lost is no failure, and is not put again over somebody else', async () => {
    await using run = await start('latest')
    const requests: string[] = []
    run.fake.intercept = (request, response) => {
      if (request.method !== 'PUT') return false
      requests.push(request.url ?? '')
      run.put('latest', MANIFEST)
      response.writeHead(503).end()
      return true
    }
    expect(await run.promoting()).toMatchObject({ tags: [{ state: 'moved' }] })
    expect(requests).toHaveLength(1)
  })
})
