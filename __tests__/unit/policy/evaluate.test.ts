import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Evidence, evaluate, failsGate } from '../../../src/policy/evaluate.ts'
import type { Finding, PlatformScan } from '../../../src/report/model.ts'
import { SEVERITIES } from '../../../src/report/severity.ts'
import { critical, onPlatforms, scanned } from '../../fixtures/findings.ts'
import { anOccurrence, aPolicy, aReport, aSecret } from '../../fixtures/outcome.ts'

const unfixed = [anOccurrence({ fixed: '' })]
const broken: PlatformScan = { platform: 'linux/arm64', result: { complete: false, reason: 'Trivy ran out of memory' } }

const TODAY = '2026-11-20'

function judge(overrides: Partial<Evidence> = {}) {
  const nothing = { platforms: [scanned('linux/amd64')], problems: [], findings: [], policy: aPolicy(), today: TODAY }
  return evaluate({ ...nothing, ...overrides })
}

describe('pass', () => {
  test('an image without findings, without a reason', () => {
    expect(judge()).toEqual({ result: 'pass', reasons: [] })
  })

  test('findings below the threshold, without a fix, or of a system that is out of support when nobody asked', () => {
    const os = { family: 'debian', version: '9', endOfLife: true }
    const findings = [
      critical({ severity: 'high' }),
      critical({ occurrences: unfixed }),
      aSecret({ severity: 'high' })
    ].map(finding => onPlatforms(finding))
    expect(judge({ findings, platforms: [scanned('linux/amd64', { os })] }).result).toBe('pass')
  })
})

describe('fail', () => {
  test('counts what fails, most important first, and names the input that decides', () => {
    const findings = [
      critical(),
      critical({ id: 'CVE-2', severity: 'high' }),
      critical({ id: 'CVE-3', severity: 'high' }),
      critical({ id: 'CVE-4', severity: 'medium' }),
      critical({ id: 'CVE-5', occurrences: unfixed }),
      aSecret()
    ].map(finding => onPlatforms(finding, 'linux/amd64', 'linux/arm64'))
    expect(judge({ findings, policy: aPolicy({ failOn: 'high' }) })).toEqual({
      result: 'fail',
      reasons: [
        '1 critical and 2 high vulnerabilities with a fix (fail-on: high)',
        '1 critical secret (fail-on-secret: critical)'
      ]
    })
  })

  test('counts vulnerabilities without a fix with ignore-unfixed: false', () => {
    const findings = [onPlatforms(critical({ occurrences: unfixed }))]
    expect(judge({ findings, policy: aPolicy({ ignoreUnfixed: false }) }).reasons).toEqual([
      '1 critical vulnerability (fail-on: critical)'
    ])
  })

  test('names what is known to be exploited first, whatever its severity, and counts it once', () => {
    const findings = [
      critical({ knownExploited: true }),
      critical({ id: 'CVE-2', severity: 'low', knownExploited: true }),
      critical({ id: 'CVE-3' }),
      critical({ id: 'CVE-4', severity: 'low', knownExploited: true, occurrences: unfixed })
    ].map(finding => onPlatforms(finding))
    expect(judge({ findings, policy: aPolicy({ failOnKnownExploited: true }) }).reasons).toEqual([
      '1 critical and 1 low vulnerabilities known to be exploited, with a fix (fail-on-known-exploited)',
      '1 critical vulnerability with a fix (fail-on: critical)'
    ])
    const all = aPolicy({ failOn: 'none', failOnKnownExploited: true, ignoreUnfixed: false })
    expect(judge({ findings, policy: all }).reasons).toEqual([
      '1 critical and 2 low vulnerabilities known to be exploited (fail-on-known-exploited)'
    ])
    expect(judge({ findings: findings.slice(1, 2) }).result).toBe('pass')
  })

  test('names the system that is out of support, and where when it is not everywhere', () => {
    const os = { family: 'debian', version: '9', endOfLife: true }
    const old = [scanned('linux/amd64', { os }), scanned('linux/arm64', { os })]
    const eol = aPolicy({ failOnEol: true })
    expect(judge({ platforms: old, policy: eol })).toEqual({
      result: 'fail',
      reasons: ['debian 9 is out of support (fail-on-eol)']
    })
    expect(judge({ platforms: [...old, scanned('linux/s390x')], policy: eol }).reasons).toEqual([
      'debian 9 is out of support on linux/amd64, linux/arm64 (fail-on-eol)'
    ])
  })

  test('names the platform in which nothing was recognised', () => {
    const { os: _, ...empty } = aReport({ packages: {} })
    const nothing: PlatformScan = { platform: 'linux/amd64', result: { complete: true, report: empty } }
    const platforms = [nothing, scanned('linux/arm64')]
    expect(judge({ platforms, policy: aPolicy({ failOnUnrecognised: true }) })).toEqual({
      result: 'fail',
      reasons: ['nothing was recognised in linux/amd64: no operating system and no packages (fail-on-unrecognised)']
    })
    expect(judge({ platforms }).result).toBe('pass')
  })
})

