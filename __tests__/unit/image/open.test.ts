import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type Descriptor,
  DOCKER_INDEX,
  DOCKER_MANIFEST,
  OCI_INDEX,
  OCI_MANIFEST
} from '../../../src/image/descriptor.ts'
import { openImage, openPlatforms } from '../../../src/image/open.ts'
import { platformName, selectPlatforms } from '../../../src/image/platforms.ts'
import { parseReference } from '../../../src/image/reference.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import { UserError } from '../../../src/lib/errors.ts'
import { type FakeRegistry, startFakeRegistry } from '../../fixtures/fake-registry.ts'

const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
const IN_TOTO = 'application/vnd.in-toto+json'
const absent = `sha256:${'0'.repeat(64)}`
const unknown = { os: 'unknown', architecture: 'unknown' }

let fake: FakeRegistry
beforeEach(async () => {
  fake = await startFakeRegistry()
})
afterEach(() => fake.close())

const open = (suffix = ':v1') =>
  openImage(
    createRegistry({ credentials: () => undefined, timeoutMs: 5000, wait: async () => {} }),
    parseReference(`${fake.host}/acme/app${suffix}`)
  )

function image(platform: object, overrides: object = {}, tag?: string): Descriptor {
  const config = fake.blob({ ...platform, rootfs: { type: 'layers', diff_ids: [] } }, CONFIG)
  const content = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config,
    layers: [fake.blob('layer', LAYER)],
    ...overrides
  }
  return { ...fake.manifest(content, OCI_MANIFEST, tag), platform: { ...platform } }
}

function attestation(of: string, layerType = IN_TOTO): Descriptor {
  const content = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: fake.blob(`about ${of}`, CONFIG),
    layers: [fake.blob('{}', layerType)]
  }
  return {
    ...fake.manifest(content, OCI_MANIFEST),
    platform: unknown,
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': of }
  }
}

const index = (manifests: readonly object[], overrides: object = {}) =>
  fake.manifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...overrides }, OCI_INDEX, 'v1')

const amd64 = () => image({ os: 'linux', architecture: 'amd64' })
const arm64 = () => image({ os: 'linux', architecture: 'arm64', variant: 'v8' })

describe('a single image', () => {
  test('takes its platform from its config and is pinned', async () => {
    const { digest } = image({ os: 'linux', architecture: 'arm', variant: 'v7' }, {}, 'v1')
    expect(await open()).toEqual({
      reference: { registry: fake.host, repository: 'acme/app', digest },
      kind: 'manifest',
      platforms: [{ platform: 'linux/arm/v7', digest }],
      problems: []
    })
  })

  test.each([
    ['without a platform', {}, {}, 'does not name an operating system and an architecture'],
    [
      'an artifact',
      unknown,
      { artifactType: 'application/vnd.example' },
      'the image is an artifact of type application/vnd.example, not an image'
    ],
    [
      'a chart',
      unknown,
      { config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: absent, size: 2 } },
      'config of type application/vnd.cncf.helm.config.v1+json'
    ],
    [
      'a broken config',
      unknown,
      { config: { mediaType: CONFIG, digest: 'sha256:x', size: 2 } },
      'config of type unknown'
    ],
    ['no config', unknown, { config: null }, 'config of type unknown'],
    ['both at once', unknown, { manifests: [] }, 'neither an image manifest nor an index, or both at once']
  ])('%s', async (_, platform, overrides, problem) => {
    image(platform, overrides, 'v1')
    expect(await open()).toMatchObject({
      kind: 'manifest',
      platforms: [],
      problems: [expect.stringContaining(problem)]
    })
  })

  test('of Docker is as good', async () => {
    const config = fake.blob({ os: 'linux', architecture: 'amd64' })
    fake.manifest(
      {
        schemaVersion: 2,
        mediaType: DOCKER_MANIFEST,
        config: { ...config, mediaType: 'application/vnd.docker.container.image.v1+json' },
        layers: []
      },
      DOCKER_MANIFEST,
      'v1'
    )
    expect((await open()).platforms).toHaveLength(1)
  })
})

