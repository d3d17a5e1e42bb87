import { describe, expect, test } from '@jest/globals'
import type { Asked } from '../../../src/flows/verify/asked.ts'
import type { Found } from '../../../src/flows/verify/facts.ts'
import { decideOn, lookAt, matchRule, resolveDigest } from '../../../src/flows/verify/image.ts'
import { comparisonWith, problemOf, signerInWords, withPlace } from '../../../src/flows/verify/look.ts'
import { RegistryError } from '../../../src/image/failures.ts'
import { parseReference, pin } from '../../../src/image/reference.ts'
import type { Registry } from '../../../src/image/registry.ts'
import { ToolError } from '../../../src/lib/errors.ts'
import { parseTrustPolicy } from '../../../src/trust/policy-file.ts'
import { byIdentity, byKey } from '../../fixtures/signing.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`
const POLICY = parseTrustPolicy(
  'version: 1\nimages:\n  - match: ghcr.io/acme/**\n    signed-by: { key: a.pub }\n  - match: mongo\n    pinned: true\n',
  'p.yml'
)
const NOTHING: Found = { platforms: [], signatures: [], attested: [], notes: [] }

function asked(text: string, more: Partial<Asked> = {}): Asked {
  return { text, reference: parseReference(text), lines: [], tagCounts: true, notes: [], ...more }
}

/** A registry whose tags are all at this digest, or that fails. */
function registryAt(answer: string | Error): Registry {
  const digestOf = () => (typeof answer === 'string' ? Promise.resolve(answer) : Promise.reject(answer))
  return { digestOf } as unknown as Registry
}

function candidate(text: string) {
  const found = matchRule(POLICY, asked(text))
  if ('done' in found) throw new Error(found.done.reason)
  return found
}

describe('before the registry is asked', () => {
  test.each([
    ['quay.io/acme/app', 'not-allowed', undefined],
    ['docker.io/library/mongo:8', 'not-pinned', 'p.yml:5 (mongo)']
  ])('%s is %s', (text, outcome, rule) => {
    const found = matchRule(POLICY, asked(text, { notes: ['n'], lines: [{ file: 'D', line: 1 }] }))
    expect(found).toMatchObject({ done: { reference: text, outcome, notes: ['n'], lines: [{ file: 'D', line: 1 }] } })
    expect('done' in found && found.done.rule).toBe(rule)
  })

  test('an image that nobody knows is refused', () => {
    const found = matchRule(POLICY, { text: '$X', problem: 'no', lines: [] })
    expect(found).toEqual({ done: { reference: '$X', outcome: 'error', reason: 'no', notes: [], lines: [] } })
  })
})

describe('the digest', () => {
  test('is fixed, and a registry that does not give it settles the matter', async () => {
    const one = candidate('ghcr.io/acme/app:1')
    expect(await resolveDigest(registryAt(DIGEST), one)).toMatchObject({ pinned: { digest: DIGEST } })
    const failed = await resolveDigest(registryAt(new RegistryError('gone', { status: 404 })), one)
    expect(failed).toMatchObject({ done: { outcome: 'not-found', reason: 'gone', rule: 'p.yml:3 (ghcr.io/acme/**)' } })
  })
})

