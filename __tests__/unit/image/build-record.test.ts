import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { readBuildRecords } from '../../../src/image/build-record.ts'
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import { messageOf } from '../../../src/lib/errors.ts'
import { type FakeRegistry, startFakeRegistry } from '../../fixtures/fake-registry.ts'

const CONFIG = 'application/vnd.oci.image.config.v1+json'
const IN_TOTO = 'application/vnd.in-toto+json'
const SLSA = 'https://slsa.dev/provenance/v1'
const DIFF_ID = `sha256:${'d'.repeat(64)}`

let fake: FakeRegistry
beforeEach(async () => {
  fake = await startFakeRegistry()
})
afterEach(() => fake.close())

const registry = createRegistry({ credentials: () => undefined, timeoutMs: 5000, wait: async () => {} })
const at = (digest: string) => ({ registry: fake.host, repository: 'acme/app', digest })
const history = [{ created_by: 'COPY a /a # buildkit' }]
const entries = [{ createdBy: 'COPY a /a # buildkit', empty: false }]

function image(config: object): Descriptor {
  const layers = [fake.blob('layer')]
  return fake.manifest({ schemaVersion: 2, config: fake.blob(config, CONFIG), layers }, OCI_MANIFEST)
}

function attestation(of: string, statement: object | string, predicateType = SLSA): object {
  const layer = { ...fake.blob(statement, IN_TOTO), annotations: { 'in-toto.io/predicate-type': predicateType } }
  const manifest = { schemaVersion: 2, config: fake.blob(`${of}`, CONFIG), layers: [layer] }
  const annotations = { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': of }
  return { ...fake.manifest(manifest, OCI_MANIFEST), annotations }
}

test('a config and its provenance, of the platform that was asked for', async () => {
  const [one, other] = [image({ rootfs: { diff_ids: [DIFF_ID] }, history }), image({ rootfs: { diff_ids: [] } })]
  const manifests = [
    one,
    other,
    attestation(one.digest, { sbom: true }, 'https://spdx.dev/Document'),
    attestation(other.digest, { about: 'other' }),
    attestation(one.digest, { about: 'one' })
  ]
  const index = fake.manifest({ schemaVersion: 2, manifests }, OCI_INDEX)
  const { records, failures } = await readBuildRecords(registry, at(index.digest), [one.digest])
  expect(failures).toEqual([])
  expect([...records]).toEqual([
    [
      one.digest,
      { layers: [{ digest: expect.any(String), diffId: DIFF_ID }], history: entries, provenance: [{ about: 'one' }] }
    ]
  ])
})

test('an image without an index has no provenance', async () => {
  const one = image({ rootfs: { diff_ids: [DIFF_ID] }, history: [null, 'x', ...history] })
  const { records } = await readBuildRecords(registry, at(one.digest), [one.digest])
  expect(records.get(one.digest)).toMatchObject({ history: entries, provenance: [] })
  expect(fake.requests.filter(line => line.includes('manifests'))).toHaveLength(1)
})

test('provenance that is no JSON is a failure, and the config is there all the same', async () => {
  const one = image({ rootfs: { diff_ids: [DIFF_ID] }, history })
  const index = fake.manifest({ schemaVersion: 2, manifests: [one, attestation(one.digest, '{')] }, OCI_INDEX)
  const { records, failures } = await readBuildRecords(registry, at(index.digest), [one.digest])
  expect(records.get(one.digest)).toMatchObject({ provenance: [] })
  expect(failures).toHaveLength(1)
})

test('what would fill the memory is not read, however many platforms share it', async () => {
  const statement = { pad: 'x'.repeat(5 * 1024 * 1024) }
  const images = Array.from({ length: 8 }, (_, i) => image({ rootfs: { diff_ids: [DIFF_ID] }, history, i }))
  const manifests = images.flatMap(one => [one, attestation(one.digest, statement)])
  const index = fake.manifest({ schemaVersion: 2, manifests }, OCI_INDEX)
  const digests = images.map(({ digest }) => digest)
  const { records, failures } = await readBuildRecords(registry, at(index.digest), digests)
  expect(records.size).toBe(8)
  expect([...records.values()].flatMap(({ provenance }) => provenance)).toHaveLength(6)
  expect(failures.map(messageOf)).toEqual(Array(2).fill('the image tells too much of how it was built'))
})

test.each([
  ['fewer layers than the manifest', { rootfs: { diff_ids: [] } }],
  ['a layer that is no digest', { rootfs: { diff_ids: ['../x'] } }],
  ['no list of layers', { rootfs: 'x' }]
])('a config with %s tells nothing', async (_, config) => {
  const one = image(config)
  const { records, failures } = await readBuildRecords(registry, at(one.digest), [one.digest])
  expect(records.size).toBe(0)
  expect(messageOf(failures[0])).toMatch(/the config does not tell of the 1 layers/)
})
