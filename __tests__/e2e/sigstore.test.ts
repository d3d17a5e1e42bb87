import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { StepResult } from '../../world/runner/runner.ts'
import { cosignVerify, cosignVerifyBy, runByHand } from './helpers/cosign.ts'
import { expectNothingAdded, theError } from './helpers/expectations.ts'
import { githubRequests } from './helpers/github.ts'
import { resultsOf } from './helpers/judgement.ts'
import { startListener } from './helpers/listener.ts'
import { type RefusingProxy, startRefusingProxy } from './helpers/refusing-proxy.ts'
import { platformOf, sibling, signaturesUnder } from './helpers/registry.ts'
import {
  identityIn,
  keylessStep,
  loggedStep,
  type SigstoreStep,
  verifyIdentity,
  verifyLogged
} from './helpers/sigstore.ts'
import { freshFolder, freshImage, freshRepository, step, world } from './helpers/world.ts'

/** One manifest, in which nothing can be found: signing is what these tests are about. */
const freshManifest = () => freshImage('empty')
const bundles = async (image: string) => (await signaturesUnder(image)).map(({ of, bundles }) => `${of} ${bundles}`)
const signedAs = (result: StepResult) => resultsOf(result)[0]?.signing
const LATER = /\. Run the job again later, or check the services in signing-config$/

/** A step and the image that it was to sign. */
interface Tried {
  readonly image: string
  readonly result: StepResult
}

async function tried(run: (image: string) => Promise<StepResult>): Promise<Tried> {
  const image = await freshManifest()
  return { image, result: await run(image) }
}

/** The sentence of a step that is red because signing failed: the second of its two errors, after the verdict's. */
function theFailure({ image, result }: Tried): string {
  expect(result.exitCode).toBe(1)
  const errors = result.annotations.filter(({ level }) => level === 'error').map(({ message }) => message)
  expect(errors).toEqual([expect.stringMatching(/^signing failed; /), expect.any(String)])
  const [, sentence = ''] = errors
  expect(sentence).not.toContain('\n')
  const short = image.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/, '$1')
  expect(
    sentence.startsWith(`${image.split('@')[0]} is not signed as it should be: ${short} could not be signed: `)
  ).toBe(true)
  return sentence
}

// These mostly wait, those that hang for most of a minute: they begin first, side by side, and are looked at last.
const waiting = {
  logHangs: tried(image => loggedStep(image, { fault: 'logHangs' })),
  timestampHangs: tried(image => loggedStep(image, { fault: 'timestampHangs' })),
  fulcioHangs: tried(image => keylessStep(image, { fault: 'fulcioHangs' })),
  tokenHangs: tried(image => keylessStep(image, { claims: { fault: 'hangs' } })),
  logDown: tried(image => loggedStep(image, { fault: 'logDown' })),
  log503: tried(image => keylessStep(image, { fault: 'log503' })),
  timestamp503: tried(image => loggedStep(image, { fault: 'timestamp503' })),
  fulcioDown: tried(image => keylessStep(image, { fault: 'fulcioDown' }))
}

/** Something before the world's log that refuses requests, and a signing config that names it. */
async function logBehind(proxy: RefusingProxy): Promise<string> {
  const { signingConfig, rekorUrl } = world().sigstore
  const file = join(await freshFolder(), 'signing-config.json')
  await writeFile(file, (await readFile(signingConfig, 'utf8')).replaceAll(rekorUrl, `http://${proxy.host}`))
  return file
}

