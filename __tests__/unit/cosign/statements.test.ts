import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { VerifyOptions } from '../../../src/cosign/cosign.ts'
import { readStatements } from '../../../src/cosign/statements.ts'
import { RegistryError } from '../../../src/image/failures.ts'
import { ToolError } from '../../../src/lib/errors.ts'
import { type FakeAnswer, fakeCosign } from '../../fixtures/fake-cosign.ts'
import { printedStatements } from '../../fixtures/printed-statements.ts'
import { refusal } from '../../fixtures/refusals.ts'
import { BUNDLES, type SignedImage, startSignedImage } from '../../fixtures/signed-image.ts'
import { byIdentity, byKey } from '../../fixtures/signing.ts'

const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1'

let image: SignedImage

beforeEach(async () => {
  image = await startSignedImage()
})

afterEach(() => image.fake.close())

const attested = (...predicates: readonly object[]): FakeAnswer =>
  printedStatements(image.reference.digest, ...predicates.map(predicate => ({ predicateType: VULN, predicate })))

const fails = (name: string): FakeAnswer => ({ stderr: refusal(name) })
const isLegacy = (args: readonly string[]) => args.includes('--new-bundle-format=false')

async function read(
  answer: (args: readonly string[], call: number) => FakeAnswer,
  options: VerifyOptions = { log: 'ignored' },
  authorities = [byKey]
) {
  const { cosign, calls } = fakeCosign(answer)
  const tools = { cosign, registry: image.registry, wait: async () => {} }
  return { ...(await readStatements(tools, image.reference, 'vuln', authorities, options)), calls }
}

const thrownBy = (reading: Promise<unknown>) =>
  reading.then(
    () => undefined,
    (error: unknown) => error
  )

test('the statements of bundles and of the legacy tag are read together, each once', async () => {
  image.bundle(BUNDLES.attestation, VULN)
  image.legacy('att')
  const { statements, others, refused } = await read(args =>
    isLegacy(args) ? attested({ n: 1 }, { n: 2 }) : attested({ n: 1 })
  )
  expect(statements).toEqual([
    { predicateType: VULN, predicate: { n: 1 }, by: byKey },
    { predicateType: VULN, predicate: { n: 2 }, by: byKey }
  ])
  expect({ others, refused }).toEqual({ others: [], refused: undefined })
})

test('of several signers each is asked', async () => {
  image.bundle(BUNDLES.attestation, VULN)
  const answer = (args: readonly string[]) =>
    args.includes('--key') ? fails('keyless, key asked') : attested({ n: 1 })
  expect((await read(answer, { log: 'ignored' }, [byKey, byIdentity])).statements).toMatchObject([{ by: byIdentity }])
})

describe('what is not read may be the newest', () => {
  test('so more than is read is an error', async () => {
    image.bundle(BUNDLES.attestation, VULN)
    for (let n = 0; n <= 1000; n++) image.list({ ...image.fake.blob('gone'), artifactType: 'application/example' })
    const error = await thrownBy(read(() => attested({ n: 1 })))
    expect(error).toBeInstanceOf(ToolError)
    expect(error).toMatchObject({ message: expect.stringMatching(/^1002 manifests refer to the image/) })
  })

  test('and what nobody can read hides nothing', async () => {
    const junk = { ...image.fake.blob('gone'), artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }
    for (let n = 0; n < 200; n++) image.list(junk)
    image.bundle(BUNDLES.attestation, VULN)
    expect((await read(() => attested({ n: 1 }))).statements).toHaveLength(1)
  })
})

describe('nothing is said while somebody could not look', () => {
  test('at one of the formats', async () => {
    image.bundle(BUNDLES.attestation, VULN)
    image.legacy('att')
    const error = await thrownBy(read(args => (isLegacy(args) ? fails('registry answers 503') : attested({ n: 1 }))))
    expect(error).toBeInstanceOf(RegistryError)
  })

  test('because something of ours is wrong', async () => {
    image.bundle(BUNDLES.attestation, VULN)
    const error = await thrownBy(read(() => fails('trusted root that is not there')))
    expect(error).toBeInstanceOf(ToolError)
    expect(error).not.toBeInstanceOf(RegistryError)
  })

  test('at the list of referrers', async () => {
    image.fake.intercept = (request, response) => {
      if (!request.url?.includes('referrers')) return false
      response.writeHead(500).end()
      return true
    }
    expect(await thrownBy(read(() => attested({ n: 1 })))).toBeInstanceOf(RegistryError)
  })

  test('although a bundle that can be read is there', async () => {
    image.bundle(BUNDLES.attestation, VULN)
    expect(await thrownBy(read(() => fails('attestation, nothing there')))).toBeInstanceOf(RegistryError)
  })
})

describe('it is said why there is none', () => {
  test.each([
    [
      'attestation, other types',
      `the signer attested ${VULN.replace('cosign.sigstore.dev/attestation/vuln/v1', 'spdx.dev/Document')}, but not ${VULN}`
    ],
    ['attestation, other key', 'there are attestations, but none by the right signer'],
    ['bundle of another digest', 'what is attested was made for another digest'],
    [
      'bundle, not logged',
      'there are attestations, but none by the right signer that proves to be in the transparency log'
    ]
  ])('%s', async (name, refused) => {
    image.bundle(BUNDLES.attestation)
    expect(await read(() => fails(name), { log: 'required' })).toMatchObject({ statements: [], refused })
  })

  test('because nothing is there, without cosign', async () => {
    expect(await read(() => attested({ n: 1 }))).toEqual({
      statements: [],
      others: [],
      refused: 'there is no attestation',
      calls: []
    })
  })

  test('because the public log is not told of what an own Sigstore should have', async () => {
    image.legacy('att')
    const { refused, calls } = await read(() => attested({ n: 1 }), { log: 'required', trustedRoot: '/root.json' })
    expect(refused).toMatch(/transparency log$/)
    expect(calls).toEqual([])
  })
})
