import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readSigstore } from '../../../src/flows/sign/sigstore-files.ts'
import { UserError } from '../../../src/lib/errors.ts'
import { aSetting } from '../../fixtures/setting.ts'

const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json'
const CONFIG = JSON.stringify({ mediaType: MEDIA_TYPE, rekorTlogUrls: [{ url: 'https://log.acme.example' }] })
const EMPTY = JSON.stringify({ mediaType: MEDIA_TYPE, rekorTlogConfig: {}, tsaConfig: {} })
const ROOT = JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' })

async function read(inputs: Record<string, string>, files: Record<string, string>) {
  await using test = await aSetting({ inputs, files })
  const result = await readSigstore(test.setting).catch(error => error)
  return { result, workspace: test.setting.context.workspace }
}

test('the files of an own Sigstore are found in the workspace', async () => {
  const inputs = { 'signing-config': '.sigstore/config.json', 'trusted-root': '.sigstore/root.json' }
  const { result, workspace } = await read(inputs, { '.sigstore/config.json': CONFIG, '.sigstore/root.json': ROOT })
  expect(result).toEqual({
    sigstore: {
      signingConfig: `${workspace}/.sigstore/config.json`,
      trustedRoot: `${workspace}/.sigstore/root.json`
    },
    services: [{ role: 'transparency log', url: 'https://log.acme.example' }]
  })
})

test('without them there is nothing to read', async () => {
  expect((await read({}, {})).result).toEqual({ sigstore: {} })
})

test('a signing config without services is not handed on: with it cosign would ask the public Sigstore', async () => {
  const { result } = await read({ 'signing-config': 'c.json' }, { 'c.json': EMPTY })
  expect(result).toEqual({ sigstore: {}, services: [] })
})

describe('one sentence with the input says of a file that it', () => {
  test.each([
    ['is not there', 'signing-config', {}, /^signing-config names f, which is not there; check the path, .*$/],
    ['is not JSON', 'signing-config', { f: 'url: x' }, /^signing-config is the file f, which is none: it is not JSON;/],
    [
      'is another',
      'signing-config',
      { f: ROOT },
      /^signing-config is the file f, which is none: mediaType: .*create` wrote$/
    ],
    [
      'is another',
      'trusted-root',
      { f: CONFIG },
      /^trusted-root is the file f, which is none: mediaType: .*create` wrote$/
    ]
  ])('%s (%s)', async (_, input, files, message) => {
    const { result } = await read({ [input]: 'f' }, files)
    expect(result).toBeInstanceOf(UserError)
    expect(result.message).toMatch(message)
    expect(result.message).not.toContain('\n')
  })
})

test('a file outside the workspace counts, itself or by a link: an earlier step may have written it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'imgguard-temp-'))
  await using test = await aSetting({ inputs: { 'trusted-root': 'linked.json', 'signing-config': `${folder}/c.json` } })
  try {
    await writeFile(`${folder}/root.json`, ROOT)
    await writeFile(`${folder}/c.json`, CONFIG)
    await symlink(`${folder}/root.json`, join(test.setting.context.workspace, 'linked.json'))
    expect((await readSigstore(test.setting)).sigstore).toEqual({
      signingConfig: `${folder}/c.json`,
      trustedRoot: `${folder}/root.json`
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})

describe('what never ends, or is too long, is not read', () => {
  test.each(['signing-config', 'trusted-root'])('%s', async input => {
    await using test = await aSetting({ inputs: { [input]: 'f' } })
    const place = join(test.setting.context.workspace, 'f')
    const message = `${input}: f is not a plain file of at most 1 MiB`
    await symlink('/dev/zero', place)
    await expect(readSigstore(test.setting)).rejects.toThrow(message)
    await rm(place)
    await writeFile(place, ROOT + ' '.repeat(1024 * 1024))
    await expect(readSigstore(test.setting)).rejects.toThrow(message)
  })
})
