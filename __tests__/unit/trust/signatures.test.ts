import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decide } from '../../../src/trust/decide.ts'
import type { SignatureFact } from '../../../src/trust/facts.ts'
import { aDigest, aRule, aSignedBy, signedWith, someFacts } from '../../fixtures/trust.ts'

/** The decision about a rule with one signer of whom these annotations are demanded. */
function decideOn(fact: SignatureFact, annotations: Readonly<Record<string, string>> = {}, reference?: string) {
  const rule = aRule({ signedBy: [aSignedBy({ annotations })] })
  return decide(rule, someFacts(rule, { found: { [aDigest()]: fact }, ...(reference !== undefined && { reference }) }))
}

const refused = (
  state: 'not-signed' | 'other-signer' | 'unreachable' | 'only-attestation' | 'error'
): SignatureFact => ({
  state,
  reason: `because of ${state}`
})

describe('annotations', () => {
  test('one that says something else is refused, in words', () => {
    expect(decideOn(signedWith({ ref: 'refs/heads/dev' }), { ref: 'refs/heads/main' })).toMatchObject({
      outcome: 'annotation-mismatch',
      reason: 'the signature says ref="refs/heads/dev", and ref="refs/heads/main" is demanded'
    })
  })

  test.each(['ref', 'toString', '__proto__'])('one that is missing is refused: %s', key => {
    const demanded = Object.fromEntries([[key, 'x']])
    expect(decideOn(signedWith({ other: 'y' }), demanded)).toMatchObject({
      outcome: 'annotation-mismatch',
      reason: `the signature says nothing of ${key}, and ${key}="x" is demanded`
    })
  })

  test('all of them must be in one and the same signature', () => {
    const demanded = { ref: 'refs/heads/main', event: 'push' }
    expect(decideOn(signedWith({ ref: 'refs/heads/main' }, { event: 'push' }), demanded).outcome).toBe(
      'annotation-mismatch'
    )
    expect(decideOn(signedWith({ event: 'push' }, { ...demanded, run: '1' }), demanded).outcome).toBe('verified')
  })
})

