import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Asked } from '../../../src/flows/verify/asked.ts'
import { lookAt } from '../../../src/flows/verify/image.ts'
import { allPlatforms, namedPlatforms } from '../../../src/flows/verify/platforms.ts'
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { parseReference, pin } from '../../../src/image/reference.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import { ToolError } from '../../../src/lib/errors.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { type FakeRegistry, startFakeRegistry } from '../../fixtures/fake-registry.ts'
import { aDemand, aRule, aSignedBy } from '../../fixtures/trust.ts'

const CONFIG = 'application/vnd.oci.image.config.v1+json'
const AMD64 = { os: 'linux', architecture: 'amd64' }
const ARM64 = { os: 'linux', architecture: 'arm64' }
const WINDOWS = { os: 'windows', architecture: 'amd64' }

let fake: FakeRegistry
beforeEach(async () => {
  fake = await startFakeRegistry()
})
afterEach(() => fake.close())

const registry = () => createRegistry({ credentials: () => undefined, timeoutMs: 5000, wait: async () => {} })
const pinned = ({ digest }: Descriptor) => pin(parseReference(`${fake.host}/acme/app`), digest)

function manifest(name: string): Descriptor {
  const content = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: fake.blob(name, CONFIG), layers: [] }
  return fake.manifest(content, OCI_MANIFEST)
}
const index = (manifests: readonly object[], more: object = {}) =>
  fake.manifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...more }, OCI_INDEX)
/** What somebody attested, and what an attacker put beside it. */
const good = (platform: JsonObject) => ({ ...manifest('good'), platform })
const evil = (platform?: JsonObject) => ({ ...manifest('evil'), ...(platform && { platform }) })

const TRICKS: readonly (readonly [string, () => Descriptor])[] = [
  ['an entry without platform', () => index([good(AMD64), evil()])],
  ['an entry without platform before the others', () => index([evil(), good(AMD64)])],
  ['a second entry for a platform', () => index([good(AMD64), evil(AMD64)])],
  ['a nested index', () => index([good(AMD64), { ...index([evil(AMD64)]), platform: ARM64 }])],
  ['an architecture that is unknown', () => index([good(AMD64), evil({ os: 'linux', architecture: 'unknown' })])],
  ['capital letters in the architecture', () => index([good(ARM64), evil({ os: 'linux', architecture: 'AMD64' })])],
  ['capital letters in the system', () => index([good(ARM64), evil({ os: 'Linux', architecture: 'amd64' })])],
  ['capital letters in the variant', () => index([good(ARM64), evil({ ...AMD64, variant: 'V2' })])],
  ['features of the system', () => index([good(AMD64), evil({ ...AMD64, 'os.features': ['x'] })])],
  ['arm64 beside arm64/v8', () => index([good(ARM64), evil({ ...ARM64, variant: 'v8' })])],
  ['another name of the architecture', () => index([good(AMD64), evil({ os: 'linux', architecture: 'x86_64' })])],
  [
    'a version of Windows that is none',
    () => index([good(WINDOWS), evil({ ...WINDOWS, 'os.version': 'bad version' })])
  ],
  ['an attestation that can run', () => index([good(AMD64), asAttestation(good(AMD64))])],
  ['a list under a key that Go takes for manifests', () => index([good(AMD64)], { Manifests: [evil(AMD64)] })],
  ['a digest under a key that Go takes for digest', () => index([{ ...good(AMD64), Digest: evil().digest }])],
  ['an index that is an image, too', () => index([good(AMD64)], { config: fake.blob('x', CONFIG), layers: [] })],
  ['more entries than are looked at', () => index(Array.from({ length: 201 }, () => good(AMD64)))],
  ['no entry', () => index([])]
]

function asAttestation(about: Descriptor): object {
  const layer = fake.blob('runs', 'application/vnd.oci.image.layer.v1.tar+gzip')
  const content = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: fake.blob('x', CONFIG), layers: [layer] }
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': about.digest
  }
  return {
    ...fake.manifest(content, OCI_MANIFEST),
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations
  }
}

describe('an index that shows us less than can be pulled is refused', () => {
  test.each(TRICKS)('%s', async (_, make) => {
    await expect(allPlatforms(registry(), pinned(make()))).rejects.toThrow(ToolError)
  })

  const candidate = (digest: Descriptor, rule = aRule({ attested: [aDemand()] })) => {
    const reference = pinned(digest)
    const asked: Asked = { text: 'app', reference, lines: [], tagCounts: true, notes: [] }
    return { asked, rule, pinned: reference }
  }
  const looking = () => ({
    tools: { registry: registry(), cosign: undefined as never, wait: async () => {} },
    beliefs: new Map()
  })

  test.each([
    ['attested', aRule({ attested: [aDemand()] })],
    ['each-platform', aRule({ signedBy: [aSignedBy(), aSignedBy({ eachPlatform: true })] })]
  ])('where the rule has %s', async (_, rule) => {
    const twice = index([good(AMD64), evil(AMD64)])
    expect(await lookAt(looking(), candidate(twice, rule))).toMatchObject({
      done: {
        outcome: 'error',
        reason: 'the index lists linux/amd64 2 times',
        remedy: expect.stringContaining('name the digest of the platform')
      }
    })
  })
})

test('an index with many problems names some of them', async () => {
  const children = Array.from({ length: 5 }, (_, number) => manifest(`evil ${number}`))
  await expect(allPlatforms(registry(), pinned(index(children)))).rejects.toThrow(/; and 3 more$/)
})

test('an index as BuildKit makes it has its platforms, each read', async () => {
  const [one, other] = [good(AMD64), evil({ os: 'linux', architecture: 'arm', variant: 'v7' })]
  const statement = fake.blob('{}', 'application/vnd.in-toto+json')
  const attestation = {
    ...fake.manifest(
      { schemaVersion: 2, mediaType: OCI_MANIFEST, config: fake.blob('c', CONFIG), layers: [statement] },
      OCI_MANIFEST
    ),
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': one.digest }
  }
  expect(await allPlatforms(registry(), pinned(index([one, other, attestation])))).toEqual([
    { platform: 'linux/amd64', digest: one.digest },
    { platform: 'linux/arm/v7', digest: other.digest }
  ])
})

test('one manifest is what it is, whatever its config says', async () => {
  const chart = fake.manifest(
    { schemaVersion: 2, mediaType: OCI_MANIFEST, config: fake.blob('x', 'application/vnd.example'), layers: [] },
    OCI_MANIFEST
  )
  const one = [{ platform: 'the image', digest: chart.digest }]
  expect(await allPlatforms(registry(), pinned(chart))).toEqual(one)
  expect(await namedPlatforms(registry(), pinned(chart))).toEqual(one)
})

test('what only a note depends on costs one request', async () => {
  const image = index([good(AMD64), evil()])
  expect(await namedPlatforms(registry(), pinned(image))).toEqual([
    { platform: 'linux/amd64', digest: expect.any(String) }
  ])
  expect(fake.requests.filter(line => line.includes('/manifests/'))).toHaveLength(1)
})
