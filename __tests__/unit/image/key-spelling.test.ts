import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { misspeltKey } from '../../../src/image/key-spelling.ts'

const digest = `sha256:${'a'.repeat(64)}`
const entry = { mediaType: 'm', digest, size: 1, platform: { os: 'linux', architecture: 'amd64', 'os.version': '1' } }
const index = { schemaVersion: 2, mediaType: 'i', manifests: [entry], annotations: { Digest: 'x', MANIFESTS: 'x' } }

test('an index as it should be has none, whatever its annotations are called', () => {
  expect(misspeltKey(index)).toBeUndefined()
  expect(misspeltKey({ ...index, 'com.example.Own': [{ Own: 1 }] })).toBeUndefined()
})

describe('a key that Go takes for another one is found', () => {
  test.each([
    [{ ...index, Manifests: [] }, 'Manifests', 'manifests'],
    [{ ...index, 'manife\u017fts': [] }, 'manife\u017fts', 'manifests'],
    [{ ...index, LAYERS: [] }, 'LAYERS', 'layers'],
    [{ ...index, mediatype: 'x' }, 'mediatype', 'mediaType'],
    [{ ...index, FsLayers: [] }, 'FsLayers', 'fsLayers'],
    [{ ...index, manifests: [entry, { ...entry, Digest: digest }] }, 'Digest', 'digest'],
    [{ ...index, manifests: [{ ...entry, platform: { ...entry.platform, OS: 'x' } }] }, 'OS', 'os'],
    [{ config: { ...entry, MediaType: 'x' }, layers: [] }, 'MediaType', 'mediaType']
  ])('%#: %j', (content, key, name) => {
    expect(misspeltKey(content)).toEqual({ key, name })
  })
})

test('whatever an index holds, it is looked through', () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), content => void misspeltKey(content)))
  const deep = JSON.parse(`${'{"config":'.repeat(5_000)}{}${'}'.repeat(5_000)}`)
  expect(misspeltKey(deep)).toBeUndefined()
})
