import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readBundle, readLegacyLayer } from '../../../src/cosign/bundle.ts'

const recorded = (name: string) => readFileSync(new URL(`../../fixtures/cosign/${name}`, import.meta.url))

describe('a bundle says of itself', () => {
  test('that it is a signature by an identity, with an entry in the log', () => {
    expect(readBundle(recorded('keyless-bundle.json'))).toEqual({
      isSignature: true,
      type: 'https://sigstore.dev/cosign/sign/v1',
      keyless: true,
      logged: true
    })
  })

  test('that it is an attestation with a key, without a log', () => {
    expect(readBundle(recorded('attestation-bundle.json'))).toEqual({
      isSignature: false,
      type: 'https://cosign.sigstore.dev/attestation/vuln/v1',
      keyless: false,
      logged: false
    })
  })
})

test('what is no bundle is none, and nothing is thrown', () => {
  expect(readBundle(recorded('keyless-bundle.json').subarray(0, 200))).toBeUndefined()
  expect(readBundle(Buffer.from('{"verificationMaterial":{}}'))).toBeUndefined()
  fc.assert(
    fc.property(fc.json(), fc.json(), fc.base64String(), (material, entries, payload) => {
      const text = `{"verificationMaterial":{"a":${material},"tlogEntries":${entries}},"dsseEnvelope":{"payload":"${payload}"}}`
      expect(readBundle(Buffer.from(text))).toMatchObject({ keyless: false })
    })
  )
})

test('a legacy signature says whether it has a certificate and a proof of its log entry', () => {
  const annotations = { 'dev.sigstore.cosign/certificate': 'PEM', 'dev.sigstore.cosign/bundle': '{}' }
  expect(readLegacyLayer({ annotations }, 'sig')).toEqual({ isSignature: true, type: '', keyless: true, logged: true })
  expect(readLegacyLayer({}, 'sig')).toEqual({ isSignature: true, type: '', keyless: false, logged: false })
  expect(readLegacyLayer({ annotations: { predicateType: 'x' } }, 'att')).toMatchObject({
    isSignature: false,
    type: 'x'
  })
})