describe('incomplete', () => {
  test('wins over everything else, and still says what was found', () => {
    const evidence = { platforms: [scanned('linux/amd64'), broken], findings: [onPlatforms(critical())] }
    expect(judge({ ...evidence, problems: ['the index holds another index'] })).toEqual({
      result: 'incomplete',
      reasons: [
        'the index holds another index',
        'linux/arm64 not scanned: Trivy ran out of memory',
        '1 critical vulnerability with a fix (fail-on: critical)'
      ]
    })
  })

  test('names no platform where there is one and nobody knows which', () => {
    const nameless = { ...broken, platform: 'unknown' }
    expect(judge({ platforms: [nameless] }).reasons).toEqual(['not scanned: Trivy ran out of memory'])
    expect(judge({ platforms: [nameless, broken] }).reasons).toEqual([
      'unknown, linux/arm64 not scanned: Trivy ran out of memory'
    ])
  })

  test('is an image of which no platform was scanned', () => {
    expect(judge({ platforms: [] })).toEqual({
      result: 'incomplete',
      reasons: ['no platform of the image was scanned']
    })
  })
})

test('what only grace keeps from failing passes, and fails on the day on which that is over', () => {
  const findings = [onPlatforms(critical({ published: '2026-11-14T23:59:59Z' }))]
  const policy = aPolicy({ graceDays: { critical: 7 } })
  expect(judge({ findings, policy })).toEqual({ result: 'pass', reasons: [] })
  expect(judge({ findings, policy, today: '2026-11-21' }).result).toBe('fail')
})

test('thresholds: none never fails, unknown fails on everything', () => {
  for (const severity of SEVERITIES) {
    expect(failsGate(critical({ severity }), aPolicy({ failOn: 'none' }), TODAY)).toBe(false)
    expect(failsGate(aSecret({ severity }), aPolicy({ failOnSecret: 'none' }), TODAY)).toBe(false)
    expect(failsGate(critical({ severity }), aPolicy({ failOn: 'unknown' }), TODAY)).toBe(true)
    expect(failsGate(aSecret({ severity }), aPolicy({ failOn: 'unknown' }), TODAY)).toBe(severity === 'critical')
  }
})

describe('whatever the evidence', () => {
  const severity = fc.constantFrom(...SEVERITIES)
  const threshold = fc.constantFrom(...SEVERITIES, 'none' as const)
  const finding = fc.oneof<fc.Arbitrary<Finding>[]>(
    fc
      .record(
        { severity, fixable: fc.boolean(), knownExploited: fc.constant(true as const) },
        {
          requiredKeys: ['severity', 'fixable']
        }
      )
      .map(critical),
    fc.record({ severity }).map(aSecret)
  )
  const evidence = fc.record({
    platforms: fc.array(fc.constantFrom(scanned('linux/amd64'), scanned('linux/386', { packages: {} }), broken)),
    problems: fc.array(fc.string(), { maxLength: 1 }),
    findings: fc.array(finding.map(one => onPlatforms(one))),
    policy: fc
      .record({
        failOn: threshold,
        failOnSecret: threshold,
        ignoreUnfixed: fc.boolean(),
        failOnEol: fc.boolean(),
        failOnUnrecognised: fc.boolean(),
        failOnKnownExploited: fc.boolean(),
        graceDays: fc.record({ critical: fc.nat(5_000), medium: fc.nat(5_000) })
      })
      .map(aPolicy),
    today: fc.constant(TODAY)
  })
  const badness = (given: Evidence) => ['pass', 'fail', 'incomplete'].indexOf(evaluate(given).result)

  test('one more finding, problem or platform that was not scanned never makes the verdict better', () => {
    fc.assert(
      fc.property(evidence, finding, (given, one) => {
        const before = badness(given)
        expect(badness({ ...given, findings: [...given.findings, onPlatforms(one)] })).toBeGreaterThanOrEqual(before)
        expect(badness({ ...given, problems: [...given.problems, 'x'] })).toBe(2)
        expect(badness({ ...given, platforms: [...given.platforms, broken] })).toBe(2)
      })
    )
  })

  test('it fails when and only when there is something that fails alone, a reason comes with all but a pass', () => {
    fc.assert(
      fc.property(evidence, given => {
        const { result, reasons } = evaluate({ ...given, platforms: [scanned('linux/amd64')], problems: [] })
        expect(result === 'fail').toBe(given.findings.some(one => failsGate(one.finding, given.policy, given.today)))
        expect(reasons.length > 0).toBe(result !== 'pass')
      })
    )
  })
})
