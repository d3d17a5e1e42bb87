import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseSignatures, parseStatements } from '../../../src/cosign/in-toto.ts'

/** What cosign 3.1.3 printed, recorded: two attestations of one image. */
const recorded = readFileSync(new URL('../../fixtures/cosign/verify-attestation.txt', import.meta.url), 'utf8')
const DIGEST = 'sha256:0bf536fd063440ea57e65d3a72ca686a7a229b0a27c6f5bb12bcbd2a80d587e5'
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1'

const line = (statement: unknown) =>
  JSON.stringify({ payload: Buffer.from(JSON.stringify(statement)).toString('base64') })
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'x', digest: { sha256: DIGEST.slice('sha256:'.length) } }],
  predicateType: VULN,
  predicate: { a: 1 }
}

test('all recorded statements are read', () => {
  expect(parseStatements(recorded, DIGEST, VULN).map(({ predicate }) => predicate['scanner'])).toMatchObject([
    { result: { a: 1 } },
    { result: { b: 2 } }
  ])
})

describe('a statement', () => {
  test('of version 1 is read as well', () => {
    expect(parseStatements(`${line(statement)}\n`, DIGEST, VULN)).toMatchObject([
      { predicateType: VULN, predicate: { a: 1 } }
    ])
  })

  test.each([
    ['about another digest', { subject: [{ digest: { sha256: '0'.repeat(64) } }] }],
    ['about nothing', { subject: [] }],
    ['about a digest of another kind', { subject: [{ digest: { sha512: DIGEST.slice('sha256:'.length) } }] }],
    ['of another type', { predicateType: 'https://cyclonedx.org/bom' }]
  ])('%s is left out', (_, change) => {
    expect(parseStatements(line({ ...statement, ...change }), DIGEST, VULN)).toEqual([])
  })

  test('about several things is about each of them', () => {
    const subject = [{ digest: { sha256: '0'.repeat(64) } }, ...statement.subject]
    expect(parseStatements(line({ ...statement, subject }), DIGEST, VULN)).toHaveLength(1)
  })

  test('whose predicate is a text is there, and says nothing', () => {
    expect(parseStatements(line({ ...statement, predicate: 'SPDXVersion: 2.3' }), DIGEST, VULN)).toMatchObject([
      { predicate: {} }
    ])
  })
})

test('anything else than statements is an error, never an empty list', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      expect(() => parseStatements(line(value), DIGEST, VULN)).toThrow()
      expect(() => parseStatements(JSON.stringify(value), DIGEST, VULN)).toThrow()
    })
  )
  expect(() => parseStatements(recorded.slice(0, -9), DIGEST, VULN)).toThrow(SyntaxError)
})

describe('a signature', () => {
  const SIGN = 'https://sigstore.dev/cosign/sign/v1'
  const signed = {
    ...statement,
    predicateType: SIGN,
    subject: [{ ...statement.subject[0], annotations: { ref: 'main' } }]
  }

  test('is a statement of its own type, and an attestation beside it is none', () => {
    expect(parseSignatures(`${line(statement)}\n${line(signed)}\n`, DIGEST)).toEqual([
      { type: SIGN, digest: DIGEST, annotations: { ref: 'main' } }
    ])
    expect(parseSignatures(line(statement), DIGEST)).toEqual([])
  })

  test('is of the digest that is asked for', () => {
    expect(parseSignatures(line(signed), `sha256:${'a'.repeat(64)}`)).toEqual([])
  })
})
