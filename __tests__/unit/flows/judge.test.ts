import { describe, expect, test } from '@jest/globals'
import { type JudgingRules, judge, type ScannedBaseline } from '../../../src/flows/judge/judge.ts'
import type { Subject } from '../../../src/flows/scan/subjects.ts'
import type { Finding, PlatformScan, Report } from '../../../src/report/model.ts'
import { anAcceptedRisk, aPolicy, aReport, aScan, aSecret, aVulnerability } from '../../fixtures/outcome.ts'

const REFERENCE = 'ghcr.io/acme/app:main'
const subject: Subject = {
  name: 'ghcr.io/acme/app',
  title: 'ghcr.io/acme/app',
  references: ['ghcr.io/acme/app:pr-7'],
  digest: `sha256:${'a'.repeat(64)}`,
  places: [],
  kind: 'manifest',
  platforms: [],
  leftOut: [],
  problems: []
}

const rules = (overrides: Partial<JudgingRules> = {}): JudgingRules => ({
  policy: aPolicy(),
  risks: [],
  vexByPullRequest: [],
  today: '2026-11-22',
  scope: 'new',
  ...overrides
})

const scansOf = (findings: readonly Finding[], report: Partial<Report> = {}): PlatformScan[] => [
  aScan({ result: { complete: true, report: aReport({ ...report, findings }) } })
]
const baselineOf = (scans: readonly PlatformScan[]): ScannedBaseline => ({ reference: REFERENCE, digest: 'x', scans })

const old = aVulnerability({ id: 'CVE-2020-0001', severity: 'critical' })
const fresh = aVulnerability({ id: 'CVE-2020-0002', severity: 'critical' })
const minor = aVulnerability({ id: 'CVE-2020-0003', severity: 'low' })

describe('with scope new', () => {
  test('what was there before fails the verdict and leaves the step green', () => {
    const { verdict, gate } = judge(subject, scansOf([old, minor]), rules(), baselineOf(scansOf([old])))
    expect(verdict.result).toBe('fail')
    expect(gate).toEqual({ scope: 'new', reasons: [] })
  })

  test('what is new turns it red, and only that is named', () => {
    const { gate } = judge(subject, scansOf([old, fresh]), rules(), baselineOf(scansOf([old])))
    expect(gate.reasons).toEqual(['1 critical vulnerability with a fix (fail-on: critical)'])
  })

  test('an operating system that went out of support is new, one that was so before is not', () => {
    const policy = aPolicy({ failOnEol: true })
    const dead = { os: { family: 'debian', version: '10', endOfLife: true } }
    const before = { os: { family: 'debian', version: '10', endOfLife: false } }
    const reasons = (baseline: Partial<Report>) =>
      judge(subject, scansOf([], dead), rules({ policy }), baselineOf(scansOf([], baseline))).gate.reasons
    expect(reasons(before)).toEqual(['debian 10 is out of support (fail-on-eol)'])
    expect(reasons(dead)).toEqual([])
  })

  test('without a baseline the absolute gate is used, and why is said', () => {
    const { gate, baseline } = judge(subject, scansOf([old]), rules(), { reason: `${REFERENCE} is this very image` })
    expect(gate.scope).toBe('all')
    expect(gate.reasons).toHaveLength(1)
    expect(baseline).toEqual({ state: 'none', reason: `${REFERENCE} is this very image` })
  })

  test('a baseline that was not wholly scanned is none', () => {
    const scans = [aScan({ result: { complete: false, reason: 'no space left' } })]
    const { gate, baseline } = judge(subject, scansOf([old]), rules(), baselineOf(scans))
    expect(gate.scope).toBe('all')
    expect(baseline).toMatchObject({ state: 'none', reason: expect.stringContaining('no space left') })
  })
})

test('with scope all the baseline changes nothing but what is said', () => {
  const { verdict, gate, baseline } = judge(
    subject,
    scansOf([old, minor]),
    rules({ scope: 'all' }),
    baselineOf(scansOf([old]))
  )
  expect(gate).toEqual({ scope: 'all', reasons: verdict.reasons })
  expect(baseline).toMatchObject({ state: 'compared', added: [{ finding: minor }], fixed: [] })
})

test('nothing to compare leaves no baseline', () => {
  expect(judge(subject, scansOf([old]), rules()).baseline).toBeUndefined()
})

test('what is accepted is so in both images', () => {
  const risks = [anAcceptedRisk({ id: old.id })]
  const { verdict, baseline } = judge(subject, scansOf([]), rules({ risks }), baselineOf(scansOf([old])))
  expect(verdict.result).toBe('pass')
  expect(baseline).toMatchObject({ before: [], fixed: [] })
})

describe('against what the last signed scan said', () => {
  const signed = (findings: readonly Finding[]): ScannedBaseline => ({
    reference: 'the signed scan of 2026-11-15',
    digest: 'x',
    scans: scansOf(findings, { packages: {}, os: { family: 'debian', version: '12.5', endOfLife: false } }),
    signedScan: true
  })

  test('what was published since is new, and the gate still counts all', () => {
    const now = scansOf([old, fresh])
    const { baseline, gate, verdict } = judge(subject, now, rules({ scope: 'all' }), signed([old, minor]))
    expect(baseline).toMatchObject({
      signedScan: true,
      added: [{ finding: fresh }],
      fixed: [{ finding: minor }],
      before: [expect.anything(), expect.anything()]
    })
    expect(gate).toEqual({ scope: 'all', reasons: verdict.reasons })
  })

  test('secrets, of which it says nothing, are neither new nor lost', () => {
    const { baseline, findings, verdict } = judge(subject, scansOf([aSecret()]), rules({ scope: 'all' }), signed([]))
    expect(baseline).toMatchObject({ added: [], fixed: [] })
    expect(findings).toHaveLength(1)
    expect(verdict.result).toBe('fail')
  })

  test('what is wrong with the whole image was not so before, for all that it knows', () => {
    const policy = aPolicy({ failOnUnrecognised: true })
    const nothing = [aScan({ result: { complete: true, report: { packages: {}, findings: [] } } })]
    const before: ScannedBaseline = { reference: 'r', digest: 'x', scans: nothing, signedScan: true }
    expect(judge(subject, nothing, rules({ policy }), before).gate.reasons).toHaveLength(1)
    const { signedScan: _, ...scanned } = before
    expect(judge(subject, nothing, rules({ policy }), scanned).gate.reasons).toEqual([])
  })
})