describe('an index', () => {
  test('as BuildKit pushes it: two platforms and an attestation for each', async () => {
    const [a, b] = [amd64(), arm64()]
    const { digest } = index([a, b, attestation(a.digest), attestation(b.digest)])
    expect(await open()).toEqual({
      reference: { registry: fake.host, repository: 'acme/app', digest },
      kind: 'index',
      platforms: [
        { platform: 'linux/amd64', digest: a.digest },
        { platform: 'linux/arm64', digest: b.digest }
      ],
      problems: []
    })
  })

  const cases: [string, () => readonly object[], string][] = [
    [
      'an index inside',
      () => [amd64(), { ...index([amd64()]), platform: { os: 'linux', architecture: 'arm64' } }],
      'is an index inside the index'
    ],
    [
      'an index that is called an image',
      () => [
        amd64(),
        { ...index([amd64()]), mediaType: OCI_MANIFEST, platform: { os: 'linux', architecture: 'arm64' } }
      ],
      '(linux/arm64) is itself an index'
    ],
    [
      'a child without platform',
      () => [amd64(), { ...arm64(), platform: undefined }],
      'names no platform and is no attestation'
    ],
    [
      'an unknown platform without the annotation',
      () => [amd64(), { ...arm64(), platform: unknown }],
      'names no platform and is no attestation'
    ],
    [
      'an image that is called an attestation',
      () => [amd64(), { ...attestation(absent), ...{ digest: arm64().digest } }],
      `holds a layer of type ${LAYER}`
    ],
    [
      'an attestation with something else in it',
      () => [amd64(), attestation(amd64().digest, LAYER)],
      `holds a layer of type ${LAYER}`
    ],
    [
      'an attestation about something else',
      () => [amd64(), attestation(absent)],
      `is about ${absent}, which is no platform of this index`
    ],
    [
      'an attestation about nothing',
      () => [amd64(), attestation('')],
      'is about unknown, which is no platform of this index'
    ],
    [
      'an artifact',
      () => [amd64(), image({ os: 'linux', architecture: 'arm64' }, { artifactType: 'x/y' })],
      'is an artifact of type x/y'
    ],
    [
      'schema 1',
      () => [amd64(), { ...arm64(), mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }],
      'has the type application/vnd.docker.distribution.manifest.v1+prettyjws'
    ],
    [
      'one digest under two platforms',
      () => [amd64(), { ...amd64(), platform: { os: 'linux', architecture: 's390x' } }],
      'under several platforms: linux/amd64, linux/s390x'
    ],
    [
      'one platform twice',
      () => [amd64(), image({ os: 'linux', architecture: 'amd64' }, { annotations: { other: 'yes' } })],
      'lists linux/amd64 2 times'
    ],
    [
      'a malformed entry',
      () => [amd64(), { mediaType: OCI_MANIFEST, digest: 'sha256:x', size: 1 }],
      'the index cannot be read'
    ],
    [
      'one platform by two names',
      () => [amd64(), image({ os: 'linux', architecture: 'x86_64' })],
      'lists linux/amd64, linux/x86_64, which are one platform'
    ],
    [
      'arm64 and its only variant',
      () => [arm64(), image({ os: 'linux', architecture: 'arm64' })],
      'lists linux/arm64 2 times'
    ],
    [
      'a digest that other readers do not see',
      () => [amd64(), { ...arm64(), Digest: amd64().digest }],
      'the image has the key "Digest", which other readers take for digest'
    ],
    ['nothing', () => [], 'lists no platform that can be run'],
    ['too much', () => Array.from({ length: 201 }, amd64), 'has 201 entries; at most 200']
  ]
  test.each(cases)('%s is a problem', async (_, children, problem) => {
    index(children())
    const { problems } = await open()
    expect(problems).toEqual([expect.stringContaining(problem)])
  })

  test('with a second list that only other readers see is a problem', async () => {
    index([amd64()], { Manifests: [arm64()] })
    const { platforms, problems } = await open()
    expect(platforms).toEqual([])
    expect(problems).toEqual(['the image has the key "Manifests", which other readers take for manifests'])
  })

  test('an annotation does not make a runnable platform an attestation', async () => {
    const a = amd64()
    const b = { ...arm64(), annotations: attestation(a.digest).annotations }
    index([a, b])
    expect(await open()).toMatchObject({
      platforms: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }],
      problems: []
    })
  })

  test('a child that the registry does not have is an error', async () => {
    index([{ ...amd64(), digest: absent }])
    await expect(open()).rejects.toThrow(`acme/app@${absent} is not in the registry`)
  })

  test('of Docker, with two builds of Windows', async () => {
    const windows = (build: string) => image({ os: 'windows', architecture: 'amd64', 'os.version': build })
    fake.manifest(
      { schemaVersion: 2, mediaType: DOCKER_INDEX, manifests: [windows('10.0.1'), windows('10.0.2')] },
      DOCKER_INDEX,
      'v1'
    )
    const opened = await open()
    expect(opened.platforms.map(({ platform }) => platform)).toEqual(['windows(10.0.1)/amd64', 'windows(10.0.2)/amd64'])
    expect(opened.problems).toEqual([])
    expect(selectPlatforms(opened, ['windows/amd64']).selected).toHaveLength(2)
  })
})

