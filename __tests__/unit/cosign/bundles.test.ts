import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { takeBundles, withBundleDirectory } from '../../../src/cosign/bundles.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { BUNDLES, type SignedImage, startSignedImage } from '../../fixtures/signed-image.ts'

const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

let image: SignedImage
let directory: string

beforeEach(async () => {
  image = await startSignedImage()
  directory = mkdtempSync(join(tmpdir(), 'imgguard-bundles-'))
})

afterEach(async () => {
  await image.fake.close()
  await rm(directory, { recursive: true })
})

const take = () => takeBundles(image.registry, image.reference, { log: 'ignored' }, directory)
const blobs = () => readdirSync(join(directory, 'blobs/sha256'))
const blob = (digest: string) => readFileSync(join(directory, 'blobs/sha256', digest.slice('sha256:'.length)), 'utf8')

/** The manifest that says which bundles belong to the image. */
function described(): { layers: { digest: string }[]; subject: { digest: string } } {
  const contents = blobs().map(name => JSON.parse(readFileSync(join(directory, 'blobs/sha256', name), 'utf8')))
  return contents.find(content => 'subject' in content)
}

test('bundles become a layout in which they belong to the image', async () => {
  image.bundle(BUNDLES.keyless)
  image.bundle(BUNDLES.attestation)
  const { count, seen, unread } = await take()
  expect({ count, unread }).toEqual({ count: 2, unread: undefined })
  expect(seen.map(({ isSignature }) => isSignature).sort()).toEqual([false, true])
  const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'))
  expect(index.manifests).toMatchObject([
    { digest: image.reference.digest, annotations: { kind: 'dev.cosignproject.cosign/image' } }
  ])
  expect(described().subject.digest).toBe(image.reference.digest)
  expect(
    described()
      .layers.map(({ digest }) => blob(digest))
      .sort()
  ).toEqual([BUNDLES.attestation, BUNDLES.keyless].sort())
})

test('those on the further pages of a list are there too', async () => {
  const pages = [image.bundle(BUNDLES.keyless), image.bundle(BUNDLES.attestation)]
  image.fake.intercept = (request, response) => {
    const url = new URL(request.url ?? '', 'http://registry')
    if (!url.pathname.includes('/referrers/')) return false
    const page = Number(url.searchParams.get('page') ?? 0)
    const next = page + 1 < pages.length ? { link: `<${url.pathname}?page=${page + 1}>; rel="next"` } : {}
    response.writeHead(200, { 'content-type': OCI_INDEX, ...next })
    response.end(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [pages[page]] }))
    return true
  }
  expect((await take()).count).toBe(2)
})

test('a manifest that names a wrong size for a bundle does not keep it from being read', async () => {
  const layer = image.fake.blob(BUNDLES.keyless, BUNDLE_TYPE)
  image.bundle(BUNDLES.keyless)
  for (const size of [layer.size - 1, layer.size + 1])
    image.list(image.fake.manifest({ schemaVersion: 2, layers: [{ ...layer, size }] }, OCI_MANIFEST))
  expect((await take()).count).toBe(1)
})

test('what is larger than is read is left out, and that is said; what is smaller is here', async () => {
  image.bundle(BUNDLES.keyless)
  const layer = { ...image.fake.blob('large', BUNDLE_TYPE), size: 600 * 1024 * 1024 }
  image.list(image.fake.manifest({ schemaVersion: 2, layers: [layer] }, OCI_MANIFEST))
  expect(await take()).toMatchObject({ count: 1, unread: expect.stringMatching(/have 601 MiB in 2 bundles; at most/) })
})

test('what is no bundle is none, and garbage that claims to be one is counted', async () => {
  image.list(image.fake.manifest({ schemaVersion: 2, layers: [image.fake.blob('sbom')] }, OCI_MANIFEST))
  image.list(image.fake.manifest({ schemaVersion: 2, layers: 'none' }, OCI_MANIFEST))
  expect((await take()).count).toBe(0)
  image.bundle('garbage')
  expect(await take()).toMatchObject({ count: 1, seen: [] })
})

test('the directory is gone after the work, done or failed, and nothing else is', async () => {
  const cosign = { emptyDirectory: () => Promise.resolve(directory) }
  writeFileSync(join(directory, 'kept'), '')
  const work = async (lent: string) => writeFileSync(join(lent, 'file'), '')
  await withBundleDirectory(cosign, work)
  await expect(withBundleDirectory(cosign, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(readdirSync(directory)).toEqual(['kept'])
})
