import { beforeAll, describe, expect, test } from '@jest/globals'
import { makeKeys } from '../../world/services/keys.ts'
import { runByHand } from './helpers/cosign.ts'
import { theError } from './helpers/expectations.ts'
import { githubState } from './helpers/github.ts'
import { resultsOf } from './helpers/judgement.ts'
import { platformOf, sibling } from './helpers/registry.ts'
import { type StepWithFiles, stepWith, type Told } from './helpers/step-with.ts'
import {
  type E2eStep,
  freshFolder,
  freshImage,
  freshRepository,
  keyInputs,
  readWorldFile,
  world
} from './helpers/world.ts'
import { startFaultyRegistry } from './verification/faults.ts'
import { attachBundle, bundleOf, type Carrier, carriersOf, detach } from './verification/referrers.ts'

/** A vulnerability of the image `index` that is accepted when the image is signed, and not any more when it is looked at again. */
const ACCEPTED_ONCE = 'CVE-2022-25883'

/** Signs an image as a push does, and attests its scan. */
async function release(image: string, inputs: E2eStep['inputs'] = {}) {
  const result = await stepWith({
    event: 'push',
    head: { '.trivyignore': `${ACCEPTED_ONCE}\n` },
    inputs: {
      image,
      ...(await keyInputs()),
      attest: 'vuln',
      'transparency-log': 'false',
      'signature-format': 'bundle',
      'code-scanning': 'never',
      ...inputs
    }
  })
  expect(result).toMatchObject({ exitCode: 0, outputs: { signed: 'true', verified: 'true' } })
  return result
}

/** Looks again at what was released. */
async function lookAgain(image: string, inputs: E2eStep['inputs'] = {}, given: StepWithFiles = {}) {
  const result = await stepWith({
    event: 'schedule',
    ...given,
    inputs: {
      image,
      sign: 'never',
      'cosign-public-key': await readWorldFile(world().keys.public),
      'code-scanning': 'never',
      issue: 'on-failure',
      ...inputs
    }
  })
  const { issues } = await githubState(result.repository)
  return { ...result, issues, about: resultsOf(result)[0] }
}

const isSignature = ({ predicateType }: Carrier) => predicateType.startsWith('https://sigstore.dev/cosign/sign/')

describe('an image that was signed', () => {
  const repository = freshRepository()
  let image = ''
  let released: Told

  beforeAll(async () => {
    image = await freshImage('index')
    released = await release(image)
  })

  test('is found to be, and compared with what its signed scan said', async () => {
    const { exitCode, outputs, summary, issues, about } = await lookAgain(image, {}, { repository })
    expect(exitCode).toBe(0)
    const fingerprint = outputs['key-fingerprint'] ?? ''
    expect(fingerprint).toMatch(/^SHA256:[0-9a-f]{64}$/)
    expect(outputs).toMatchObject({ verdict: 'pass', signed: 'true', verified: 'true', new: '1', fixed: '0' })
    expect(about).toMatchObject({
      signing: { state: 'skipped', reason: 'sign is never' },
      signatureCheck: { state: 'good', signer: `key ${fingerprint}` },
      baseline: { reference: expect.stringMatching(/^the signed scan of \d{4}-\d\d-\d\d$/), signedScan: true }
    })
    expect(summary).toContain('signature verified')
    expect(summary).toMatch(/compared with the signed scan of \d{4}/)
    expect(summary.split('#### New since the signed scan')[0]).not.toContain(ACCEPTED_ONCE)
    expect(summary).toContain(ACCEPTED_ONCE)
    expect(issues).toEqual([])
  })

  test('was released with a command that shows what is attested', async () => {
    const [command = ''] = /^cosign verify-attestation --type vuln .*$/m.exec(released.summary) ?? []
    const { stdout } = await runByHand(command)
    const { payload } = JSON.parse(stdout.split('\n')[0] ?? '')
    expect(JSON.parse(Buffer.from(payload, 'base64').toString())).toMatchObject({
      predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1'
    })
    expect(released.summary).toContain('Attested: scan for linux/amd64 and linux/arm64')
  })

  test('can be checked by the command that is printed', async () => {
    const { outputs } = await lookAgain(image)
    const command = outputs['verify-command'] ?? ''
    expect(command).toContain(` -a repository=${image.split('@')[0]} `)
    expect(JSON.parse((await runByHand(command)).stdout)).toHaveLength(1)
  })

  test('is compared with all of it by the gate, whatever is new', async () => {
    const { exitCode, about, issues } = await lookAgain(image, { 'fail-on': 'medium' })
    expect(exitCode).toBe(1)
    expect(about).toMatchObject({ verdict: 'fail', gate: { scope: 'all' } })
    expect(issues).toMatchObject([{ state: 'open', title: expect.stringContaining('medium') }])
  })

  test('is looked at by a key from a file of the workspace', async () => {
    const key = { 'cosign-public-key': '.github/cosign.pub' }
    const head = { '.github/cosign.pub': await readWorldFile(world().keys.public) }
    const inputs = { image, sign: 'never', 'code-scanning': 'never', ...key }
    const result = await stepWith({ event: 'schedule', head, inputs })
    expect(resultsOf(result)[0]).toMatchObject({ signatureCheck: { state: 'good' } })
  })

  test('by another key is refused, in red', async () => {
    const other = await makeKeys(world().tools.cosign, await freshFolder())
    const { exitCode, outputs, about, issues, log } = await lookAgain(image, {
      'cosign-public-key': await readWorldFile(other.public)
    })
    expect(exitCode).toBe(1)
    expect(outputs).toMatchObject({ signed: 'false', verified: 'false', 'verify-command': '' })
    expect(about).toMatchObject({
      verdict: 'pass',
      signatureCheck: {
        state: 'bad',
        remedy: expect.stringMatching(/the key `SHA256:[0-9a-f]{64}`, which is cosign-public-key/)
      },
      baseline: { reason: expect.stringMatching(/^there is no signed scan of \S+ by this key; /) }
    })
    expect(issues).toMatchObject([{ state: 'open', title: expect.stringMatching(/ fails: signature refused$/) }])
    expect(log).toMatch(/::error[^\n]*signature refused/)
  })
})

