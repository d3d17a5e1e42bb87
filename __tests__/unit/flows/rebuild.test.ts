import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import type { Access } from '../../../src/flows/access.ts'
import type { Scanner } from '../../../src/flows/scan/scan.ts'
import { adviseRebuild } from '../../../src/flows/tell/rebuild.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { RegistryError } from '../../../src/image/failures.ts'
import { formatReference, type Reference } from '../../../src/image/reference.ts'
import type { Registry } from '../../../src/image/registry.ts'
import { createWriter } from '../../../src/image/writer.ts'
import type { BaseImage } from '../../../src/origin/base-image.ts'
import type { RebuildAdvice } from '../../../src/render/outcome.ts'
import { scanned } from '../../fixtures/findings.ts'
import { aFailedImage, anOccurrence, aVulnerability } from '../../fixtures/outcome.ts'
import { aSetting, type SettingOptions } from '../../fixtures/setting.ts'
import { osResult, trivyMetadata, trivyReport, trivyVulnerability } from '../../fixtures/trivy-report.ts'

const sha = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const AMD64 = 'linux/amd64'
const ARM64 = 'linux/arm64'

/** A fake: what registries hold and what they were asked for. The repositories of all of them are one. */
interface Hub {
  readonly asked: string[]
  /** Digests by tag. */
  readonly tags: Map<string, string>
  /** Pushes an image whose layers have these names, by platform. Returns the digest of its index. */
  push(tag: string, platforms: Readonly<Record<string, readonly string[]>>): string
  /** What is to be thrown instead of an answer. */
  failure: { at: string; error: Error } | undefined
  readonly registry: Registry
}

function fakeHub(): Hub {
  const held = new Map<string, { mediaType: string; text: string }>()
  const hold = (mediaType: string, content: object) => {
    const text = JSON.stringify(content)
    held.set(sha(text), { mediaType, text })
    return { mediaType, digest: sha(text), size: text.length }
  }
  const hub: Omit<Hub, 'registry'> = {
    asked: [],
    tags: new Map(),
    failure: undefined,
    push: (tag, platforms) => {
      const manifests = Object.entries(platforms).map(([platform, names]) => {
        const [os, architecture] = platform.split('/')
        const config = hold(CONFIG, { os, architecture, rootfs: { type: 'layers', diff_ids: names.map(sha) } })
        const layers = names.map(name => ({ mediaType: LAYER, digest: sha(`${name}.gz`), size: 1 }))
        const manifest = hold(OCI_MANIFEST, { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers })
        return { ...manifest, platform: { os, architecture } }
      })
      const { digest } = hold(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests })
      hub.tags.set(tag, digest)
      return digest
    }
  }
  const answer = (verb: string, { tag = '', digest = hub.tags.get(tag) ?? '' }: Partial<Reference>, shown = digest) => {
    hub.asked.push(`${verb} ${shown}`)
    if (hub.failure?.at === verb) throw hub.failure.error
    const found = held.get(digest)
    if (found === undefined) throw new RegistryError('it is not in the registry', { status: 404 })
    return { digest, ...found }
  }
  const impatient: Registry = {
    digestOf: async reference => answer('head', reference, formatReference(reference)).digest,
    manifest: async reference => {
      const { text, ...manifest } = answer('manifest', reference)
      return { ...manifest, bytes: Buffer.from(text), content: JSON.parse(text) }
    },
    blob: async (_, { digest }) => Buffer.from(answer('blob', { digest }).text),
    referrers: () => Promise.reject(new Error('nobody asks for referrers here')),
    get impatient() {
      return impatient
    }
  }
  const patient = () => Promise.reject(new Error('rebuild advice is not to wait'))
  const registry = { digestOf: patient, manifest: patient, blob: patient, referrers: patient, impatient }
  return Object.assign(hub, { registry })
}

/** A fake: a registry that never answers. */
const never = () => new Promise<never>(() => undefined)
const silent: Registry = {
  digestOf: never,
  manifest: never,
  blob: never,
  referrers: never,
  get impatient() {
    return silent
  }
}

const neverWritten = createWriter({ once: never, patiently: never, wait: never })