describe('the decision', () => {
  test('is never a pass where nobody looked', async () => {
    const resolved = { ...candidate('ghcr.io/acme/app:1'), pinned: pin(parseReference('ghcr.io/acme/app'), DIGEST) }
    const done = await decideOn(registryAt(DIGEST), { ...resolved, found: NOTHING }, new Date())
    expect(done).toMatchObject({ outcome: 'error', image: `ghcr.io/acme/app@${DIGEST}` })
    await expect(lookAt(undefined, resolved)).rejects.toThrow('nothing to look with')
  })

  test('of an image that need only be pinned names it as people do', async () => {
    const pinned = candidate(`mongo@${DIGEST}`)
    const looked = await lookAt(undefined, { ...pinned, pinned: pin(pinned.asked.reference, DIGEST) })
    if ('done' in looked) throw new Error(looked.done.reason)
    expect(await decideOn(registryAt(DIGEST), looked, new Date())).toMatchObject({
      outcome: 'verified',
      image: `docker.io/library/mongo@${DIGEST}`,
      digest: DIGEST
    })
  })

  test('keeps why an image is refused when the tag cannot be looked at either', async () => {
    const resolved = { ...candidate('ghcr.io/acme/app:1'), pinned: pin(parseReference('ghcr.io/acme/app'), DIGEST) }
    const done = await decideOn(registryAt(new RegistryError('down', {})), { ...resolved, found: NOTHING }, new Date())
    expect(done).toMatchObject({ outcome: 'error', reason: expect.stringContaining('nobody looked') })
  })

  test('is that of the tag when everything else is good', async () => {
    const one = candidate('ghcr.io/acme/app:1')
    const fact = { state: 'signed', signatures: [{ signer: 'key a', annotations: {} }] } as const
    const signatures = one.rule.signedBy.map(signedBy => ({ signedBy, found: new Map([[DIGEST, fact]]) }))
    const looked = { ...one, pinned: pin(one.asked.reference, DIGEST), found: { ...NOTHING, signatures } }
    const down = new RegistryError('down', { cause: new Error('ECONNREFUSED') })
    const answers = [DIGEST, down, new RegistryError('gone', { status: 404 }), DIGEST.replaceAll('a', 'c')]
    const done = await Promise.all(answers.map(answer => decideOn(registryAt(answer), looked, new Date())))
    expect(done.map(({ outcome }) => outcome)).toEqual(['verified', 'unreachable', 'tag-moved', 'tag-moved'])
    expect(done.map(({ signer }) => signer)).toEqual(['key a', undefined, undefined, undefined])
  })

  test('of a rule that demands a digest does not ask for the tag beside it', async () => {
    const pinned = candidate(`docker.io/library/mongo:8@${DIGEST}`)
    const looked = { ...pinned, pinned: pin(pinned.asked.reference, DIGEST), found: NOTHING }
    const gone = new RegistryError('gone', { status: 404 })
    expect(await decideOn(registryAt(gone), looked, new Date())).toMatchObject({
      outcome: 'verified',
      notes: [expect.any(String)]
    })
  })
})

test.each([
  [new RegistryError('a', { status: 404 }), 'not-found'],
  [new RegistryError('a', { status: 401, remedy: 'log in' }), 'unreachable'],
  [new RegistryError('a', { status: 500 }), 'unreachable'],
  [new RegistryError('a', { cause: new Error('ECONNREFUSED') }), 'unreachable'],
  [new RegistryError('other bytes', {}), 'error'],
  [new ToolError('cosign does not read the trusted root'), 'error']
])('%p is no pass', (error, outcome) => {
  expect(problemOf(error)).toEqual({
    outcome,
    reason: expect.any(String),
    ...(error.remedy && { remedy: error.remedy })
  })
})

test('a bug is no outcome', () => {
  expect(() => problemOf(new TypeError('bug'))).toThrow('bug')
})

test('signers are told by fingerprint, or by identity and issuer', () => {
  expect(signerInWords(byKey)).toBe(`key SHA256:${'f'.repeat(64)}`)
  expect(signerInWords(byIdentity)).toContain('refs/heads/main (issuer https://token.actions')
  const pattern = { kind: 'identity', identity: { regexp: '^x' }, issuer: 'i' } as const
  expect(signerInWords(pattern)).toBe('identity matching ^x (issuer i)')
})

describe('a remedy', () => {
  const options = { log: 'ignored' } as const

  test('names the keys that are trusted, three at most', () => {
    const words = [0, 1, 2, 5].map(count => {
      const keys = Array.from(
        { length: count },
        (_, i) => ({ kind: 'key', pem: '', fingerprint: `SHA256:${i}` }) as const
      )
      return comparisonWith({ authorities: keys, options }).split(/[;]| with that of/)[0]
    })
    expect(words).toEqual([
      'compare the identity that is trusted',
      'the key that is trusted is SHA256:0',
      'the keys that are trusted are SHA256:0 and SHA256:1',
      'the keys that are trusted are SHA256:0, SHA256:1, SHA256:2 and 2 more'
    ])
  })

  test('follows a reason that says where the signatures were looked for', () => {
    const by = { authorities: [], options }
    expect(withPlace('it is down', by)).toBe('it is down')
    expect(withPlace('it is down', { ...by, elsewhere: 'r/s, the input signature-repository' })).toBe(
      'it is down; signatures are looked for in r/s, the input signature-repository'
    )
  })
})