describe('a key and a transparency log of one’s own', () => {
  let image = ''
  let result: StepResult

  beforeAll(async () => {
    image = await freshManifest()
    result = await loggedStep(image)
  })

  test('makes a bundle that cosign verifies by trusted-root, the log required, and no legacy signature', async () => {
    expect(result).toMatchObject({ exitCode: 0, outputs: { signed: 'true', verified: 'true' } })
    expect(await signaturesUnder(image)).toEqual([{ of: 'image', bundles: 1, legacy: 0 }])
    const [signature, ...more] = await verifyLogged(image)
    expect(more).toEqual([])
    expect(signature).toMatchObject({ type: 'https://sigstore.dev/cosign/sign/v1', digest: image.split('@')[1] })
    const { keys, sigstore } = world()
    const nobody = ['--key', keys.public, '--trusted-root', sigstore.otherTrustedRoot]
    await expect(cosignVerifyBy(image, nobody)).rejects.toThrow(/not enough verified log entries/)
  })

  test('prints a command that asks for the log and works as it stands', async () => {
    const command = result.outputs['verify-command'] ?? ''
    expect(command).toContain(`--trusted-root ${world().sigstore.trustedRoot}`)
    expect(command).not.toContain('tlog')
    expect(JSON.parse((await runByHand(command)).stdout)).toHaveLength(1)
  })

  test('says which log it is', () => {
    expect(result.log).toContain(
      `the transparency log (${new URL(world().sigstore.rekorUrl).host}) that signing-config`
    )
  })

  test('is not taken for done by a signature that is in no log', async () => {
    const other = await freshManifest()
    const repository = freshRepository()
    const unlogged = { 'transparency-log': 'false', 'signing-config': '', 'trusted-root': '' }
    const first = await loggedStep(other, { eventOptions: { repository }, inputs: unlogged })
    expect(signedAs(first)).toMatchObject({ state: 'signed' })
    await expect(verifyLogged(other)).rejects.toThrow()
    const second = await loggedStep(other, { eventOptions: { repository } })
    expect(signedAs(second)).toMatchObject({ state: 'signed' })
    expect(await verifyLogged(other)).toHaveLength(1)
    expect(await cosignVerify(other)).toHaveLength(2)
  })

  test.each(['legacy', 'both'])(
    'refuses signature-format: %s in one sentence each, before anything is done',
    async format => {
      const outside = await startListener()
      const inputs = { 'signature-format': format, 'transparency-log': 'auto', 'tools-mirror': outside.url }
      const refused = await loggedStep(`${outside.host}/acme/app:v1`, { inputs })
      await outside.close()
      expect(theError(refused)).toMatch(
        new RegExp(
          `^signature-format is ${format}, but cosign takes a signing-config for bundles only; set signature-format: bundle`
        )
      )
      expect(outside.requests).toEqual([])
    }
  )

  test('refuses a trusted root of nobody by name, and pushes nothing', async () => {
    const { otherTrustedRoot } = world().sigstore
    const failed = await tried(image => loggedStep(image, { inputs: { 'trusted-root': otherTrustedRoot } }))
    expect(theFailure(failed)).toMatch(
      /by trusted-root nothing of it is to be believed.* Give the trusted-root that belongs to signing-config/
    )
    await expectNothingAdded(failed.image)
  })
})

