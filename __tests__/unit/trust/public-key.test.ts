import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { recogniseKeySource, recognisePublicKey } from '../../../src/trust/public-key.ts'
import { aCosignKey } from '../../fixtures/keys.ts'
import { aPublicKey } from '../../fixtures/trust.ts'

const pem = aPublicKey()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey

describe('recognisePublicKey', () => {
  test.each([
    ['as it is', pem],
    ['indented', pem.replaceAll('\n', '\n    ')],
    ['with Windows line ends', pem.replaceAll('\n', '\r\n')],
    ['on one line', pem.replaceAll('\n', ' ')],
    ['with literal line breaks', pem.replaceAll('\n', '\\n')],
    ['with text around it', `# our key\n${pem}\n# end`]
  ])('reads a key %s', (_, given) => expect(recognisePublicKey(given)).toEqual({ pem }))

  test('reads RSA in its older form too', () => {
    const given = rsa.export({ type: 'pkcs1', format: 'pem' }).toString()
    expect(recognisePublicKey(given)).toEqual({ pem: rsa.export({ type: 'spki', format: 'pem' }).toString() })
  })

  test.each([
    ['', 'is empty'],
    [aCosignKey(), 'is a private key'],
    [aCosignKey('EC PRIVATE KEY'), 'is a private key'],
    [aCosignKey('OPENSSH PRIVATE KEY'), 'is a private key'],
    [`${pem}${aCosignKey()}`, 'is a private key'],
    [aCosignKey().slice(0, 200), 'is a private key'],
    [Buffer.from(aCosignKey()).toString('base64'), 'is a private key'],
    [aCosignKey('CERTIFICATE'), 'is a certificate'],
    [aCosignKey('PGP PUBLIC KEY BLOCK'), 'is a PGP key'],
    [aCosignKey('SSH2 PUBLIC KEY'), 'is an SSH key'],
    [aCosignKey('SOMETHING'), 'is not of the type "PUBLIC KEY"'],
    ['ssh-ed25519 AAAA me@home', 'is an SSH key'],
    [`${pem}${aPublicKey()}`, 'has several keys in one'],
    [aCosignKey('PUBLIC KEY'), 'is damaged'],
    [pem.slice(0, 100), 'is cut off'],
    [Buffer.from(pem).toString('base64'), 'is base64 of a PEM'],
    ['hello', 'is no public key']
  ])('refuses %j: %s', (given, what) => {
    expect(recognisePublicKey(given)).toEqual({ problem: expect.stringMatching(new RegExp(`^${what}`)) })
  })

  test('gives a key or a problem for anything', () => {
    fc.assert(fc.property(fc.string(), text => 'problem' in recognisePublicKey(text)))
  })

  test('never says anything of a private key', () => {
    const key = aCosignKey()
    const form = fc.constantFrom(
      key,
      key.replaceAll('\n', ' '),
      key.replaceAll('\n', '\\n'),
      Buffer.from(key).toString('base64')
    )
    fc.assert(
      fc.property(form, fc.nat(500), fc.nat(60), (given, from, cut) => {
        const text = given.slice(0, from) + given.slice(from + cut)
        for (const shape of [recognisePublicKey(text), recogniseKeySource(text)]) {
          const said = 'problem' in shape ? shape.problem : ''
          for (const part of text.match(/[A-Za-z0-9+/=]{24,}/g) ?? []) expect(said).not.toContain(part)
        }
      })
    )
  })
})

describe('recogniseKeySource', () => {
  test.each(['.github/cosign.pub', 'cosign.pub', 'keys/ours', '/etc/keys/cosign.pub', 'a key.pub'])(
    '%s is a path',
    path => {
      expect(recogniseKeySource(` ${path}\n`)).toEqual({ source: { kind: 'path', path } })
    }
  )

  test.each([
    'awskms:///alias/release',
    'gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/versions/1',
    'azurekms://vault.vault.azure.net/key',
    'hashivault://cosign'
  ])('%s is in a key store', reference => {
    expect(recogniseKeySource(reference)).toEqual({ source: { kind: 'kms', reference } })
  })

  test('a PEM is the key itself', () => {
    expect(recogniseKeySource(pem)).toEqual({ source: { kind: 'pem', pem } })
  })

  test.each([
    ['https://example.com/cosign.pub', 'is a URL'],
    ['env://COSIGN_PUBLIC_KEY', 'is a reference that cannot be used here'],
    ['k8s://ns/secret', 'is a reference that cannot be used here'],
    ['awskm://alias/x', 'is a reference that cannot be used here; it can be awskms'],
    ['awskms:alias/x', 'is a reference that cannot be used here'],
    ['hunter2', 'is neither'],
    ['', 'is neither'],
    ['a/b\u0000', 'is neither'],
    [`${'c2VjcmV0'.repeat(6)}/x`, 'is neither'],
    [aCosignKey(), 'is a private key'],
    ['-----BEGIN PUBLIC KEY-----\nMFkw', 'is cut off']
  ])('refuses %j: %s', (entry, what) => {
    const shape = recogniseKeySource(entry)
    expect(shape).toEqual({ problem: expect.stringMatching(new RegExp(`^${what}`)) })
  })
})
