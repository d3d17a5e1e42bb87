import { createHash } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { SignatureFormat } from '../../../src/cosign/args.ts'
import { attest } from '../../../src/cosign/attest.ts'
import { parseReference, pin } from '../../../src/image/reference.ts'
import type { Registry } from '../../../src/image/registry.ts'
import type { Command } from '../../../src/process/command.ts'
import { payloadOf } from '../../fixtures/printed-statements.ts'
import { aPemKey, byKey } from '../../fixtures/signing.ts'

const REFERENCE = pin(parseReference('ghcr.io/acme/app'), `sha256:${'a'.repeat(64)}`)
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1'
const statement = (by: string) => payloadOf(REFERENCE.digest, { predicateType: VULN, predicate: { by } })
const OURS = JSON.stringify({ dsseEnvelope: { payload: statement('us') } })
const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const DIGEST = `sha256:${createHash('sha256').update(OURS).digest('hex')}`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'imgguard-attest-'))
})
afterAll(() => rm(folder, { recursive: true }))

const valueAfter = (flag: string, { args }: Command) => args[args.indexOf(flag) + 1] ?? ''

/** Attests where the registry lists these layers and cosign finds these payloads good. */
async function attestWhere(listed: readonly string[], payloads: readonly string[], format: SignatureFormat = 'bundle') {
  const commands: Command[] = []
  const run = (command: Command) => {
    commands.push(command)
    if (command.args[0] === 'attest' && format === 'bundle') writeFileSync(valueAfter('--bundle', command), OURS)
    const found = payloads.map(payload => `${JSON.stringify({ payload, signatures: [] })}\n`).join('')
    if (command.args.includes('--output-file')) writeFileSync(valueAfter('--output-file', command), found)
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' })
  }
  const registry = {
    referrers: () => Promise.resolve(listed.map(digest => ({ digest, artifactType: BUNDLE_TYPE }))),
    manifest: ({ digest }: { digest: string }) =>
      Promise.resolve({ content: { layers: [{ digest, size: 3, mediaType: BUNDLE_TYPE }] } }),
    blob: () => Promise.resolve(Buffer.from('{ }')),
    digestOf: () => Promise.resolve(DIGEST)
  } as unknown as Registry
  const cosign = {
    run,
    file: '/cosign',
    version: '3.1.3',
    environment: () => ({}),
    emptyDirectory: (name: string) => Promise.resolve(mkdtempSync(join(folder, `${name}-`))),
    timeoutMs: 1000
  }
  const predicateFile = join(folder, 'predicate.json')
  writeFileSync(predicateFile, '{}')
  const job = { reference: REFERENCE, key: aPemKey, authority: byKey, options: { format, log: false }, type: 'vuln' }
  const tools = { cosign, registry, wait: () => Promise.resolve(), say: () => undefined }
  const failure = await attest(tools, { ...job, predicateFile }).then(
    () => undefined,
    error => error.message
  )
  return { failure, commands }
}

test('an attestation is proven by the bundle that the registry lists and the statement that cosign finds good', async () => {
  const { failure, commands } = await attestWhere(['sha256:other', DIGEST], [statement('others'), statement('us')])
  expect(failure).toBeUndefined()
  expect(commands.map(({ args }) => args.find(word => /^(attest|verify)/.test(word)))).toEqual([
    'attest',
    'verify-attestation'
  ])
})

test('one that the registry does not list is a failure', async () => {
  const { failure } = await attestWhere(['sha256:other'], [statement('us')])
  expect(failure).toMatch(/ was attested \(vuln\), but the registry does not list the attestation$/)
})

test('another one of the same type and signer does not stand for it', async () => {
  const { failure } = await attestWhere([DIGEST], [statement('others')])
  expect(failure).toMatch(/but what the registry has is not the attestation of this run$/)
})

test('a legacy one is proven by any of its type, because cosign does not say which it pushed', async () => {
  expect((await attestWhere([], [statement('others')], 'legacy')).failure).toBeUndefined()
  expect((await attestWhere([], [], 'legacy')).failure).toMatch(/is not the attestation of this run$/)
})

test('its child has the key, the child that checks it the public half only', async () => {
  const { commands } = await attestWhere([DIGEST], [statement('us')])
  expect(commands.map(({ env }) => Object.keys(env).sort())).toEqual([
    ['COSIGN_PASSWORD', 'COSIGN_PRIVATE_KEY'],
    ['COSIGN_PUBLIC_KEY']
  ])
})
