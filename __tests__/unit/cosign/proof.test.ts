import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { lookUntilThere, type SigningTools, sayIfBeyondFirstPage } from '../../../src/cosign/proof.ts'
import { OCI_INDEX } from '../../../src/image/descriptor.ts'
import { fakeCosign } from '../../fixtures/fake-cosign.ts'
import { BUNDLES, type SignedImage, startSignedImage } from '../../fixtures/signed-image.ts'

let image: SignedImage
let said: string[]
let waits: number[]
let tools: SigningTools

beforeEach(async () => {
  image = await startSignedImage()
  said = []
  waits = []
  const wait = async (milliseconds: number) => void waits.push(milliseconds)
  const { cosign } = fakeCosign(() => ({ stdout: '' }))
  tools = { cosign, registry: image.registry, wait, say: line => void said.push(line) }
})

afterEach(() => image.fake.close())

test('it is said what is waited for', async () => {
  const missing = ['the registry does not list the signature', '']
  expect(await lookUntilThere(tools, async () => missing.shift() ?? '')).toBe('')
  expect(said).toEqual(['the registry does not list the signature; looking again in 1 s'])
  expect(waits).toEqual([1_000])
})

test('what the registry lists late is missing in the end, after a minute', async () => {
  expect(await lookUntilThere(tools, async () => 'it is not there')).toBe('it is not there')
  expect(waits.reduce((sum, wait) => sum + wait)).toBe(60_000)
})

test('it is said when cosign by itself does not find what was made', async () => {
  const pages = [image.bundle(BUNDLES.keyless), image.bundle(BUNDLES.attestation)]
  const [first = '', second = ''] = [BUNDLES.keyless, BUNDLES.attestation].map(text => image.fake.blob(text).digest)
  await sayIfBeyondFirstPage(tools, image.reference, second)
  expect(said).toEqual([])
  image.fake.intercept = (request, response) => {
    const url = new URL(request.url ?? '', 'http://registry')
    if (!url.pathname.includes('/referrers/')) return false
    const page = Number(url.searchParams.get('page') ?? 0)
    const next = page === 0 ? { link: `<${url.pathname}?page=1>; rel="next"` } : {}
    response.writeHead(200, { 'content-type': OCI_INDEX, ...next })
    response.end(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [pages[page]] }))
    return true
  }
  await sayIfBeyondFirstPage(tools, image.reference, first)
  expect(said).toEqual([])
  await sayIfBeyondFirstPage(tools, image.reference, second)
  expect(said).toEqual([expect.stringMatching(/more signatures and attestations than the registry lists on one page/)])
})