describe('a signature that is gone', () => {
  test('of an index, whose platforms still show that it was there', async () => {
    const image = await freshImage('index')
    await release(image)
    await detach(image, isSignature)
    const { exitCode, outputs, about, issues } = await lookAgain(image)
    expect(exitCode).toBe(1)
    expect(outputs).toMatchObject({ signed: 'false', verified: 'false', new: '1' })
    expect(about).toMatchObject({
      signatureCheck: {
        state: 'gone',
        reason: expect.stringMatching(
          /^it was signed once, as the key's signature of linux\/\S+ shows, which is still there$/
        )
      }
    })
    expect(issues).toMatchObject([{ state: 'open', title: expect.stringMatching(/ fails: signature is gone$/) }])
  })

  test('of a manifest, whose attestation is still there', async () => {
    const image = await freshImage('clean')
    const child = sibling(image, (await platformOf(image, 'linux/amd64')).digest)
    await release(child)
    await detach(child, isSignature)
    expect(await carriersOf(child)).toHaveLength(1)
    const { exitCode, about } = await lookAgain(child)
    expect(exitCode).toBe(1)
    expect(about).toMatchObject({
      signatureCheck: { state: 'gone', reason: expect.stringContaining('an attestation by the key') }
    })
  })
})

test('an image that nobody signed is said to have no signature, and to have no signed scan', async () => {
  const { exitCode, about, issues, summary } = await lookAgain(await freshImage('clean'))
  expect(exitCode).toBe(1)
  expect(about).toMatchObject({
    verdict: 'pass',
    signatureCheck: { state: 'absent' },
    baseline: { reason: expect.stringContaining('there is no signed scan') }
  })
  expect(issues).toMatchObject([{ state: 'open', title: expect.stringMatching(/ fails: no signature$/) }])
  expect(summary).toContain('❌ No signature\n')
})

test('a registry that does not tell what is signed is no pass', async () => {
  const image = await freshImage('empty')
  await release(image)
  const faulty = await startFaultyRegistry('list of referrers answers 500', world().registry)
  try {
    const { exitCode, about, issues } = await lookAgain(`${faulty.host}${image.slice(image.indexOf('/'))}`)
    expect(exitCode).toBe(1)
    expect(about).toMatchObject({ verdict: 'pass', signatureCheck: { state: 'unreachable' } })
    expect(issues).toMatchObject([{ title: expect.stringMatching(/ fails: signature not checked$/) }])
  } finally {
    await faulty.close()
  }
})

test('the issue is closed when the signature is there again', async () => {
  const repository = freshRepository()
  const image = await freshImage('clean')
  const inRun = (id: string) => ({ repository, env: { GITHUB_RUN_ID: id } })
  await lookAgain(image, {}, inRun('2000000001'))
  await release(image)
  const { exitCode, issues } = await lookAgain(image, {}, inRun('2000000002'))
  expect(exitCode).toBe(0)
  expect(issues).toMatchObject([{ state: 'closed' }])
})

test('a signature copied from another repository is not this one’s', async () => {
  const image = await freshImage('empty')
  await release(image)
  const copy = await freshImage('empty')
  const signature = (await carriersOf(image)).find(isSignature)
  if (signature === undefined) throw new Error('There is no signature.')
  await attachBundle(copy, await bundleOf(image, signature), signature.predicateType)
  const { exitCode, about } = await lookAgain(copy)
  expect(exitCode).toBe(1)
  expect(about).toMatchObject({ signatureCheck: { state: 'bad', reason: expect.stringContaining('belongs to') } })
})

describe('where nothing is looked at again', () => {
  test('a pull request builds what is not released', async () => {
    const { exitCode, about } = await lookAgain(await freshImage('clean'), {}, { event: 'pull_request' })
    expect(exitCode).toBe(0)
    expect(about).not.toHaveProperty('signatureCheck')
  })

  test('a run without a key to expect needs no cosign', async () => {
    const { exitCode, about, log } = await lookAgain(await freshImage('clean'), { 'cosign-public-key': '' })
    expect(exitCode).toBe(0)
    expect(about).not.toHaveProperty('signatureCheck')
    expect(log).not.toMatch(/cosign/)
  })
})

test('a private key in cosign-public-key ends the step before anything is scanned, and is not shown', async () => {
  const key = await readWorldFile(world().keys.private)
  const result = await lookAgain(await freshImage('clean'), { 'cosign-public-key': key })
  expect(theError(result)).toMatch(/^cosign-public-key is a private key/)
  expect(result.log.replace(/^::add-mask::.*$/gm, '')).not.toContain(key.split('\n')[1])
})
