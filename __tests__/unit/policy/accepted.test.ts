import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { applyAccepted } from '../../../src/policy/accepted.ts'
import type { AcceptedRisk } from '../../../src/policy/policy.ts'
import type { Finding } from '../../../src/report/model.ts'
import { accepted, critical, onPlatforms } from '../../fixtures/findings.ts'
import { anOccurrence, aSecret } from '../../fixtures/outcome.ts'

const TODAY = '2026-11-22'

/** What a risk does with one finding. */
function accept(finding: Finding, ...risks: AcceptedRisk[]) {
  const { remaining, suppressed } = applyAccepted([onPlatforms(finding)], risks, TODAY)
  return {
    remaining: remaining.map(one => one.finding),
    suppressed: suppressed.map(({ finding, by }) => ({ finding, by }))
  }
}

const hides = (finding: Finding, risk: Partial<AcceptedRisk>) => {
  return accept(finding, accepted({ id: finding.id, ...risk })).remaining.length === 0
}

test('what an id hides is counted with the risk that hides it; the rest keeps order and platforms', () => {
  const other = onPlatforms(critical({ id: 'CVE-2' }), 'linux/amd64', 'linux/arm64')
  const last = onPlatforms(aSecret())
  const risk = accepted()
  expect(applyAccepted([other, onPlatforms(critical()), last], [risk, accepted({ reason: 'again' })], TODAY)).toEqual({
    remaining: [other, last],
    suppressed: [{ finding: critical(), by: risk, platforms: ['linux/amd64'] }]
  })
})

test('an id must be equal to the letter', () => {
  expect(accept(critical(), accepted({ id: 'cve-2023-5678' }), accepted({ id: 'CVE-2023-*' })).suppressed).toEqual([])
})

test.each([
  ['2026-11-21', false],
  ['2026-11-22', false],
  ['2026-11-23', true],
  [undefined, true]
])('expiring on %s: hides: %s', (expires, hidden) => {
  expect(hides(critical(), expires === undefined ? {} : { expires })).toBe(hidden)
})

test('a kind limits it to one scanner', () => {
  expect(hides(critical(), { kind: 'secret' })).toBe(false)
  expect(hides(critical(), { kind: 'vulnerability' })).toBe(true)
  expect(hides(aSecret(), { kind: 'vulnerability' })).toBe(false)
  expect(hides(aSecret(), { kind: 'secret' })).toBe(true)
})

describe('paths', () => {
  test.each([
    [['srv/app/.env'], true],
    [['/srv/app/.env'], true],
    [['/srv/**'], true],
    [['**/.env'], true],
    [['etc/*', 'srv/*/.env'], true],
    [['srv/app'], false],
    [['app/.env'], false]
  ])('%j of a secret: hides: %s', (paths, hidden) => expect(hides(aSecret(), { paths })).toBe(hidden))

  test('name a secret in the config of the image', () => {
    expect(hides(aSecret({ path: 'image config' }), { paths: ['image config'] })).toBe(true)
    expect(hides(aSecret({ path: 'image config' }), { paths: ['srv/**'] })).toBe(false)
  })

  test('do not hide a package that is no file', () => expect(hides(critical(), { paths: ['**'] })).toBe(false))

  test('hide only the places that they name; what remains is fixable only if it has a fix itself', () => {
    const app = anOccurrence({ path: 'srv/app/package.json' })
    const other = anOccurrence({ path: 'srv/other/package.json', fixed: '' })
    const tool = anOccurrence({ path: 'opt/tool/package.json', fixed: '' })
    const [inApp, inTool] = [accepted({ paths: ['srv/app/**'] }), accepted({ paths: ['opt/**', 'srv/app/*'] })]
    expect(accept(critical({ occurrences: [tool, app, other] }), inApp, inTool)).toEqual({
      remaining: [critical({ occurrences: [other], fixable: false })],
      suppressed: [
        { finding: critical({ occurrences: [tool], fixable: false }), by: inTool },
        { finding: critical({ occurrences: [app], fixable: true }), by: inApp }
      ]
    })
  })
})