describe('keyless', () => {
  const repository = freshRepository()
  const identity = identityIn(repository)
  const asBuild: SigstoreStep = { eventOptions: { repository } }
  let image = ''
  let result: StepResult

  beforeAll(async () => {
    image = await freshImage('clean')
    result = await keylessStep(image, asBuild)
  })

  test('signs the platform and the index as the workflow, in bundles', async () => {
    expect(result).toMatchObject({ exitCode: 0, outputs: { signed: 'true', verified: 'true', 'key-fingerprint': '' } })
    expect(await signaturesUnder(image)).toEqual([
      { of: 'index', bundles: 1, legacy: 0 },
      { of: 'linux/amd64', bundles: 1, legacy: 0 },
      { of: 'attestation', bundles: 0, legacy: 0 }
    ])
    const { digest } = await platformOf(image, 'linux/amd64')
    for (const reference of [image, sibling(image, digest)]) {
      expect(await verifyIdentity(reference, identity, '-a', 'event=push')).toHaveLength(1)
      await expect(verifyIdentity(reference, identityIn('acme/other'))).rejects.toThrow(
        /no matching CertificateIdentity found/
      )
    }
    await expect(cosignVerify(image)).rejects.toThrow()
  })

  test('says who signed, and prints a command that works as it stands and for nobody else', async () => {
    expect(result.log).toContain(identity)
    const command = result.outputs['verify-command'] ?? ''
    expect(command).toContain(
      ` --certificate-identity ${identity} --certificate-oidc-issuer ${world().sigstore.oidc.issuer} `
    )
    expect(JSON.parse((await runByHand(command)).stdout)).toHaveLength(1)
    await expect(runByHand(command.replace('build.yml', 'other.yml'))).rejects.toThrow()
  })

  test('keeps the signature when the same content comes again', async () => {
    const again = await keylessStep(image, asBuild)
    expect(again).toMatchObject({ exitCode: 0, outputs: { signed: 'true', verified: 'true' } })
    expect(signedAs(again)).toMatchObject({ state: 'already-signed' })
    expect(await bundles(image)).toEqual(['index 1', 'linux/amd64 1', 'attestation 0'])
  })

  test('does not take the signature of another workflow for its own', async () => {
    const other = await keylessStep(image, { ...asBuild, claims: { workflow: 'nightly.yml' } })
    expect(signedAs(other)).toMatchObject({ state: 'signed' })
    expect(await bundles(image)).toEqual(['index 2', 'linux/amd64 2', 'attestation 0'])
    expect(await verifyIdentity(image, identityIn(repository, 'nightly.yml'))).toHaveLength(1)
  })

  test('in a private repository is refused before anything is done, with the consent by name', async () => {
    const outside = await startListener()
    const repository = freshRepository()
    const publicSigstore = { 'signing-config': '', 'trusted-root': '' }
    const refused = await keylessStep(await freshManifest(), {
      eventOptions: { repository, visibility: 'private' },
      inputs: { ...publicSigstore, 'db-repositories': `${outside.host}/db:2` }
    })
    await outside.close()
    expect(theError(refused)).toMatch(
      /^keyless puts the names .* into the public transparency log for ever,.* agree with transparency-log: true, use a Sigstore of your own with signing-config, or sign with cosign-key$/
    )
    expect(refused.log).not.toContain('::group::Scan')
    expect(await githubRequests(repository)).toEqual([])
  })

  test('in a private repository works with a Sigstore of one’s own', async () => {
    const repository = freshRepository()
    const own = await tried(image => keylessStep(image, { eventOptions: { repository, visibility: 'private' } }))
    expect(own.result.exitCode).toBe(0)
    expect(await verifyIdentity(own.image, identityIn(repository))).toHaveLength(1)
  })
})

