import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { type AdvisoryFile, contentOf, readAdvisories } from '../../world/database/content.ts'
import { digestOf, IMAGES, type ImageName, layoutOf } from '../../world/images/images.ts'

const LIMIT_BYTES = 6 * 1024 * 1024

describe.each(IMAGES)('layout of %s', name => {
  test('has blobs that are what their names say', async () => {
    for (const [digest, content] of await blobsOf(name)) {
      expect(createHash('sha256').update(content).digest('hex')).toBe(digest)
    }
  })

  test('names nothing of the machine it was built on', async () => {
    const texts = [...(await blobsOf(name)).values()].map(content => content.toString('latin1'))
    expect(texts.filter(text => /127\.0\.0\.1|localhost|imgguard|\/tmp\/|\/root\//.test(text))).toEqual([])
  })
})

test('the layouts are small', async () => {
  const blobs = await Promise.all(IMAGES.map(blobsOf))
  const bytes = blobs.flatMap(blob => [...blob.values()]).reduce((sum, content) => sum + content.length, 0)
  expect(bytes).toBeLessThan(LIMIT_BYTES)
})

describe.each(['clean', 'vulnerable', 'baseline', 'index'] as const)('%s', name => {
  test('has an attestation for every platform', async () => {
    const { manifests } = await manifestOf<Index>(name, await digestOf(name))
    const platforms = manifests.filter(child => child.platform.os === 'linux').map(child => child.digest)
    const attested = manifests.map(child => child.annotations?.['vnd.docker.reference.digest']).filter(Boolean)
    expect(attested).toEqual(platforms)
    expect(platforms).toHaveLength(name === 'index' ? 2 : 1)
  })

  test('was built on the base image that lies beside it', async () => {
    const base = await digestOf(name === 'clean' ? 'static' : 'base')
    const texts = [...(await blobsOf(name)).values()].map(content => content.toString('latin1'))
    const provenance = texts.filter(text => text.includes('"resolvedDependencies"'))
    expect(provenance).not.toEqual([])
    for (const text of provenance) expect(text).toContain(base.replace('sha256:', ''))
  })
})

test.each(['empty', 'eol'] as const)('%s is a plain image', async name => {
  expect(await manifestOf(name, await digestOf(name))).toHaveProperty('layers')
})

describe('advisories', () => {
  test('concern packages that an image has, or had in a vulnerable version', async () => {
    const installed = await packagesOfImages()
    const named = (await readAdvisories()).flatMap(file => Object.keys(file.packages))
    expect(named.filter(name => !installed.has(name))).toEqual([])
  })

  test('say where they come from', async () => {
    for (const advisory of (await readAdvisories()).flatMap(file => Object.values(file.packages).flat())) {
      expect(advisory.id).toMatch(/^CVE-\d{4}-\d{4,}$/)
      expect(advisory.source).toMatch(
        /^https:\/\/(security-tracker\.debian\.org\/tracker\/CVE|github\.com\/advisories\/GHSA)-/
      )
    }
  })

  test("become the buckets of Trivy's database", () => {
    const content = JSON.parse(JSON.stringify(contentOf([file()])))
    expect(content['debian 12/']).toEqual({ 'zlib/': { 'CVE-1': { Status: 5, Severity: 1 } } })
    expect(content['data-source/']).toEqual({ 'debian 12': { ID: 'debian', Name: 'Debian', URL: 'https://d.example' } })
    expect(content['vulnerability/']).toEqual({
      'CVE-1': {
        Title: 'Title',
        VendorSeverity: { nvd: 4 },
        CVSS: { nvd: { V3Vector: 'CVSS:3.1/…', V3Score: 9.8 } },
        References: ['https://s.example'],
        PublishedDate: '2026-01-27T00:00:00Z',
        LastModifiedDate: '2026-01-27T00:00:00Z'
      }
    })
  })

  test('must be described exactly once', () => {
    expect(() => contentOf([file(), file()])).toThrow('CVE-1 is described 2 times')
    expect(() => contentOf([{ ...file(), packages: { zlib: [{ id: 'CVE-2', source: '' }] } }])).toThrow(
      'CVE-2 is described 0 times'
    )
  })
})

interface Index {
  readonly manifests: readonly {
    readonly digest: string
    readonly platform: { readonly os: string }
    readonly annotations?: Readonly<Record<string, string>>
  }[]
}

function file(): AdvisoryFile {
  const source = { id: 'debian', name: 'Debian', url: 'https://d.example' }
  const advisory = {
    id: 'CVE-1',
    source: 'https://s.example',
    status: 'will_not_fix',
    urgency: 'low',
    title: 'Title',
    severity: { nvd: 'critical' },
    cvss: { nvd: { vector: 'CVSS:3.1/…', score: 9.8 } },
    published: '2026-01-27'
  } as const
  return { bucket: 'debian 12', source, packages: { zlib: [advisory] } }
}

async function blobsOf(name: ImageName): Promise<Map<string, Buffer>> {
  const folder = join(layoutOf(name), 'blobs', 'sha256')
  const read = async (digest: string) => [digest, await readFile(join(folder, digest))] as const
  return new Map(await Promise.all((await readdir(folder)).map(read)))
}

async function manifestOf<T>(name: ImageName, digest: string): Promise<T> {
  return JSON.parse(await readFile(join(layoutOf(name), 'blobs', 'sha256', digest.replace('sha256:', '')), 'utf8'))
}

/** Source packages and npm packages that the images' folders name. */
async function packagesOfImages(): Promise<Set<string>> {
  const root = join(layoutOf('base'), '..', '..')
  const names = new Set<string>()
  for (const path of await readdir(root, { recursive: true })) {
    if (path.endsWith('.status'))
      for (const name of sourcesIn(await readFile(join(root, path), 'utf8'))) names.add(name)
    if (!path.endsWith('package-lock.json')) continue
    const { packages } = JSON.parse(await readFile(join(root, path), 'utf8')) as { packages: Record<string, unknown> }
    for (const key of Object.keys(packages)) names.add(key.replace(/^.*node_modules\//, ''))
  }
  return names
}

function sourcesIn(status: string): string[] {
  return status
    .split('\n\n')
    .map(stanza => /^Source: (\S+)/m.exec(stanza)?.[1] ?? /^Package: (\S+)/m.exec(stanza)?.[1] ?? '')
    .filter(name => name !== '')
}