describe('selectPlatforms', () => {
  const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'].map(platform => ({ platform, digest: absent }))

  test('divides', () => {
    expect(selectPlatforms({ problems: [], platforms }, 'all')).toEqual({ selected: platforms, leftOut: [] })
    expect(selectPlatforms({ problems: [], platforms }, ['linux/arm64/v8'])).toEqual({
      selected: [platforms[1]],
      leftOut: [platforms[0], platforms[2]]
    })
  })

  test('says what there is', () => {
    const message =
      'platforms asks for linux/riscv64, which the image does not have; it has: linux/amd64, linux/arm64, linux/arm/v7'
    expect(() => selectPlatforms({ problems: [], platforms }, ['linux/amd64', 'linux/riscv64'])).toThrow(
      new UserError(message)
    )
  })
})

test('platformName gives a short plain name or nothing, whatever a config says', () => {
  fc.assert(
    fc.property(
      fc.record({ os: fc.anything(), architecture: fc.anything(), variant: fc.anything() }, { requiredKeys: [] }),
      value => {
        expect(platformName(value) ?? 'linux/amd64').toMatch(/^[a-z0-9_.-]+\/[a-z0-9_.-]+(\/[a-z0-9_.-]+)?$/)
      }
    )
  )
  expect(platformName({ os: 'linux\n', architecture: 'amd64' })).toBeUndefined()
})

describe('an image to compare with', () => {
  const openSome = (...wanted: string[]) =>
    openPlatforms(
      createRegistry({ credentials: () => undefined, timeoutMs: 5000, wait: async () => {} }),
      parseReference(`${fake.host}/acme/app:v1`),
      wanted
    )

  test('costs one manifest, whatever its index holds', async () => {
    const [one, other] = [amd64(), arm64()]
    const { digest } = index([one, other, attestation(one.digest)])
    fake.requests.length = 0
    expect(await openSome('linux/arm64')).toEqual({
      reference: { registry: fake.host, repository: 'acme/app', digest },
      kind: 'index',
      platforms: [{ platform: 'linux/arm64', digest: other.digest }],
      problems: []
    })
    expect(fake.requests.filter(line => line.includes('/manifests/'))).toHaveLength(1)
  })

  test('has a platform that is listed several times once: the one that is pulled', async () => {
    const [one, other] = [amd64(), image({ os: 'linux', architecture: 'amd64' }, { annotations: { a: 'other' } })]
    index([one, other])
    expect((await openSome('linux/amd64')).platforms).toEqual([{ platform: 'linux/amd64', digest: one.digest }])
  })

  test('has all platforms when they are not known yet, and never an attestation', async () => {
    const [one, other] = [amd64(), arm64()]
    index([one, other, attestation(one.digest)])
    const { platforms } = await openSome('')
    expect(platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64'])
  })

  test('of one platform is opened by its config', async () => {
    const { digest } = image({ os: 'linux', architecture: 'amd64' }, {}, 'v1')
    expect((await openSome('linux/amd64')).platforms).toEqual([{ platform: 'linux/amd64', digest }])
  })
})
