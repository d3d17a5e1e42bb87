import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { recogniseKey } from '../../../src/inputs/key.ts'
import { aCosignKey } from '../../fixtures/keys.ts'

const key = aCosignKey()
const body = key.split('\n').slice(1, -2).join('')

describe('recogniseKey', () => {
  test.each([
    ['as it is', key],
    ['of the older type', aCosignKey('ENCRYPTED COSIGN PRIVATE KEY')],
    ['with blank lines around it', `\n\n  ${key}\n\n`],
    ['indented by YAML', key.replaceAll('\n', '\n    ')]
  ])('takes a key %s, with plain line ends', (_, given) => {
    const shape = recogniseKey(given)
    expect(shape).toEqual({
      pem: expect.stringMatching(/^-----BEGIN [A-Z ]+-----\n([A-Za-z0-9+/=]+\n)+-----END [A-Z ]+-----\n$/)
    })
    expect('pem' in shape && shape.pem.includes(' PRIVATE KEY')).toBe(true)
  })

  test.each([
    [key.replaceAll('\n', ' '), 'has lost its line breaks'],
    [key.replaceAll('\n', ''), 'has lost its line breaks'],
    [key.replaceAll('\n', '\\n'), 'has the two characters \\n'],
    [key.replaceAll('\n', '\r\n'), 'has Windows line ends'],
    [Buffer.from(key).toString('base64'), 'is base64 of a PEM'],
    [`COSIGN_PRIVATE_KEY=${key}`, 'has text before "-----BEGIN"'],
    [key.slice(0, 200), 'is cut off'],
    [key.replace(body.slice(70, 90), ''), 'is damaged'],
    [aCosignKey('PRIVATE KEY'), 'is an unencrypted private key'],
    [aCosignKey('EC PRIVATE KEY'), 'is an unencrypted private key'],
    [aCosignKey('RSA PRIVATE KEY'), 'is an unencrypted private key'],
    [aCosignKey('ENCRYPTED PRIVATE KEY'), 'is a key that OpenSSL encrypted'],
    [aCosignKey('OPENSSH PRIVATE KEY'), 'is an SSH key'],
    [aCosignKey('PUBLIC KEY'), 'is a public key'],
    [aCosignKey('CERTIFICATE'), 'is a certificate'],
    [aCosignKey('PGP PRIVATE KEY BLOCK'), 'is a PGP key'],
    [aCosignKey('SOMETHING ELSE'), 'is of the type "SOMETHING ELSE"'],
    ['ssh-ed25519 AAAA me@home', 'is an SSH public key'],
    ['ecdsa-sha2-nistp256 AAAA me@home', 'is an SSH public key'],
    ['awskms:', 'is a reference to a key store that cannot be used here'],
    ['k8s://default/key', 'is a reference to a key store that cannot be used here'],
    ['env://COSIGN_PRIVATE_KEY', 'is a reference, not a key'],
    [
      'awskm:///alias/imgguard',
      'is a reference, not a key; give the content of cosign.key: ${{ secrets.COSIGN_PRIVATE_KEY }}, or a key in'
    ],
    ['hashivault://', 'names a key store and no key in it; put the name of the key after hashivault://'],
    ['.github/cosign.key', 'is a path'],
    ['C:\\keys\\cosign.pem', 'is a path'],
    ['hunter2', 'is not a key']
  ])('refuses %j: %s', (given, what) => {
    const shape = recogniseKey(given)
    expect(shape).toEqual({ problem: expect.stringContaining(`cosign-key ${what}`) })
    expect('problem' in shape && shape.problem.endsWith('.')).toBe(false)
  })

  test('never says anything of what it was given', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(key, key.replaceAll('\n', ' '), Buffer.from(key).toString('base64')),
        fc.nat(500),
        fc.nat(40),
        (given, start, length) => {
          const shape = recogniseKey(given.slice(0, start) + given.slice(start + length))
          const said = 'problem' in shape ? shape.problem : ''
          for (let at = 0; at + 12 <= body.length; at++) expect(said).not.toContain(body.slice(at, at + 12))
        }
      )
    )
  })

  test('a key that lost anything at all is never taken', () => {
    fc.assert(
      fc.property(fc.nat(key.length - 20), fc.integer({ min: 1, max: 30 }), (start, length) => {
        const given = key.slice(0, start) + key.slice(start + length)
        // Without a line break only, it is the same key.
        fc.pre(given.replaceAll('\n', '') !== key.replaceAll('\n', ''))
        const shape = recogniseKey(given)
        if ('pem' in shape)
          expect(Buffer.from(shape.pem.split('\n').slice(1, -2).join(''), 'base64').toString()).toMatch(
            /^\{.*"ciphertext":.*\}$/
          )
      })
    )
  })

  test('anything is recognised or refused, never thrown at', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), given =>
        expect('problem' in recogniseKey(given)).toBe(true)
      )
    )
  })
})
