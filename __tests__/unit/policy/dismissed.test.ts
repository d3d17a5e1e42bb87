import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { acceptedByDismissal, type Dismissal, type DismissalRules, parseRuleId } from '../../../src/policy/dismissed.ts'
import { categoryOf } from '../../../src/render/category.ts'
import { ruleId } from '../../../src/render/sarif-run.ts'
import { aSecret, aVulnerability } from '../../fixtures/outcome.ts'

const IMAGE = 'ghcr.io/acme/app'
const category = (image: string, platform: string) =>
  categoryOf({ workflowFile: '.github/workflows/ci.yml', job: 'image' }, image, platform)

const dismissal = (overrides: Partial<Dismissal> = {}): Dismissal => ({
  rule: 'CVE-2023-5678/debian/openssl',
  // GitHub cuts off what follows the last slash, and the slash.
  category: 'imgguard/ci.yml/image/ghcr.io/acme/app/linux-amd64',
  by: 'octocat',
  byPerson: true,
  reason: "won't fix",
  comment: 'not reachable',
  url: 'https://github.com/acme/app/security/code-scanning/3',
  ...overrides
})

const accept = (given: Partial<Dismissal>, rules: Partial<DismissalRules> = {}) =>
  acceptedByDismissal([dismissal(given)], {
    reasons: ['false positive', "won't fix"],
    author: 'mallory',
    images: [
      { name: IMAGE, platforms: ['linux/amd64', 'linux/arm64'] },
      { name: 'ghcr.io/acme/other', platforms: ['linux/amd64'] }
    ],
    categoryOf: category,
    ...rules
  })

describe('a dismissed alert', () => {
  test('accepts one vulnerability of one package in one image on one platform', () => {
    expect(accept({})).toEqual([
      {
        source: 'code scanning',
        id: 'CVE-2023-5678',
        kind: 'vulnerability',
        paths: [],
        purls: [],
        reason: "dismissed as won't fix by octocat: not reachable",
        alert: {
          image: IMAGE,
          platform: 'linux/amd64',
          ecosystem: 'debian',
          package: 'openssl',
          url: 'https://github.com/acme/app/security/code-scanning/3'
        }
      }
    ])
    expect(accept({ comment: ' ', reason: 'false positive' })[0]?.reason).toBe('dismissed as false positive by octocat')
  })

  test.each<[string, Partial<Dismissal>]>([
    ['by a bot', { byPerson: false }],
    ['by nobody', { by: '' }],
    ["by the pull request's author", { by: 'Mallory' }],
    ['for another reason', { reason: 'used in tests' }],
    ['of another job', { category: 'imgguard/ci.yml/other/ghcr.io/acme/app/linux-amd64' }],
    ['of another platform', { category: 'imgguard/ci.yml/image/ghcr.io/acme/app/linux-s390x' }],
    ['without a category', { category: '' }],
    ['of a secret', { rule: 'secret/aws-access-key-id/srv/app/.env' }],
    ['of a rule that is not ours', { rule: 'CVE-2023-5678' }]
  ])('counts for nothing when dismissed %s', (_, given) => expect(accept(given)).toEqual([]))

  test('needs no author outside of pull requests', () => {
    const { author: _, ...rules } = { author: '', images: [{ name: IMAGE, platforms: ['linux/amd64'] }] }
    const here = { reasons: ["won't fix"], categoryOf: category, ...rules }
    expect(acceptedByDismissal([dismissal({ by: 'mallory' })], here)).toHaveLength(1)
  })
})

describe('a rule id', () => {
  test.each([
    ['CVE-1/npm/@scope/name', { id: 'CVE-1', ecosystem: 'npm', package: '@scope/name' }],
    ['GHSA-x/golang/github.com/a/b', { id: 'GHSA-x', ecosystem: 'golang', package: 'github.com/a/b' }],
    ['CVE-1/debian/lib~1', { id: 'CVE-1', ecosystem: 'debian', package: 'lib~1' }],
    ['CVE-1/npm/name~0123abcd', undefined],
    ['secret/rule/path', undefined],
    ['CVE-1/npm', undefined],
    ['CVE-1/npm/', undefined],
    ['CVE-1//name', undefined],
    ['/npm/name', undefined],
    ['CVE 1/npm/name', undefined],
    ['', undefined]
  ])('%j', (rule, parts) => expect(parseRuleId(rule)).toEqual(parts))

  const word = fc.oneof(
    fc.string({ minLength: 1, unit: 'grapheme' }),
    fc.constantFrom('secret', 'CVE-2023-1', 'a/b', 'x~0123abcd')
  )

  test('leads back to what it was made from, or nowhere', () => {
    fc.assert(
      fc.property(word, word, word, (id, ecosystem, name) => {
        const rule = ruleId(aVulnerability({ id, ecosystem, package: name }))
        const parts = parseRuleId(rule)
        if (parts === undefined) return
        expect(ruleId(aVulnerability(parts))).toBe(rule)
        if (!`${id}${ecosystem}`.includes('/')) expect(parts).toEqual({ id, ecosystem, package: name })
      }),
      { numRuns: 2_000 }
    )
  })

  test('of a secret leads nowhere', () => {
    fc.assert(fc.property(word, word, (id, path) => expect(parseRuleId(ruleId(aSecret({ id, path })))).toBeUndefined()))
  })
})