describe('package URLs', () => {
  const scoped = 'pkg:npm/%40babel/traverse@7.20.0'
  test.each([
    ['pkg:npm/%40babel/traverse', scoped, true],
    ['pkg:npm/@babel/traverse', scoped, true],
    ['pkg:npm/%40babel/traverse@7.20.0', scoped, true],
    ['pkg:npm/%40babel/traverse@7.20.1', scoped, false],
    ['pkg:npm/traverse', scoped, false],
    ['pkg:npm/%40babel/core', scoped, false],
    ['pkg:pypi/%40babel/traverse', scoped, false],
    ['pkg:deb/debian/openssl', 'pkg:deb/debian/openssl@3.0.11?arch=amd64&distro=debian-12.5', true],
    ['pkg:deb/debian/openssl?arch=amd64', 'pkg:deb/debian/openssl@3.0.11?arch=amd64&distro=debian-12.5', true],
    ['pkg:deb/debian/openssl?arch=arm64', 'pkg:deb/debian/openssl@3.0.11?arch=amd64', false],
    ['pkg:deb/debian/openssl?arch=amd64', 'pkg:deb/debian/openssl@3.0.11', false],
    ['pkg:golang/golang.org/x/net#http2', 'pkg:golang/golang.org/x/net@v0.1.0#http2', true],
    ['pkg:golang/golang.org/x/net#http2', 'pkg:golang/golang.org/x/net@v0.1.0', false],
    ['pkg:npm/lodash', '', false],
    ['pkg:npm/lodash', 'lodash', false]
  ])('%s for %s: hides: %s', (rule, purl, hidden) => {
    expect(hides(critical({ occurrences: [anOccurrence({ purl })] }), { purls: [rule] })).toBe(hidden)
  })

  test('and paths must both match', () => {
    const finding = critical({ occurrences: [anOccurrence({ path: 'a/package.json', purl: 'pkg:npm/a@1' })] })
    expect(hides(finding, { purls: ['pkg:npm/b', 'pkg:npm/a'], paths: ['a/*'] })).toBe(true)
    expect(hides(finding, { purls: ['pkg:npm/a'], paths: ['b/*'] })).toBe(false)
  })

  test('do not hide a secret', () => expect(hides(aSecret(), { purls: ['pkg:npm/a'] })).toBe(false))
})

test('whatever is accepted, every place of every finding is in exactly one of the two results', () => {
  const path = fc.constantFrom('', 'a', 'a/b', 'c')
  const finding = fc.oneof<fc.Arbitrary<Finding>[]>(
    fc.record({ id: fc.constantFrom('CVE-1', '__proto__'), path }).map(aSecret),
    fc
      .tuple(fc.constantFrom('CVE-1', '__proto__'), fc.uniqueArray(path, { minLength: 1 }))
      .map(([id, paths]) => critical({ id, occurrences: paths.map(one => anOccurrence({ path: one })) }))
  )
  const risk = fc
    .record({ id: fc.constantFrom('CVE-1', '__proto__', 'CVE-3'), paths: fc.array(fc.constantFrom('a', 'a/**', '*')) })
    .map(accepted)
  const places = (findings: readonly Finding[]) =>
    findings.flatMap(one =>
      one.kind === 'secret' ? [`${one.id} ${one.path}`] : one.occurrences.map(o => `${one.id} ${o.path}`)
    )
  fc.assert(
    fc.property(fc.array(finding), fc.array(risk), (findings, risks) => {
      const { remaining, suppressed } = applyAccepted(
        findings.map(one => onPlatforms(one)),
        risks,
        TODAY
      )
      const after = [...remaining.map(one => one.finding), ...suppressed.map(one => one.finding)]
      expect(places(after).sort()).toEqual(places(findings).sort())
    })
  )
})