describe('an ID token', () => {
  test('that the job may not have is one sentence, before anything is done', async () => {
    const outside = await startListener()
    const repository = freshRepository()
    const inputs = { image: `${outside.host}/acme/app:v1`, keyless: 'true', 'tools-mirror': outside.url }
    const result = await step({ eventOptions: { repository }, inputs, emptyToolCache: true })
    await outside.close()
    expect(theError(result)).toBe(
      'keyless is true, but the runner offers this job no ID token; give the job `permissions: id-token: write`'
    )
    expect(outside.requests).toEqual([])
    expect(await githubRequests(repository)).toEqual([])
  })

  test.each([
    ['401', /answered 401\. The job needs `permissions: id-token: write`$/],
    ['500', /answered 500\. Run the job again later$/],
    ['malformed', /answered without a token\. Run the job again later$/]
  ])('for which GitHub answers %s is one sentence, and nothing is scanned or signed', async (fault, expected) => {
    const { image, result } = await tried(image => keylessStep(image, { claims: { fault } }))
    expect(theError(result)).toMatch(/^GitHub's service for OIDC tokens \(127\.0\.0\.1:\d+\) /)
    expect(theError(result)).toMatch(expected)
    expect(result.log).not.toContain('::group::Scan')
    await expectNothingAdded(image)
  })
})

describe('a service of Sigstore that fails', () => {
  test.each([
    ['logDown', /the transparency log \(127\.0\.0\.1:1\) refuses connections/],
    ['log503', /the transparency log \(\S+\) answered 503/],
    ['timestamp503', /the timestamp authority \(\S+\) answered with an error/],
    ['fulcioDown', /the certificate authority \(127\.0\.0\.1:1\) refuses connections/]
  ] as const)('(%s) is tried three times, named in one sentence, and nothing is pushed', async (fault, expected) => {
    const one = await waiting[fault]
    const sentence = theFailure(one)
    expect(sentence).toMatch(expected)
    expect(sentence).toMatch(/\(tried 3 times\); nothing was pushed for this digest\. /)
    expect(sentence).toMatch(LATER)
    const nothing = { verdict: 'pass', signed: 'false', verified: 'false', 'verify-command': '' }
    expect(one.result.outputs).toMatchObject(nothing)
    await expectNothingAdded(one.image)
  })
})

describe('a log before which something stands that refuses', () => {
  let proxy: RefusingProxy
  const entries = () => proxy.requests.filter(request => request === 'POST /api/v2/log/entries')
  const unavailable = { status: 503, code: 'UNAVAILABLE', message: 'come again' }

  beforeAll(async () => {
    proxy = await startRefusingProxy(new URL(world().sigstore.rekorUrl).host)
  })

  afterAll(() => proxy.close())

  test('once is asked again, and the image is signed', async () => {
    proxy.refuse = method => (method === 'POST' && entries().length === 1 ? unavailable : undefined)
    const signingConfig = await logBehind(proxy)
    const { image, result } = await tried(image => loggedStep(image, { inputs: { 'signing-config': signingConfig } }))
    expect(result).toMatchObject({ exitCode: 0, outputs: { signed: 'true', verified: 'true' } })
    expect(entries()).toHaveLength(2)
    expect(await verifyLogged(image)).toHaveLength(1)
    expect(await bundles(image)).toEqual(['image 1'])
  })

  test('all but the first entry leaves a signed platform and an index that is not, and says both', async () => {
    const before = entries().length
    proxy.refuse = method => (method === 'POST' && entries().length > before + 1 ? unavailable : undefined)
    const image = await freshImage('clean')
    const child = sibling(image, (await platformOf(image, 'linux/amd64')).digest)
    const result = await loggedStep(image, { inputs: { 'signing-config': await logBehind(proxy) } })
    expect(theFailure({ image, result })).toMatch(
      /the transparency log \(\S+\) answered 503 \(tried 3 times\); nothing was pushed for this digest/
    )
    expect(entries()).toHaveLength(before + 4)
    expect(await bundles(image)).toEqual(['index 0', 'linux/amd64 1', 'attestation 0'])
    expect(signedAs(result)).toMatchObject({ state: 'failed', done: [`${child} (bundle)`] })
    expect(result.outputs).toMatchObject({ signed: 'false', verified: 'false' })
    for (const text of [result.summary, result.masked]) expect(text).toContain(child.split('@')[1]?.slice(0, 19))
  })
})

describe('a service that never answers', () => {
  test.each([
    ['logHangs', /the transparency log \(\S+\) did not answer/],
    ['timestampHangs', /the timestamp authority \(\S+\) did not answer/],
    ['fulcioHangs', /the certificate authority \(\S+\) did not answer/]
  ] as const)('(%s) is given up within a minute, named, and nothing is pushed', async (fault, expected) => {
    const one = await waiting[fault]
    const sentence = theFailure(one)
    expect(sentence).toMatch(expected)
    expect(sentence).toMatch(LATER)
    expect(one.result.wallMs).toBeLessThan(75_000)
    await expectNothingAdded(one.image)
  })

  test('(that of ID tokens) is one sentence, and nothing is scanned', async () => {
    const { image, result } = await waiting.tokenHangs
    expect(theError(result)).toMatch(
      /^GitHub's service for OIDC tokens \(\S+\) did not answer in time: ETIMEDOUT\. Run the job again later$/
    )
    expect(result.log).not.toContain('::group::Scan')
    await expectNothingAdded(image)
  })
})
