import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { expectNothingAdded, theError } from './helpers/expectations.ts'
import { githubRequests, githubState } from './helpers/github.ts'
import { startListener } from './helpers/listener.ts'
import { freshImage, freshRepository, keyInputs, readWorldFile, step, world } from './helpers/world.ts'

const STORE = /store the file as it is, for example with `gh secret set COSIGN_PRIVATE_KEY < cosign\.key`$/
const IMPORT = /run `cosign import-key-pair --key FILE`/
const GENERATE = /make a key with `cosign generate-key-pair`$/
const CONTENT = /secrets\.COSIGN_PRIVATE_KEY/

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const armour = (type: string) =>
  `-----BEGIN ${type}-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==\n-----END ${type}-----\n`

type Damage = readonly [name: string, damage: (key: string) => string, what: RegExp, remedy: RegExp]

const DAMAGES: readonly Damage[] = [
  ['lost its line breaks', key => key.replaceAll('\n', ' '), /has lost its line breaks/, STORE],
  ['has literal \\n', key => key.replaceAll('\n', '\\n'), /has the two characters \\n/, STORE],
  ['is base64 of the file', key => Buffer.from(key).toString('base64'), /is base64 of a PEM/, STORE],
  [
    'has CRLF',
    key => key.replaceAll('\n', '\r\n'),
    /has Windows line ends \(CRLF\); convert the file with `dos2unix cosign\.key`/,
    STORE
  ],
  ['is cut off', key => key.slice(0, -60), /is cut off/, STORE],
  ['lost a line', key => key.split('\n').toSpliced(2, 1).join('\n'), /is damaged/, STORE],
  [
    'is the public key',
    () => String(ec.publicKey.export({ type: 'spki', format: 'pem' })),
    /is a public key/,
    /signing needs the private one, the file cosign\.key$/
  ],
  [
    'is an unencrypted PKCS8 key',
    () => String(ec.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    /is an unencrypted private key/,
    IMPORT
  ],
  [
    'is an unencrypted EC key',
    () => String(ec.privateKey.export({ type: 'sec1', format: 'pem' })),
    /is an unencrypted private key/,
    IMPORT
  ],
  [
    'is an unencrypted RSA key',
    () => String(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })),
    /is an unencrypted private key/,
    IMPORT
  ],
  [
    'is encrypted by OpenSSL',
    () => String(ec.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })),
    /is a key that OpenSSL encrypted/,
    IMPORT
  ],
  ['is an OpenSSH key', () => armour('OPENSSH PRIVATE KEY'), /is an SSH key/, GENERATE],
  ['is an SSH public key', () => 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0 me@home', /is an SSH public key/, GENERATE],
  [
    'is a certificate',
    () => armour('CERTIFICATE'),
    /is a certificate/,
    /signing needs the private key, the file cosign\.key$/
  ],
  ['is a path', () => './keys/cosign.key', /is a path/, CONTENT],
  ['is a reference to an unknown key store', () => 'k8s://default/key', /is a reference to a key store/, /awskms:\/\//]
]

describe('a key that', () => {
  test.each(DAMAGES)('%s is named as such, with the remedy, before any download', async (_, damage, what, remedy) => {
    const outside = await startListener()
    const repository = freshRepository()
    const { 'cosign-key': key, 'cosign-password': password } = await keyInputs()
    const given = damage(key)
    const result = await step({
      eventOptions: { repository },
      inputs: {
        image: `${outside.host}/acme/app@sha256:${'a'.repeat(64)}`,
        'tools-mirror': outside.url,
        'db-repositories': `${outside.host}/db:2`,
        'cosign-key': given,
        'cosign-password': password
      },
      emptyToolCache: true
    })
    await outside.close()
    const text = theError(result)
    expect(text).toMatch(/^cosign-key /)
    expect(text).toMatch(what)
    expect(text).toMatch(remedy)
    expect(text).not.toContain('\n')
    expect(outside.requests).toEqual([])
    expect(await githubRequests(repository)).toEqual([])
    for (const piece of piecesOf(key)) expect(withoutMasks(result.log)).not.toContain(piece)
  })
})

describe('a password that', () => {
  test.each([
    [
      'is wrong',
      'not the password',
      /^cosign-password does not open cosign-key; check that both secrets belong to the same key pair$/
    ],
    ['is empty', '', /^cosign-password is empty, but cosign-key has a password; give it with cosign-password:/]
  ])('%s is one sentence, before any scan, and nothing is signed', async (_, password, expected) => {
    const repository = freshRepository()
    const image = await freshImage('clean')
    const key = await keyInputs()
    const result = await step({
      eventOptions: { repository },
      inputs: { ...key, 'cosign-password': password, image, 'transparency-log': 'false' }
    })
    expect(theError(result)).toMatch(expected)
    await expectNothingAdded(image)
    expect(result.outputs).toEqual({})
    expect(result.log).not.toContain('::group::Scan')
    expect(await githubRequests(repository)).toEqual([])
    expect(await readdir(result.folders.temp)).toEqual([])
  })
})

test('an empty key with sign: never scans only', async () => {
  const repository = freshRepository()
  const image = await freshImage('clean')
  const { exitCode, outputs } = await step({ eventOptions: { repository }, inputs: { image, sign: 'never' } })
  expect(exitCode).toBe(0)
  expect(outputs).toMatchObject({ verdict: 'pass', signed: 'false' })
  await expectNothingAdded(image)
  expect((await githubState(repository)).uploads).toHaveLength(1)
})

test('the key’s fingerprint is that of the public key file', async () => {
  const image = await freshImage('clean')
  const result = await step({
    eventOptions: { repository: freshRepository() },
    inputs: { ...(await keyInputs()), image, 'transparency-log': 'false' }
  })
  expect(result.exitCode).toBe(0)
  const der = createPublicKey(await readWorldFile(world().keys.public)).export({ type: 'spki', format: 'der' })
  expect(result.outputs['key-fingerprint']).toBe(`SHA256:${createHash('sha256').update(der).digest('hex')}`)
})

function piecesOf(key: string): string[] {
  const body = key
    .split('\n')
    .filter(line => !line.includes('-----'))
    .join('')
  return Array.from({ length: Math.floor(body.length / 12) }, (_, index) => body.slice(index * 12, index * 12 + 12))
}

function withoutMasks(log: string): string {
  return log
    .split('\n')
    .filter(line => !line.startsWith('::add-mask::'))
    .join('\n')
}
