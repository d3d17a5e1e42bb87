import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { checkSignature } from '../../../src/cosign/check.ts'
import type { Authority, VerifyOptions } from '../../../src/cosign/cosign.ts'
import { type FakeAnswer, fakeCosign } from '../../fixtures/fake-cosign.ts'
import { otherTypes, printedStatements } from '../../fixtures/printed-statements.ts'
import { refusal } from '../../fixtures/refusals.ts'
import { BUNDLES, type SignedImage, startSignedImage } from '../../fixtures/signed-image.ts'
import { byIdentity, byKey } from '../../fixtures/signing.ts'

const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1'
const LEGACY = 'cosign container image signature'
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1'

let image: SignedImage
let waits: number[]

beforeEach(async () => {
  image = await startSignedImage()
  waits = []
})

afterEach(() => image.fake.close())

const annotations = { ref: 'refs/heads/main' }

/** As cosign prints a signature in a bundle that it found good. */
const bundled = () => printedStatements(image.reference.digest, { predicateType: SIGNATURE, annotations })

/** As `cosign verify -o json` prints a legacy signature that it found good. */
function legacy(): FakeAnswer {
  const critical = { identity: {}, image: { 'docker-manifest-digest': image.reference.digest }, type: LEGACY }
  return { stdout: `\n${JSON.stringify([{ critical, optional: annotations }])}\n` }
}

const fails = (name: string): FakeAnswer => ({ stderr: refusal(name) })
const isLegacy = (args: readonly string[]) => args.includes('--new-bundle-format=false')
const ignoresLog = (args: readonly string[]) => args.includes('--insecure-ignore-tlog=true')

async function check(
  answer: (args: readonly string[], call: number) => FakeAnswer = () => fails('nothing there'),
  { by = [byKey], ...options }: Partial<VerifyOptions> & { by?: readonly Authority[] } = {}
) {
  const { cosign, calls } = fakeCosign(answer)
  const wait = async (milliseconds: number) => void waits.push(milliseconds)
  const tools = { cosign, registry: image.registry, wait }
  return { finding: await checkSignature(tools, image.reference, by, { log: 'ignored', ...options }), calls }
}

describe('without cosign', () => {
  test('an image beside which nothing lies is not signed', async () => {
    const { finding, calls } = await check()
    expect(finding).toEqual({ state: 'not-signed', reason: 'there is no signature' })
    expect(calls).toEqual([])
  })

  test('an image that is not there is not found', async () => {
    image.fake.intercept = (request, response) => {
      if (!request.url?.includes('/manifests/sha256:')) return false
      response.writeHead(404).end()
      return true
    }
    expect((await check()).finding).toMatchObject({ state: 'not-found' })
  })

  test('a list of referrers that names what was removed is no signature', async () => {
    const gone = { ...image.fake.blob('gone'), artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }
    image.list(gone)
    expect((await check()).finding).toMatchObject({ state: 'not-signed' })
  })

  test.each([
    ['referrers', 500],
    ['manifests/sha256-', 503],
    ['.sig', 401],
    ['/v2/', 403],
    ['.sig', 429]
  ])('a registry that answers %s with %i is unreachable, never unsigned', async (part, status) => {
    image.fake.intercept = (request, response) => {
      if (!request.url?.includes(part)) return false
      response.writeHead(status).end()
      return true
    }
    const { finding } = await check()
    expect(finding).toMatchObject({ state: 'unreachable', remedy: expect.any(String) })
  })

  test('other bytes than asked for are an error', async () => {
    image.fake.intercept = (request, response) => {
      if (!request.url?.endsWith(image.reference.digest) || request.url.includes('referrers')) return false
      response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }).end('{}')
      return true
    }
    expect((await check()).finding).toMatchObject({ state: 'error', reason: expect.stringMatching(/sent other bytes/) })
  })
})

