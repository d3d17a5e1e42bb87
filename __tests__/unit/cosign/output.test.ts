import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { includesSignature, parseVerified } from '../../../src/cosign/output.ts'

/** What cosign 3.1.3 printed, recorded: an image with a bundle, a legacy signature and an attestation, all by one key. */
const recorded = (name: string) => readFileSync(new URL(`../../fixtures/cosign/${name}.json`, import.meta.url), 'utf8')

const DIGEST = 'sha256:6edcedac894a2f1d6e68b7d66e8ce5e9def872ab1efec084b39dfdda9d6859d5'
const bundle = parseVerified(recorded('verify-bundle'))
const legacy = parseVerified(recorded('verify-legacy'))

test('a bundle is read, and the attestation beside it', () => {
  expect(bundle).toEqual([
    {
      type: 'https://sigstore.dev/cosign/sign/v1',
      digest: DIGEST,
      annotations: { a: 'b,c "d"', repository: 'ghcr.io/acme/app' }
    },
    { type: 'https://cosign.sigstore.dev/attestation/v1', digest: DIGEST, annotations: {} }
  ])
})

test('a legacy signature is read', () => {
  expect(legacy).toEqual([
    { type: 'cosign container image signature', digest: DIGEST, annotations: { repository: 'ghcr.io/acme/app' } }
  ])
})

test.each([[5], [null], [true], [['ghcr.io/acme/app']], [{ a: 1 }]])(
  'an annotation that is no text (%j) is not left out',
  repository => {
    const [signature] = JSON.parse(recorded('verify-legacy'))
    const printed = JSON.stringify([{ ...signature, optional: { repository } }])
    expect(parseVerified(printed)[0]?.annotations).toEqual({ repository: JSON.stringify(repository) })
  }
)

describe('a signature is included', () => {
  const wanted = { format: 'bundle', digest: DIGEST, annotations: { repository: 'ghcr.io/acme/app' } } as const

  test('in its own format, with its digest and annotations', () => {
    expect(includesSignature(bundle, wanted)).toBe(true)
    expect(includesSignature(legacy, { ...wanted, format: 'legacy' })).toBe(true)
  })

  test.each([
    ['another format', { ...wanted, format: 'legacy' }],
    ['another digest', { ...wanted, digest: `sha256:${'0'.repeat(64)}` }],
    ['another annotation', { ...wanted, annotations: { repository: 'ghcr.io/acme/other' } }],
    ['one annotation more', { ...wanted, annotations: { ...wanted.annotations, run: '1' } }]
  ] as const)('but not for %s', (_, other) => {
    expect(includesSignature(bundle, other)).toBe(false)
  })

  test('but not by an attestation of the same key', () => {
    expect(includesSignature(bundle.slice(1), { ...wanted, annotations: {} })).toBe(false)
  })
})

test('anything else than what cosign prints is an error, never an empty list', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      fc.pre(value !== null && !(Array.isArray(value) && value.length === 0))
      expect(() => parseVerified(JSON.stringify(value))).toThrow()
    })
  )
  expect(() => parseVerified('')).toThrow(SyntaxError)
  expect(() => parseVerified(recorded('verify-bundle').slice(0, -9))).toThrow(SyntaxError)
})
