import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Subject } from '../../../src/flows/scan/subjects.ts'
import { signSubject } from '../../../src/flows/sign/sign.ts'
import { nameOf } from '../../../src/image/reference.ts'
import { fakeCosign } from '../../fixtures/fake-cosign.ts'
import { CHILD_DIGEST } from '../../fixtures/outcome.ts'
import { aSetting, type SettingOptions } from '../../fixtures/setting.ts'
import { type SignedImage, startSignedImage } from '../../fixtures/signed-image.ts'
import { aPemKey, byKey } from '../../fixtures/signing.ts'

let image: SignedImage
beforeEach(async () => {
  image = await startSignedImage()
})
afterEach(() => image.fake.close())

/** Signs an index that an earlier run signed in everything alike; which digests cosign was asked to sign again. */
async function signAgain(options: SettingOptions) {
  await using test = await aSetting({ ...options, inputs: { ...options.inputs, 'signature-format': 'legacy' } })
  const { context } = test.setting
  const { reference } = image
  const annotations: Record<string, string> = {
    repository: nameOf(reference),
    revision: context.sha,
    ref: context.ref,
    event: context.event
  }
  const signed: string[] = []
  const digestIn = (args: readonly string[]) => (args.at(-1) ?? '').replace(/^.*@/, '')
  const { cosign } = fakeCosign(args => {
    const digest = digestIn(args)
    if (args[0] === 'sign') signed.push(digest)
    const runs = ['an earlier run', ...(signed.includes(digest) ? [context.runUrl] : [])]
    const type = 'cosign container image signature'
    const critical = { image: { 'docker-manifest-digest': digest }, type }
    return { stdout: JSON.stringify(runs.map(run => ({ critical, optional: { ...annotations, run } }))) }
  })
  const subject: Subject = {
    name: nameOf(reference),
    title: nameOf(reference),
    references: [],
    digest: reference.digest,
    places: [reference],
    kind: 'index',
    platforms: [{ platform: 'linux/amd64', digest: CHILD_DIGEST, target: { kind: 'file', path: '/none' } }],
    leftOut: [],
    problems: []
  }
  const signer = { cosign, key: aPemKey, authority: byKey, log: false, sigstore: {}, formats: ['legacy'] } as const
  const { signing } = await signSubject(test.setting, image.registry, signer, subject, { result: 'pass', reasons: [] })
  return { signing, signed }
}

describe('what an earlier run signed', () => {
  test('is kept', async () => {
    const { signing, signed } = await signAgain({})
    expect(signing).toMatchObject({ state: 'already-signed' })
    expect(signed).toEqual([])
  })

  test('is signed by this run as well when it is promoted, but not the platforms, at which no tag points', async () => {
    const { signing, signed } = await signAgain({ inputs: { promote: 'latest' } })
    expect(signing).toMatchObject({ state: 'signed' })
    expect(signed).toEqual([image.reference.digest])
  })

  test('is kept where the event moves no tags', async () => {
    const inputs = { promote: 'latest', 'sign-on': 'pull_request' }
    expect((await signAgain({ event: 'pull_request', inputs })).signed).toEqual([])
  })
})