interface Case extends SettingOptions {
  readonly hub: Hub
  readonly bases?: ReadonlyMap<string, BaseImage>
  /** Hosts that docker is logged in to. */
  readonly logins?: readonly string[]
  /** What a scan of today's base finds, or that it fails or recognises nothing. */
  readonly today?: readonly string[] | 'failed' | 'blind'
  readonly verdict?: 'pass' | 'fail'
  readonly serverUrl?: string
  /** What comes of waiting for a minute; no registry answers before. */
  readonly wait?: () => Promise<void>
}

interface Result {
  readonly advice: RebuildAdvice | undefined
  readonly scans: number
}

/** Advice for an image on two platforms with CVE-1 in the base's layer `old` and CVE-2 in a layer of its own. */
async function advised(one: Case): Promise<Result> {
  await using made = await aSetting({ inputs: { 'rebuild-advice': 'true' }, ...one })
  const wait = one.wait ?? (() => new Promise<void>(() => undefined))
  const onGitHubDotCom = one.serverUrl === undefined
  const setting = { ...made.setting, wait, context: { ...made.setting.context, onGitHubDotCom } }
  const lie = (id: string, name: string) =>
    aVulnerability({ id, occurrences: [anOccurrence({ layer: { digest: sha(`${name}.gz`), diffId: sha(name) } })] })
  const findings = [lie('CVE-1', 'old'), lie('CVE-2', 'own')]
  const image = {
    ...aFailedImage(findings),
    verdict: { result: one.verdict ?? 'fail', reasons: [] },
    findings: findings.map(finding => ({ finding, platforms: [AMD64, ARM64] })),
    platforms: [AMD64, ARM64].map(platform => scanned(platform, { findings }))
  } as const
  const access: Access = {
    registry: { ...(one.wait === undefined ? one.hub.registry : silent), writer: neverWritten },
    environment: () => ({}),
    logIn: host => Promise.resolve(one.logins?.includes(host) ?? false)
  }
  const { scanner, scans } = fakeScanner(one.today ?? [])
  const bases = one.bases ?? both({ from: 'debian:12', layers: [sha('old')] })
  const advice = await adviseRebuild(setting, access, scanner, image, bases)
  return { advice, scans: scans.length }
}

function both(base: BaseImage): ReadonlyMap<string, BaseImage> {
  return new Map([AMD64, ARM64].map(platform => [platform, base]))
}

/** A fake of Trivy that finds the same in every image. */
function fakeScanner(finds: NonNullable<Case['today']>): { scanner: Scanner; scans: string[] } {
  const scans: string[] = []
  const scanner: Scanner = {
    trivy: {
      file: '/fake/trivy',
      version: '0.0.0',
      environment: () => ({}),
      emptyDirectory: async () => '/nowhere',
      run: async ({ args }) => {
        scans.push(args.at(-1) ?? '')
        if (finds === 'failed') throw new Error('the base cannot be pulled')
        await writeFile(args[args.indexOf('--output') + 1] ?? '', JSON.stringify(reportOf(finds)))
        return { exitCode: 0, stdout: '', stderr: '' }
      }
    },
    database: { database: { repository: 'r', updatedAt: '2026-11-20T06:12:00Z' } } as Scanner['database'],
    cache: '/nowhere',
    secretConfig: undefined,
    vexFiles: new Map(),
    laneOf: async () => ({ cache: '/nowhere', inTurn: work => work() }),
    fetchJavaDatabase: async () => undefined
  }
  return { scanner, scans }
}

function reportOf(finds: readonly string[] | 'blind') {
  if (finds === 'blind') return trivyReport([], { Metadata: trivyMetadata({ OS: undefined }) })
  const Vulnerabilities = finds.map(id => trivyVulnerability({ VulnerabilityID: id, PkgName: 'openssl' }))
  return trivyReport([osResult({ Vulnerabilities })])
}

/** What was asked of the registry, digests left out. */
const verbs = ({ asked }: Hub) => asked.map(line => line.replace(/ sha256:.*/, ''))

/** Today's debian:12, which is not what the image was built on. */
function newer(): Hub {
  const hub = fakeHub()
  hub.push('12', { [AMD64]: ['new'], [ARM64]: ['new'] })
  return hub
}

