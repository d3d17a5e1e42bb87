import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { lookAtTag } from '../../../src/flows/verify/tags.ts'
import { OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { parseReference } from '../../../src/image/reference.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import { type FakeRegistry, startFakeRegistry } from '../../fixtures/fake-registry.ts'

let fake: FakeRegistry
let digest: string

beforeEach(async () => {
  fake = await startFakeRegistry()
  digest = fake.manifest({ config: {}, layers: [] }, OCI_MANIFEST, '1').digest
})

afterEach(() => fake.close())

const OTHER = `sha256:${'0'.repeat(64)}`

function look(suffix: string, { looked = digest, tagCounts = true } = {}) {
  const registry = createRegistry({ credentials: () => undefined, timeoutMs: 1000, wait: async () => undefined })
  const text = `${fake.host}/acme/app${suffix}`
  return lookAtTag(registry, { text, reference: parseReference(text), lines: [], tagCounts, notes: [] }, looked)
}

test('a digest alone is not asked for', async () => {
  expect(await look(`@${digest}`)).toEqual({ notes: [] })
  expect(fake.requests).toEqual([])
})

test('a tag that is where it was, or where the digest says, is nothing to speak of', async () => {
  expect([await look(':1'), await look(`:1@${digest}`)]).toEqual([{ notes: [] }, { notes: [] }])
})

test('a tag that went elsewhere has moved', async () => {
  expect(await look(':1', { looked: OTHER })).toEqual({ tag: { state: 'moved', digest }, notes: [] })
})

test('a tag that was taken away has moved, too', async () => {
  expect(await look(':gone')).toEqual({
    problem: { outcome: 'tag-moved', reason: 'the tag gone is gone since it was looked at' },
    notes: []
  })
  expect(await look('', { looked: digest })).toMatchObject({ problem: { outcome: 'tag-moved' } })
})

test('a tag beside another digest counts in image, and is a note in a Dockerfile', async () => {
  expect(await look(`:1@${OTHER}`, { looked: OTHER })).toEqual({ tag: { state: 'elsewhere', digest }, notes: [] })
  expect(await look(`:1@${OTHER}`, { looked: OTHER, tagCounts: false })).toEqual({
    notes: [`the tag 1 is at ${digest.slice(0, 19)} by now; docker takes the digest and leaves the tag`]
  })
})

test('a registry that does not tell where the tag is, is no pass', async () => {
  fake.intercept = (_, response) => Boolean(response.writeHead(500).end())
  expect(await look(':1')).toMatchObject({ problem: { outcome: 'unreachable' }, notes: [] })
  expect(await look(`:1@${OTHER}`, { looked: OTHER, tagCounts: false })).toMatchObject({
    notes: [expect.stringContaining('beside the digest, is not known')]
  })
})
