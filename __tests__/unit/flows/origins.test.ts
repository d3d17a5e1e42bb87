import { cpSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { checkDockerfile, findOrigins, type Origins } from '../../../src/flows/scan/origins.ts'
import type { FreshScan } from '../../../src/flows/scan/scan.ts'
import { openSubjects } from '../../../src/flows/scan/subjects.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import type { Source } from '../../../src/report/model.ts'
import { parseTrivyReport } from '../../../src/trivy/parse.ts'
import { type FakeRegistry, startFakeRegistry } from '../../fixtures/fake-registry.ts'
import { anOccurrence, aReport, aScan, aVulnerability } from '../../fixtures/outcome.ts'
import { aSetting, type TestSetting } from '../../fixtures/setting.ts'

const WORLD = join(import.meta.dirname, '../../../world/images')
const DOCKERFILE = readFileSync(join(WORLD, 'vulnerable/Dockerfile'), 'utf8')
const registry = createRegistry({ credentials: () => undefined, timeoutMs: 5_000, wait: async () => {} })

const layout = (name: string) => join(WORLD, 'layouts', name)
const recorded = (name: string) =>
  parseTrivyReport(JSON.parse(readFileSync(join(import.meta.dirname, `../../fixtures/trivy/${name}.json`), 'utf8')))

/** The origins of an image, of which every platform was found to be as the recorded report says. */
async function originsOf({ setting }: TestSetting, report = 'vulnerable'): Promise<Origins> {
  const [subject] = await openSubjects(setting, registry)
  if (subject === undefined) throw new Error('no image')
  const { report: found, build } = recorded(report)
  const scans = subject.platforms.map(({ platform, digest }): FreshScan => {
    const own = digest === undefined ? { ...(build && { build }) } : { digest }
    return { platform, ...own, result: { complete: true, report: found } }
  })
  return findOrigins(setting, registry, subject, scans)
}

/** Where each secret and each package is from, by its name. */
function sourcesOf({ scans }: Origins): Record<string, Source | undefined> {
  const findings = scans.flatMap(({ result }) => (result.complete ? result.report.findings : []))
  return Object.fromEntries(
    findings.flatMap((finding): [string, Source | undefined][] =>
      finding.kind === 'secret'
        ? [[finding.path, finding.source]]
        : finding.occurrences.map(({ source }) => [finding.package, source])
    )
  )
}

describe('a layout', () => {
  test('every finding has its line, and the base is known', async () => {
    await using made = await aSetting({
      inputs: { image: `oci-layout:${layout('vulnerable')}` },
      files: { Dockerfile: DOCKERFILE }
    })
    const origins = await originsOf(made)
    const sources = sourcesOf(origins)
    expect(sources).toMatchObject({
      'srv/shop/.env': { file: 'Dockerfile', line: 19, base: false },
      minimist: { file: 'Dockerfile', line: 23, base: false },
      curl: { file: 'Dockerfile', line: 13, base: false },
      libc6: { file: 'Dockerfile', line: 3, base: true, from: 'registry.example.com/acme/base:12' }
    })
    expect(Object.values(sources)).not.toContain(undefined)
    expect(origins.bases.get('linux/amd64')).toMatchObject({
      from: 'registry.example.com/acme/base:12',
      digest: expect.stringMatching(/^sha256:76892b/)
    })
    expect(made.said).toEqual([])
  })

  test('without a Dockerfile nothing has a line, the base is known all the same, and one line in the log says so', async () => {
    await using made = await aSetting({ inputs: { image: `oci-layout:${layout('vulnerable')}` } })
    const origins = await originsOf(made)
    expect(new Set(Object.values(sourcesOf(origins)))).toEqual(new Set([undefined]))
    expect(origins.bases.size).toBe(1)
    expect(origins).not.toHaveProperty('reason')
    expect(made.said).toEqual([
      expect.stringMatching(/: findings have no Dockerfile line: there is no Dockerfile in the workspace$/)
    ])
  })

  test('the input dockerfile counts, and has to be there', async () => {
    const inputs = { image: `oci-layout:${layout('vulnerable')}`, dockerfile: './docker/app.Dockerfile' }
    await using made = await aSetting({
      inputs,
      files: { Dockerfile: 'FROM x', 'docker/app.Dockerfile': `#\n${DOCKERFILE}` }
    })
    await checkDockerfile(made.setting)
    expect(sourcesOf(await originsOf(made))['curl']).toEqual({ file: 'docker/app.Dockerfile', line: 14, base: false })
    await using missing = await aSetting({ inputs })
    await expect(checkDockerfile(missing.setting)).rejects.toThrow(
      'dockerfile names ./docker/app.Dockerfile, which is not in the workspace'
    )
    const origins = await originsOf(missing)
    expect(origins.bases.size).toBe(1)
    expect(origins.reason).toBe('./docker/app.Dockerfile is not in the workspace')
  })

  test.each<[string, string, Record<string, string>, string]>([
    ['leads out of the workspace', '/etc/hostname', {}, 'Dockerfile lies outside the workspace'],
    [
      'leads to one that is too large',
      'large',
      { large: '#'.repeat(2 ** 20 + 1) },
      'Dockerfile is not a plain file of at'
    ]
  ])('a Dockerfile that %s is not said to be missing', async (_, target, files, said) => {
    await using made = await aSetting({ inputs: { image: `oci-layout:${layout('vulnerable')}` }, files })
    symlinkSync(target, join(made.setting.context.workspace, 'Dockerfile'))
    const { reason } = await originsOf(made)
    expect(reason).toContain(said)
    expect(made.said).toEqual([expect.stringContaining(`: findings have no Dockerfile line: ${reason}`)])
  })

  test('one that is damaged after it was opened: said, and nothing has a line', async () => {
    await using made = await aSetting({ inputs: { image: 'oci-layout:copy' }, files: { Dockerfile: DOCKERFILE } })
    const copy = join(made.setting.context.workspace, 'copy')
    cpSync(layout('vulnerable'), copy, { recursive: true })
    const [subject] = await openSubjects(made.setting, registry)
    if (subject === undefined) throw new Error('no image')
    rmSync(join(copy, 'blobs'), { recursive: true })
    const scan = aScan({ digest: subject.platforms[0]?.digest ?? '' })
    const origins = await findOrigins(made.setting, registry, subject, [scan])
    expect(origins).toEqual({ scans: [scan], bases: new Map(), reason: expect.stringMatching(/ENOENT.*'…\//) })
    expect(made.said).toEqual([expect.stringMatching(/findings have no Dockerfile line: .*ENOENT/)])
  })
})

describe('an image in a registry', () => {
  let fake: FakeRegistry
  beforeEach(async () => {
    fake = await startFakeRegistry()
  })
  afterEach(() => fake.close())

  /** Pushes an image of the world, under the tag 1. */
  function push(name: string): void {
    const bytes = (digest: string) => readFileSync(join(layout(name), 'blobs/sha256', digest.replace('sha256:', '')))
    const read = (digest: string) => JSON.parse(bytes(digest).toString('utf8'))
    const [top] = JSON.parse(readFileSync(join(layout(name), 'index.json'), 'utf8')).manifests
    const index = read(top.digest)
    for (const child of index.manifests) {
      const { config, layers } = read(child.digest)
      for (const blob of [config, ...layers]) fake.blob(bytes(blob.digest), blob.mediaType)
      fake.manifest(bytes(child.digest), child.mediaType)
    }
    fake.manifest(bytes(top.digest), index.mediaType, '1')
  }

  test('is asked for configs and provenance, not for layers', async () => {
    push('index')
    await using made = await aSetting({
      inputs: { image: `${fake.host}/acme/app:1` },
      files: { Dockerfile: readFileSync(join(WORLD, 'index/Dockerfile'), 'utf8') }
    })
    const origins = await originsOf(made, 'index-amd64')
    expect([...origins.bases.keys()]).toEqual(['linux/amd64', 'linux/arm64'])
    expect(sourcesOf({ ...origins, scans: origins.scans.slice(0, 1) })).toMatchObject({
      cookie: { line: 18 },
      libc6: { line: 3, base: true }
    })
    const blobs = fake.requests.filter(line => line.includes('/blobs/'))
    expect(blobs).toHaveLength(4)
  })

  test('that does not answer: said, and nothing has a line', async () => {
    push('index')
    await using made = await aSetting({ inputs: { image: `${fake.host}/acme/app:1` } })
    const [subject] = await openSubjects(made.setting, registry)
    if (subject === undefined) throw new Error('no image')
    fake.intercept = (_, response) => {
      response.writeHead(404).end()
      return true
    }
    const scans = [aScan({ digest: subject.platforms[0]?.digest ?? '' })]
    expect((await findOrigins(made.setting, registry, subject, scans)).scans).toEqual(scans)
    expect(made.said).toHaveLength(1)
  })
})

describe('an archive', () => {
  const inputs = { image: 'docker-archive:image.tar' }

  test('has the lines that the scanner’s own report is enough for, and tells nobody how it was built', async () => {
    await using made = await aSetting({ inputs, files: { 'image.tar': '', Dockerfile: DOCKERFILE } })
    const origins = await originsOf(made)
    expect(sourcesOf(origins)).toMatchObject({
      'srv/shop/.env': { file: 'Dockerfile', line: 19, base: false },
      curl: { file: 'Dockerfile', line: 13, base: false },
      libc6: { file: 'Dockerfile', line: 3, base: true, from: 'registry.example.com/acme/base:12' }
    })
    expect(origins.bases.get('')).toMatchObject({ from: 'registry.example.com/acme/base:12' })
    expect(origins.scans[0]).not.toHaveProperty('build')
    expect(made.said).toEqual([])
  })

  test('that was built from another Dockerfile has none, and the log says why', async () => {
    const files = { 'image.tar': '', Dockerfile: DOCKERFILE.replace('rm .env', 'rm -f .env') }
    await using made = await aSetting({ inputs, files })
    const origins = await originsOf(made)
    expect(new Set(Object.values(sourcesOf(origins)))).toEqual(new Set([undefined]))
    expect(origins.reason).toBe("the image's layers do not agree with Dockerfile")
    expect(made.said).toEqual([expect.stringContaining("the image's layers do not agree with Dockerfile")])
  })
})

describe('where no layer has a line', () => {
  test('a file that is in the image and in the checkout has one', async () => {
    const lock = '{\n  "packages": [\n    {\n      "name": "a/b",\n      "version": "1.2.3"\n    }\n  ]\n}'
    await using made = await aSetting({
      inputs: { image: 'docker-archive:image.tar' },
      files: { 'image.tar': '', 'app/composer.lock': lock }
    })
    const [subject] = await openSubjects(made.setting, registry)
    if (subject === undefined) throw new Error('no image')
    const at = (path: string, installed = '1.2.3') => anOccurrence({ path, installed })
    const occurrences = [
      at('srv/app/composer.lock'),
      at('srv/app/composer.lock', '1.2.4'),
      at('srv/vendor/app/composer.lock'),
      at('')
    ]
    const report = aReport({ findings: [aVulnerability({ package: 'a/b', occurrences })] })
    const scan = aScan({ result: { complete: true, report } })
    const { scans } = await findOrigins(made.setting, registry, subject, [scan])
    const [finding] = scans[0]?.result.complete ? scans[0].result.report.findings : []
    const sources = finding?.kind === 'vulnerability' ? finding.occurrences.map(({ source }) => source) : []
    expect(sources).toEqual([{ file: 'app/composer.lock', line: 4, base: false }, undefined, undefined, undefined])
    expect(made.said).toEqual([expect.stringContaining('the scanner does not tell how the image was built')])
  })
})

test('100,000 findings are placed in a second or so', async () => {
  await using made = await aSetting({
    inputs: { image: `oci-layout:${layout('vulnerable')}` },
    files: { Dockerfile: DOCKERFILE }
  })
  const [subject] = await openSubjects(made.setting, registry)
  const layer = recorded('vulnerable').report.findings.flatMap(finding =>
    finding.kind === 'secret' ? (finding.layer ?? []) : []
  )[0]
  if (subject === undefined || layer === undefined) throw new Error('no image')
  const findings = Array.from({ length: 100_000 }, (_, index) =>
    aVulnerability({ id: `CVE-${index}`, occurrences: [anOccurrence({ layer, path: `srv/${index}/package.json` })] })
  )
  const scan = aScan({
    digest: subject.platforms[0]?.digest ?? '',
    result: { complete: true, report: aReport({ findings }) }
  })
  const started = performance.now()
  const origins = await findOrigins(made.setting, registry, subject, [scan])
  expect(performance.now() - started).toBeLessThan(4_000)
  expect(sourcesOf(origins)).toEqual({ openssl: { file: 'Dockerfile', line: 19, base: false } })
})