function idsOf(advice: RebuildAdvice | undefined): string[] | undefined {
  return advice?.state === 'newer' ? advice.fixes.map(({ finding }) => finding.id) : undefined
}

describe('a newer base', () => {
  test("is scanned for the image's platforms, and what it does not have any more is fixed", async () => {
    const hub = newer()
    const { advice, scans } = await advised({ hub })
    expect(advice).toMatchObject({ state: 'newer', base: 'debian:12' })
    expect(idsOf(advice)).toEqual(['CVE-1'])
    expect(scans).toBe(2)
    expect(hub.asked[0]).toBe('head index.docker.io/library/debian:12')
  })

  test('that has the same fixes nothing', async () => {
    expect(idsOf((await advised({ hub: newer(), today: ['CVE-1'] })).advice)).toEqual([])
  })

  test('is not scanned when nothing of ours lies in the base', async () => {
    const bases = both({ from: 'debian:12', layers: [sha('older')] })
    const { advice, scans } = await advised({ hub: newer(), bases })
    expect([idsOf(advice), scans]).toEqual([[], 0])
  })

  test('on one platform alone fixes only what is on that platform alone', async () => {
    const hub = fakeHub()
    hub.push('12', { [AMD64]: ['new'], [ARM64]: ['old'] })
    expect((await advised({ hub })).advice).toMatchObject({ state: 'newer', fixes: [] })
  })

  test('of one platform leaves those alone that are built on another image', async () => {
    const bases = new Map([
      [AMD64, { from: 'debian:12', layers: [sha('old')] }],
      [ARM64, { from: 'debian:12-slim', layers: [sha('old')] }]
    ])
    const { advice, scans } = await advised({ hub: newer(), bases })
    expect([idsOf(advice), scans]).toEqual([[], 0])
  })

  test('is known by the layers of the digest that was used, when those of the image are not', async () => {
    const hub = fakeHub()
    const digest = hub.push('12', { [AMD64]: ['old'], [ARM64]: ['old'] })
    hub.push('12', { [AMD64]: ['new'], [ARM64]: ['new'] })
    const { advice } = await advised({ hub, bases: both({ from: 'debian:12', digest, layers: [] }) })
    expect(idsOf(advice)).toEqual(['CVE-1'])
  })

  test('of a tag with a digest is that of the tag', async () => {
    const bases = both({ from: `debian:12@${sha('pinned')}`, digest: sha('pinned'), layers: [sha('old')] })
    const { advice } = await advised({ hub: newer(), bases })
    expect(advice).toMatchObject({ state: 'newer', base: 'debian:12', pinned: true })
    expect((await advised({ hub: newer() })).advice).not.toHaveProperty('pinned')
  })

  test('without a tag is latest', async () => {
    const hub = newer()
    await advised({ hub, bases: both({ from: 'ghcr.io/acme/base', layers: [sha('old')] }) })
    expect(hub.asked).toEqual(['head ghcr.io/acme/base:latest'])
  })
})

describe("today's base is what the image has", () => {
  test('by its digest, with one request', async () => {
    const hub = newer()
    const bases = both({ from: 'debian:12', digest: hub.tags.get('12') ?? '', layers: [] })
    expect((await advised({ hub, bases })).advice).toEqual({ state: 'current', base: 'debian:12' })
    expect(verbs(hub)).toEqual(['head index.docker.io/library/debian:12'])
  })

  test('by its layers', async () => {
    const bases = both({ from: 'debian:12', digest: sha('other'), layers: [sha('new')] })
    const { advice, scans } = await advised({ hub: newer(), bases })
    expect([advice, scans]).toEqual([{ state: 'current', base: 'debian:12' }, 0])
  })
})

