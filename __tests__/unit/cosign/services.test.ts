import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkTrustedRoot, nameOfService, parseSigningConfig } from '../../../src/cosign/services.ts'

const service = (url: string) => ({
  url,
  majorApiVersion: 1,
  validFor: { start: '2020-01-01T00:00:00Z' },
  operator: 'acme'
})
const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json'

/** The shape that cosign 3.1.3 writes. */
const CONFIG = {
  mediaType: MEDIA_TYPE,
  caUrls: [service('https://fulcio.acme.example')],
  oidcUrls: [service('https://issuer.acme.example')],
  rekorTlogUrls: [service('https://rekor.acme.example')],
  rekorTlogConfig: { selector: 'ANY' },
  tsaUrls: [service('https://tsa.acme.example/api/v1/timestamp')],
  tsaConfig: { selector: 'ANY' }
}

describe('a signing config', () => {
  test('says which services there are', () => {
    expect(parseSigningConfig(JSON.stringify(CONFIG)).map(nameOfService)).toEqual([
      'the certificate authority (fulcio.acme.example)',
      'the timestamp authority (tsa.acme.example)',
      'the transparency log (rekor.acme.example)'
    ])
  })

  test('may name none', () => {
    expect(parseSigningConfig(JSON.stringify({ mediaType: MEDIA_TYPE, rekorTlogConfig: {}, tsaConfig: {} }))).toEqual(
      []
    )
  })

  test.each([
    ['of another version', { ...CONFIG, mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.1+json' }],
    ['that is a trusted root', { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }],
    ['with a service without URL', { ...CONFIG, rekorTlogUrls: [{}] }],
    ['with a list that is none', { ...CONFIG, rekorTlogUrls: {} }]
  ])('%s is an error', (_, content) => {
    expect(() => parseSigningConfig(JSON.stringify(content))).toThrow(TypeError)
  })
})

test.each(['+json;version=0.1', '.v0.2+json'])('a trusted root %s is taken', type => {
  expect(() => checkTrustedRoot(`{"mediaType":"application/vnd.dev.sigstore.trustedroot${type}"}`)).not.toThrow()
})

test('anything else is an error for both', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), text => {
      expect(() => parseSigningConfig(text)).toThrow()
      expect(() => checkTrustedRoot(text)).toThrow()
    })
  )
})
