import { describe, expect, test } from '@jest/globals'
import { parseReference } from '../../../src/image/reference.ts'
import { decide, decideWithoutLooking } from '../../../src/trust/decide.ts'
import { aDemand, aDigest, aRule, aScan, aSignedBy, signedWith, someFacts } from '../../fixtures/trust.ts'

const pinned = aRule({ pinned: true })
const signed = aRule({ signedBy: [aSignedBy()] })

describe('before anybody looks', () => {
  const policy = { name: '.github/imgguard.yml', rules: [pinned, signed] }

  test('what no rule names is denied, with the rule that would name it', () => {
    expect(decideWithoutLooking(policy, undefined, parseReference('mongo:7'))).toEqual({
      outcome: 'not-allowed',
      reason: 'no rule of .github/imgguard.yml names docker.io/library/mongo, and what none names is denied',
      remedy:
        'add a rule with match: docker.io/library/mongo to .github/imgguard.yml, and say there who must have signed it',
      notes: []
    })
  })

  test('a tag is refused where a digest is demanded', () => {
    const decision = decideWithoutLooking(policy, pinned, parseReference('ghcr.io/acme/app:1.4'))
    expect(decision).toMatchObject({ outcome: 'not-pinned', remedy: expect.stringContaining('app:1.4@sha256:…') })
    expect(decideWithoutLooking(policy, pinned, parseReference(`ghcr.io/acme/app@${aDigest()}`))).toBeUndefined()
    expect(decideWithoutLooking(policy, signed, parseReference('ghcr.io/acme/app:1.4'))).toBeUndefined()
  })

  test('deciding on facts says the same', () => {
    expect(decide(pinned, someFacts(pinned)).outcome).toBe('not-pinned')
  })
})

describe('decide', () => {
  test('passes when everything that is demanded is there, and says what and who', () => {
    const rule = aRule({ signedBy: [aSignedBy()], attested: [aDemand()], pinned: true })
    const facts = someFacts(rule, { reference: `ghcr.io/acme/app@${aDigest()}`, statements: [aScan()] })
    expect(decide(rule, facts)).toEqual({
      outcome: 'verified',
      reason: 'signed, attested (vuln) and pinned by digest as the rule demands',
      signer: 'key SHA256:ours',
      notes: []
    })
  })

  test('a digest is enough where no more is demanded, and nobody is believed', () => {
    const facts = someFacts(pinned, { reference: `debian:12@${aDigest()}` })
    expect(decide(pinned, facts)).toEqual({
      outcome: 'verified',
      reason: 'pinned by digest as the rule demands',
      notes: []
    })
  })

  test('a signature is not enough when an attestation is demanded too, and the other way round', () => {
    const rule = aRule({ signedBy: [aSignedBy()], attested: [aDemand()] })
    expect(decide(rule, someFacts(rule)).outcome).toBe('not-attested')
    const unsigned = { [aDigest()]: { state: 'not-signed', reason: 'nothing is there' } } as const
    expect(decide(rule, someFacts(rule, { statements: [aScan()], found: unsigned })).outcome).toBe('not-signed')
  })

  test.each([
    ['signatures', { signatures: [] }],
    ['attestations', { attested: [] }],
    ['the image itself among what was looked at', { found: { [aDigest('b')]: signedWith({}) } }],
    ['anything in an answer', { found: { [aDigest()]: signedWith() } }]
  ])('a fact that is missing is an error, never a pass: %s', (_, over) => {
    const rule = aRule({ signedBy: [aSignedBy()], attested: [aDemand()] })
    expect(decide(rule, someFacts(rule, { statements: [aScan()], ...over })).outcome).toBe('error')
  })

  describe('a tag', () => {
    const reference = `ghcr.io/acme/app:1.4@${aDigest()}`
    const elsewhere = { state: 'elsewhere', digest: aDigest('b') } as const

    test('that is elsewhere than the digest beside it is refused, since people read the tag', () => {
      expect(decide(signed, someFacts(signed, { reference, tag: elsewhere }))).toMatchObject({
        outcome: 'tag-moved',
        reason: `the tag ghcr.io/acme/app:1.4 is at ${aDigest('b')} now, not at ${aDigest()} beside it`
      })
    })

    test('is worth a note only where the rule goes by the digest', () => {
      expect(decide(pinned, someFacts(pinned, { reference, tag: elsewhere }))).toMatchObject({
        outcome: 'verified',
        notes: [expect.stringContaining('is at')]
      })
    })

    test('that moves while it is looked at is refused, whatever the rule', () => {
      const tag = { state: 'moved', digest: aDigest('b') } as const
      expect(decide(signed, someFacts(signed, { tag })).outcome).toBe('tag-moved')
      expect(decide(pinned, someFacts(pinned, { reference, tag })).outcome).toBe('tag-moved')
    })
  })
})