describe('a signature', () => {
  test('is found as a bundle, with its annotations', async () => {
    image.bundle(BUNDLES.keyless)
    const { finding, calls } = await check(bundled)
    expect(finding).toMatchObject({
      state: 'signed',
      by: byKey,
      format: 'bundle',
      signatures: [{ type: SIGNATURE, annotations: { ref: 'refs/heads/main' }, by: byKey, format: 'bundle' }]
    })
    expect(calls).toHaveLength(1)
    // What was brought here is checked without the registry.
    expect(calls[0]?.env).toMatchObject({ COSIGN_PUBLIC_KEY: 'the public key', LOGINS: '' })
  })

  test('is found at the legacy tag, whatever bundle would hide it', async () => {
    image.bundle(BUNDLES.attestation)
    image.legacy('sig')
    const { finding } = await check(args => (isLegacy(args) ? legacy() : fails('bundle, other key')))
    expect(finding).toMatchObject({ state: 'signed', format: 'legacy' })
  })

  test('is found in both formats, and of several signers', async () => {
    image.bundle(BUNDLES.keyless)
    image.legacy('sig')
    const { finding } = await check(
      args => {
        if (args.includes('--certificate-identity')) return isLegacy(args) ? fails('legacy, other key') : bundled()
        return isLegacy(args) ? legacy() : fails('keyless, key asked')
      },
      { by: [byKey, byIdentity] }
    )
    expect(finding).toMatchObject({
      signatures: [
        { by: byIdentity, format: 'bundle' },
        { by: byKey, format: 'legacy' }
      ]
    })
  })

  test('must be of its own format: a legacy claim in a bundle is none', async () => {
    image.bundle(BUNDLES.keyless)
    expect((await check(() => otherTypes(LEGACY))).finding.state).toBe('only-attestation')
  })

  test('in another repository is looked for there', async () => {
    image.bundle(BUNDLES.keyless)
    image.legacy('sig')
    const signatureRepository = `${image.fake.host}/acme/app`
    const { finding, calls } = await check(args => (isLegacy(args) ? legacy() : bundled()), { signatureRepository })
    expect(finding).toMatchObject({ signatures: [{ format: 'bundle' }, { format: 'legacy' }] })
    expect(calls.find(({ args }) => isLegacy(args))?.env).toMatchObject({
      COSIGN_REPOSITORY: signatureRepository,
      LOGINS: expect.stringContaining(image.fake.host)
    })
  })

  test('is found although more lies beside it than is read', async () => {
    for (let n = 0; n <= 1000; n++) image.list({ ...image.fake.blob('gone'), artifactType: 'application/example' })
    image.bundle(BUNDLES.keyless)
    image.list({ ...image.bundle(BUNDLES.keyless), artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' })
    expect((await check(bundled)).finding.state).toBe('signed')
    const { finding } = await check(() => fails('bundle, other key'))
    expect(finding).toMatchObject({ state: 'error', reason: expect.stringMatching(/at most 1000 are read$/) })
  })
})

describe('what is no signature of ours', () => {
  test('an attestation by the right key', async () => {
    image.bundle(BUNDLES.attestation)
    const { finding } = await check(() => otherTypes(VULN))
    expect(finding).toMatchObject({ state: 'only-attestation', by: byKey, types: [VULN] })
  })

  test('a legacy attestation by the right key', async () => {
    image.legacy('att')
    const { finding } = await check(() => fails('attestation, other types'))
    expect(finding).toMatchObject({ state: 'only-attestation', types: expect.arrayContaining([VULN]) })
  })

  test('a legacy attestation by somebody else', async () => {
    image.legacy('att')
    expect((await check(() => fails('legacy attestation, other key'))).finding.state).toBe('not-signed')
  })

  test('an attestation by somebody else', async () => {
    image.bundle(BUNDLES.attestation)
    const { finding } = await check(() => fails('bundle, other key'))
    expect(finding).toEqual({
      state: 'not-signed',
      reason: `there is no signature, only attestations by others (${VULN})`
    })
  })

  test.each([
    ['an identity, where a key was asked for', 'keyless, key asked', byKey, /by an identity, not with a key$/],
    ['another identity', 'keyless, other workflow', byIdentity, /: it is by https:\S+build\.yml@refs\/heads\/main$/],
    [
      'an identity of another Sigstore',
      'keyless, other trusted root',
      byIdentity,
      /log entry is not in a log of the Sigstore/
    ]
  ])('a signature by %s', async (_, name, by, reason) => {
    image.bundle(BUNDLES.keyless)
    const { finding } = await check(() => fails(name), { by: [by], log: 'required' })
    expect(finding).toEqual({ state: 'other-signer', reason: expect.stringMatching(reason) })
  })

  test('a legacy signature by another key', async () => {
    image.legacy('sig')
    expect((await check(() => fails('legacy, other key'))).finding).toEqual({
      state: 'other-signer',
      reason: 'it is signed, but not with the key that is trusted'
    })
  })

  test.each(['bundle of another digest', 'three bundles'])('a signature for another digest (%s)', async name => {
    image.bundle(BUNDLES.keyless)
    expect((await check(() => fails(name))).finding.state).toBe('other-digest')
  })

  test('a bundle that cannot be read, and for which nobody waits', async () => {
    image.bundle('{"mediaType":')
    const { finding } = await check(() => fails('layout without a bundle'))
    expect(finding).toMatchObject({ state: 'not-signed', reason: expect.stringMatching(/cannot be read/) })
    expect(waits).toEqual([])
  })
})

describe('with the log required', () => {
  const signedButNotLogged = (args: readonly string[]) => (ignoresLog(args) ? bundled() : fails('bundle, not logged'))

  test('the right key is told from a wrong one by looking without the log', async () => {
    image.bundle(BUNDLES.keyless)
    expect((await check(signedButNotLogged, { log: 'required' })).finding.state).toBe('not-logged')
    const otherKey = (args: readonly string[]) =>
      fails(ignoresLog(args) ? 'bundle, other key' : 'logged bundle, other key')
    expect((await check(otherKey, { log: 'required' })).finding.state).toBe('other-signer')
  })

  test('an identity whose bundle has no log entry is not logged', async () => {
    const { verificationMaterial, ...rest } = JSON.parse(BUNDLES.keyless)
    image.bundle(JSON.stringify({ ...rest, verificationMaterial: { ...verificationMaterial, tlogEntries: [] } }))
    const { finding } = await check(() => fails('bundle, not logged'), { by: [byIdentity], log: 'required' })
    expect(finding.state).toBe('not-logged')
  })

  test('the public log is not asked about a legacy signature when an own Sigstore was given', async () => {
    image.legacy('sig')
    const { finding, calls } = await check(legacy, { log: 'required', trustedRoot: '/root.json' })
    expect(finding.state).toBe('not-logged')
    expect(calls.map(({ args }) => ignoresLog(args))).toEqual([true])
  })

  test('a legacy signature that holds its proof is looked at', async () => {
    image.legacy('sig', { 'dev.sigstore.cosign/bundle': '{}' })
    const { finding } = await check(legacy, { log: 'required', trustedRoot: '/root.json' })
    expect(finding.state).toBe('signed')
  })
})

describe('hiccups', () => {
  test('"no signatures found" of what is there is asked again, and believed when it is found', async () => {
    image.legacy('sig')
    const { finding } = await check((_, call) => (call < 3 ? fails('nothing there') : legacy()))
    expect(finding.state).toBe('signed')
    expect(waits).toEqual([1_000, 3_000])
  })

  test.each(['nothing there', 'registry answers 503'])('that stay are unreachable, never unsigned (%s)', async name => {
    image.legacy('sig')
    const { finding, calls } = await check(() => fails(name))
    expect(finding.state).toBe('unreachable')
    expect(calls).toHaveLength(3)
  })

  test('are none of what was brought here: a bundle that cosign cannot read is not looked at again', async () => {
    image.bundle(BUNDLES.keyless)
    const { finding, calls } = await check(() => fails('layout without a bundle'))
    expect(finding.state).toBe('unreachable')
    expect(calls).toHaveLength(1)
  })

  test('are not waited for when another signature was found', async () => {
    image.bundle(BUNDLES.keyless)
    image.legacy('sig')
    const { finding } = await check(args => (isLegacy(args) ? fails('registry down') : bundled()))
    expect(finding.state).toBe('signed')
    expect(waits).toEqual([])
  })

  test('of one format do not make the other one the whole truth', async () => {
    image.bundle(BUNDLES.attestation)
    image.legacy('sig')
    const { finding } = await check(args => (isLegacy(args) ? fails('registry down') : otherTypes(VULN)))
    expect(finding.state).toBe('unreachable')
  })
})

test.each([
  ['trusted root that is not there', /^the file of the trusted root cannot be read$/],
  ['key that is none', /public key/],
  ['pattern that is none', /regular expression/]
])('what is ours and wrong is an error: %s', async (name, reason) => {
  image.bundle(BUNDLES.keyless)
  const { finding } = await check(() => fails(name))
  expect(finding).toMatchObject({ state: 'error', reason: expect.stringMatching(reason), remedy: expect.any(String) })
})

test('what cosign prints and cannot be read is an error', async () => {
  image.bundle(BUNDLES.keyless)
  expect((await check(() => ({ stdout: 'verified!' }))).finding).toMatchObject({ state: 'error' })
})
