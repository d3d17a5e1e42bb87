import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { findNewerRun } from '../../../src/flows/promote/newer-run.ts'
import type { Signer } from '../../../src/flows/sign/signer.ts'
import { nameOf } from '../../../src/image/reference.ts'
import { type FakeAnswer, fakeCosign } from '../../fixtures/fake-cosign.ts'
import { printedStatements } from '../../fixtures/printed-statements.ts'
import { refusal } from '../../fixtures/refusals.ts'
import { aSetting } from '../../fixtures/setting.ts'
import { BUNDLES, type SignedImage, startSignedImage } from '../../fixtures/signed-image.ts'
import { aPemKey, byKey } from '../../fixtures/signing.ts'

let image: SignedImage
beforeEach(async () => {
  image = await startSignedImage()
})
afterEach(() => image.fake.close())

async function find(answer: FakeAnswer) {
  await using test = await aSetting()
  const signer: Signer = {
    cosign: fakeCosign(() => answer).cosign,
    key: aPemKey,
    authority: byKey,
    log: false,
    sigstore: {},
    formats: ['bundle']
  }
  return await findNewerRun(test.setting, image.registry, signer, image.reference)
}

const runUrl = (id: number) => `https://github.com/acme/app/actions/runs/${id}/attempts/1`

/** As cosign prints signatures of runs. */
function signedBy(...runs: readonly number[]): FakeAnswer {
  const said = runs.map(id => ({
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    annotations: { repository: nameOf(image.reference), run: runUrl(id) }
  }))
  return printedStatements(image.reference.digest, ...said)
}

test('the newest of the runs that signed is told, whatever their order', async () => {
  image.bundle(BUNDLES.keyless)
  expect(await find(signedBy(9_900_000_002, 9_900_000_003, 1))).toBe(runUrl(9_900_000_003))
  expect(await find(signedBy(1, 2))).toBeUndefined()
})

describe('there is none where', () => {
  test('nothing is signed', async () => {
    expect(await find({ stderr: refusal('nothing there') })).toBeUndefined()
  })

  test('somebody else signed', async () => {
    image.bundle(BUNDLES.keyless)
    expect(await find({ stderr: refusal('bundle, other key') })).toBeUndefined()
  })
})

describe('nobody knows when', () => {
  test.each([
    ['cosign fails in words that are not known', { stderr: 'Error: something new\n' }],
    ['the trusted root is none', { stderr: refusal('trusted root that is no JSON') }],
    ['the registry limits cosign', { stderr: refusal('registry answers 429') }],
    ['what cosign prints cannot be read', { stdout: '[{}]' }]
  ])('%s', async (_, answer) => {
    image.bundle(BUNDLES.keyless)
    await expect(find(answer)).rejects.toThrow(/^whether what is there belongs to a newer run cannot be told: ./)
  })

  test('the registry sends other bytes than asked for', async () => {
    image.fake.intercept = (request, response) => {
      if (!request.url?.endsWith(`manifests/${image.reference.digest}`)) return false
      response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }).end('{}')
      return true
    }
    await expect(find(signedBy(9_900_000_002))).rejects.toThrow('cannot be told')
  })
})