describe('the repository that a signature names', () => {
  test('is the one that is asked for, or the signature is of another image under this name', () => {
    expect(decideOn(signedWith({ repository: 'ghcr.io/acme/other' }))).toMatchObject({
      outcome: 'other-repository',
      reason: expect.stringContaining('"ghcr.io/acme/other", not for ghcr.io/acme/app'),
      remedy: expect.stringContaining('repository=ghcr.io/acme/other')
    })
  })

  test.each([
    ['ghcr.io/acme/app', 'ghcr.io/acme/app:1.4'],
    ['docker.io/library/mongo', 'mongo'],
    ['index.docker.io/library/mongo', 'docker.io/mongo:7'],
    ['mongo', 'index.docker.io/library/mongo'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000/app:1']
  ])('%s is what %s names', (repository, reference) => {
    expect(decideOn(signedWith({ repository }), {}, reference).outcome).toBe('verified')
  })

  test.each([
    '',
    'ghcr.io/acme/app:1.4',
    'https://ghcr.io/acme/app',
    'ghcr.io/acme/app/',
    'GHCR.IO/acme/App',
    'acme/app'
  ])('%j names no such repository', repository =>
    expect(decideOn(signedWith({ repository })).outcome).toBe('other-repository')
  )

  test('may be left out', () => {
    expect(decideOn(signedWith({})).outcome).toBe('verified')
  })

  test('is what the rule demands, where it does: a copy keeps the signature of the original', () => {
    const fact = signedWith({ repository: 'ghcr.io/acme/app' })
    const copy = 'registry.example.com/mirror/app:1'
    expect(decideOn(fact, {}, copy).outcome).toBe('other-repository')
    expect(decideOn(fact, { repository: 'ghcr.io/acme/app' }, copy).outcome).toBe('verified')
    expect(decideOn(fact, { repository: 'ghcr.io/acme/other' }, copy).outcome).toBe('annotation-mismatch')
  })

  test('explains more than an annotation that is not as demanded', () => {
    const fact = signedWith({ ref: 'x' }, { repository: 'ghcr.io/acme/other' })
    expect(decideOn(fact, { ref: 'refs/heads/main' }).outcome).toBe('other-repository')
  })

  test('of the original explains nothing of a copy that has a signature of its own', () => {
    const fact = signedWith(
      { repository: 'ghcr.io/acme/other', ref: 'x' },
      { repository: 'ghcr.io/acme/app', ref: 'x' }
    )
    expect(decideOn(fact, { ref: 'refs/heads/main' }).outcome).toBe('annotation-mismatch')
  })

  test('of one signature that fits is enough', () => {
    const fact = signedWith({ repository: 'ghcr.io/acme/other' }, { repository: 'ghcr.io/acme/app' })
    expect(decideOn(fact).outcome).toBe('verified')
  })
})

describe('several signers', () => {
  const rule = aRule({ signedBy: [aSignedBy(), aSignedBy({ annotations: { ref: 'main' } })] })
  const decideAll = (...facts: readonly SignatureFact[]) =>
    decide(rule, {
      ...someFacts(rule),
      signatures: rule.signedBy.map((signedBy, i) => ({
        signedBy,
        found: new Map([[aDigest(), facts[i] as SignatureFact]])
      }))
    })

  test('any one is enough, even when nobody could look for the other', () => {
    expect(decideAll(refused('unreachable'), signedWith({ ref: 'main' })).outcome).toBe('verified')
    expect(decideAll(signedWith({}), refused('not-signed')).outcome).toBe('verified')
  })

  test('what is demanded of one does not count for another', () => {
    expect(decideAll(refused('not-signed'), signedWith({})).outcome).toBe('annotation-mismatch')
  })

  test.each(['unreachable', 'only-attestation'] as const)('of several refusals the most telling is told: %s', state => {
    expect(decideAll(refused('other-signer'), refused(state))).toMatchObject({
      outcome: state,
      reason: `because of ${state}`
    })
  })
})

describe('each platform', () => {
  const rule = aRule({ signedBy: [aSignedBy({ eachPlatform: true, annotations: { ref: 'main' } })] })
  const platforms = [
    { platform: 'linux/amd64', digest: aDigest('b') },
    { platform: 'linux/arm64', digest: aDigest('c') }
  ]
  const good = signedWith({ ref: 'main' })

  test('needs its own signature', () => {
    const found = { [aDigest()]: good, [aDigest('b')]: good, [aDigest('c')]: refused('not-signed') }
    expect(decide(rule, someFacts(rule, { platforms, found }))).toMatchObject({
      outcome: 'not-signed',
      reason: 'the index is signed as demanded, its platform linux/arm64 is not: because of not-signed'
    })
    const all = { ...found, [aDigest('c')]: good }
    expect(decide(rule, someFacts(rule, { platforms, found: all })).outcome).toBe('verified')
  })

  test('must say what is demanded', () => {
    const found = { [aDigest()]: good, [aDigest('b')]: good, [aDigest('c')]: signedWith({}) }
    expect(decide(rule, someFacts(rule, { platforms, found })).outcome).toBe('annotation-mismatch')
  })

  test('that nobody looked at is an error', () => {
    expect(decide(rule, someFacts(rule, { platforms, found: { [aDigest()]: good } })).outcome).toBe('error')
  })

  test('is not asked for when the rule does not', () => {
    const lenient = aRule({ signedBy: [aSignedBy()] })
    expect(decide(lenient, someFacts(lenient, { platforms })).outcome).toBe('verified')
  })
})

test('nothing but a good signature passes, whatever else is found', () => {
  const state = fc.constantFrom<SignatureFact>(
    ...(['not-signed', 'other-signer', 'unreachable', 'only-attestation', 'error'] as const).map(refused),
    signedWith({ ref: 'main', repository: 'ghcr.io/acme/other' }),
    signedWith({ ref: 'dev' }),
    signedWith({}),
    signedWith()
  )
  fc.assert(
    fc.property(fc.array(state, { minLength: 1, maxLength: 4 }), facts => {
      const rule = aRule({ signedBy: facts.map(() => aSignedBy({ annotations: { ref: 'main' } })) })
      const signatures = rule.signedBy.map((signedBy, i) => ({
        signedBy,
        found: new Map([[aDigest(), facts[i] as SignatureFact]])
      }))
      const decision = decide(rule, { ...someFacts(rule), signatures })
      expect(decision.outcome).not.toBe('verified')
      expect(decision).not.toHaveProperty('signer')
      expect(decision.reason).toMatch(/\S/)
    })
  )
})