describe('it is not known', () => {
  const cases: [string, Partial<Case>, RegExp][] = [
    ['without a base', { bases: new Map() }, /base is not known/],
    ['on scratch', { bases: both({ from: 'scratch', layers: [] }) }, /scratch/],
    ['with a digest alone', { bases: both({ from: `debian@${sha('x')}`, layers: [] }) }, /digest without a tag/],
    ['with a name that is none', { bases: both({ from: 'De:bian:x', layers: [] }) }, /./],
    ["without the base's layers", { bases: both({ from: 'debian:12', layers: [] }) }, /base's is not known$/],
    [
      'when the old base is gone',
      { bases: both({ from: 'debian:12', digest: sha('x'), layers: [] }) },
      /not in the reg/
    ],
    [
      'when vulnerabilities are not looked for',
      { inputs: { 'rebuild-advice': 'true', scanners: 'secret' } },
      /scanners/
    ],
    ['when the scan fails', { today: 'failed' }, /^today's debian:12 could not be scanned: the base cannot be pulled$/],
    ["when nothing is recognised in today's base", { today: 'blind' }, /^nothing is recognised in today's debian:12$/],
    ['when it takes too long', { wait: () => Promise.resolve() }, /longer than 60 s/],
    ['at the end of the step', { wait: () => Promise.reject(new Error('the time is over')) }, /^the time is over$/]
  ]
  test.each(cases)('%s', async (_, overrides, reason) => {
    const hub = newer()
    expect((await advised({ hub, ...overrides })).advice).toEqual({
      state: 'unknown',
      reason: expect.stringMatching(reason)
    })
  })

  test.each(['head', 'manifest', 'blob'])('when a %s is refused', async at => {
    const hub = newer()
    hub.failure = { at, error: new RegistryError('it limits how often it may be asked (429)', { status: 429 }) }
    const { advice, scans } = await advised({ hub })
    expect(advice).toEqual({ state: 'unknown', reason: 'it limits how often it may be asked (429)' })
    expect(scans).toBe(0)
    expect(verbs(hub).filter(verb => verb.startsWith('head'))).toHaveLength(1)
  })

  test('when no platform is left', async () => {
    const hub = fakeHub()
    hub.push('12', { 'linux/s390x': ['new'] })
    expect((await advised({ hub })).advice).toMatchObject({ state: 'unknown', reason: /none of the image's platforms/ })
  })
})

describe('auto', () => {
  const inputs = { 'rebuild-advice': 'auto' }
  const logins = ['index.docker.io']

  test('advises where docker is logged in', async () => {
    expect(idsOf((await advised({ hub: newer(), inputs, logins })).advice)).toEqual(['CVE-1'])
  })

  test('advises in the registry of the image', async () => {
    const bases = both({ from: 'ghcr.io/acme/base:12', layers: [sha('old')] })
    expect(idsOf((await advised({ hub: newer(), inputs, bases })).advice)).toEqual(['CVE-1'])
  })

  test('says what failed once it has asked', async () => {
    const hub = newer()
    hub.failure = { at: 'head', error: new RegistryError('no', { status: 429 }) }
    expect((await advised({ hub, inputs, logins })).advice).toEqual({ state: 'unknown', reason: 'no' })
  })

  const quiet: [string, Partial<Case>][] = [
    ['asks no registry that nobody has allowed', { logins: ['ghcr.io'] }],
    ['is silent when the gate passed', { verdict: 'pass' }],
    ['is silent outside github.com', { serverUrl: 'https://github.acme.test' }],
    ['is silent with tools-mirror', { inputs: { ...inputs, 'tools-mirror': 'https://mirror.acme.test/' } }],
    ['is silent without vulnerabilities', { inputs: { ...inputs, scanners: 'secret' } }],
    ['is silent without a base', { bases: new Map() }],
    ['is silent on scratch', { bases: both({ from: 'scratch', layers: [] }) }],
    ['is silent with a digest alone', { bases: both({ from: `debian@${sha('x')}`, layers: [] }) }]
  ]
  test.each(quiet)('%s', async (_, overrides) => {
    const hub = newer()
    const { advice } = await advised({ hub, inputs, logins, ...overrides })
    expect([advice, hub.asked]).toEqual([undefined, []])
  })
})

test('false asks nobody', async () => {
  const hub = newer()
  expect((await advised({ hub, inputs: { 'rebuild-advice': 'false' } })).advice).toBeUndefined()
  expect(hub.asked).toEqual([])
})
