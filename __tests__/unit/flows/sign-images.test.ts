import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Access } from '../../../src/flows/access.ts'
import type { Scanner } from '../../../src/flows/scan/scan.ts'
import type { Subject } from '../../../src/flows/scan/subjects.ts'
import { signImages, type ToSign } from '../../../src/flows/sign/sign-images.ts'
import { nameOf } from '../../../src/image/reference.ts'
import { fakeCosign } from '../../fixtures/fake-cosign.ts'
import { anImage, CHILD_DIGEST } from '../../fixtures/outcome.ts'
import { aSetting, type SettingOptions } from '../../fixtures/setting.ts'
import { type SignedImage, startSignedImage } from '../../fixtures/signed-image.ts'
import { aPemKey, byKey } from '../../fixtures/signing.ts'

let image: SignedImage
beforeEach(async () => {
  image = await startSignedImage()
})
afterEach(() => image.fake.close())

/** Signs an index that passes, every platform of which carries a good signature of an earlier run; no scan of it is there to be attested. */
async function signIt(options: SettingOptions, leftOut: readonly string[] = []) {
  await using test = await aSetting({ ...options, inputs: { 'signature-format': 'legacy', ...options.inputs } })
  const { setting, said } = test
  const { reference, registry } = image
  const annotations = {
    repository: nameOf(reference),
    revision: setting.context.sha,
    ref: setting.context.ref,
    event: setting.context.event
  }
  const { cosign } = fakeCosign(args => {
    const digest = (args.at(-1) ?? '').replace(/^.*@/, '')
    const critical = { image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature' }
    return { stdout: JSON.stringify([{ critical, optional: annotations }]) }
  })
  const subject: Subject = {
    name: nameOf(reference),
    title: nameOf(reference),
    references: [],
    digest: reference.digest,
    places: [reference],
    kind: 'index',
    platforms: [{ platform: 'linux/amd64', digest: CHILD_DIGEST, target: { kind: 'file', path: '/none' } }],
    leftOut,
    problems: []
  }
  const signer = { cosign, key: aPemKey, authority: byKey, log: false, sigstore: {}, formats: ['legacy'] } as const
  const work: ToSign = {
    signer: setting.abilities.sign.allowed ? signer : undefined,
    scanner: { database: { reason: 'none' }, vexFiles: [] } as unknown as Scanner,
    sbomOf: () => Promise.reject(new Error('no SBOM is to be made here')),
    judged: new Map([[subject, anImage()]]),
    fresh: new Map(),
    released: { checks: new Map(), scans: new Map() },
    required: undefined
  }
  const [outcome] = await signImages(setting, { registry } as unknown as Access, work)
  return { ...outcome, warnings: said.filter(line => line.startsWith('warning: ')), said }
}

describe('what attest asks for', () => {
  test('is done where the image is signed', async () => {
    const { evidence, evidenceSkipped } = await signIt({ inputs: { attest: 'vuln' } })
    expect({ evidence, evidenceSkipped }).toEqual({ evidence: [], evidenceSkipped: undefined })
  })

  test('is done where only the platforms are signed, since one is left out', async () => {
    const { signing, evidence } = await signIt({ inputs: { attest: 'vuln' } }, ['linux/arm64'])
    expect(signing).toMatchObject({ state: 'skipped', platformsSigned: true })
    expect(evidence).toEqual([])
  })

  test.each([
    ['schedule', {}, 'it is not signed by this step: schedule is not in sign-on (push, release, workflow_dispatch)'],
    ['push', { sign: 'never' }, 'it is not signed by this step: sign is never'],
    ['pull_request', {}, 'it will be signed after the merge']
  ])('is said not to be done, and why: %s %j', async (event, inputs, reason) => {
    const payload = event === 'pull_request' ? {} : { payload: {} }
    const { evidence, evidenceSkipped, said } = await signIt({
      event,
      inputs: { attest: 'vuln', ...inputs },
      ...payload
    })
    expect({ evidence, evidenceSkipped }).toEqual({ evidence: undefined, evidenceSkipped: reason })
    expect(said).toContainEqual(expect.stringMatching(/^Skipped attesting /))
  })

  test('is not spoken of where it asks for nothing', async () => {
    const { evidenceSkipped, said } = await signIt({ inputs: { sign: 'never' } })
    expect(evidenceSkipped).toBeUndefined()
    expect(said).toEqual([])
  })
})

describe('sign: never', () => {
  test.each([
    [{ attest: 'vuln' }, 'attest does nothing'],
    [{ promote: 'latest' }, 'promote does nothing'],
    [{ attest: 'vuln', promote: 'latest' }, 'attest and promote do nothing']
  ])('with %j is warned of', async (inputs, words) => {
    const { warnings } = await signIt({ inputs: { sign: 'never', ...inputs } })
    expect(warnings).toEqual([expect.stringContaining(`sign is never, so that ${words}`)])
  })

  test('is not on an event that signs nothing anyway', async () => {
    const { warnings } = await signIt({ event: 'schedule', inputs: { sign: 'never', attest: 'vuln' } })
    expect(warnings).toEqual([])
  })
})
