import { expect, test } from '@jest/globals'
import type { AcceptedRisk } from '../../../src/policy/policy.ts'
import { suppress } from '../../../src/policy/suppress.ts'
import type { Exempt, Finding, PlatformScan } from '../../../src/report/model.ts'
import { anAcceptedRisk, aReport, aScan, aSecret, aVulnerability } from '../../fixtures/outcome.ts'

const IMAGE = 'ghcr.io/acme/app'
const AMD = 'linux/amd64'
const ARM = 'linux/arm64'
const by = (...risks: AcceptedRisk[]) => ({ risks, vexByPullRequest: [], today: '2026-11-22' })

function scan(platform: string, findings: readonly Finding[], exempt?: readonly Exempt[]): PlatformScan {
  const report = aReport({ findings, ...(exempt === undefined ? {} : { exempt }) })
  return aScan({ platform, result: { complete: true, report } })
}

const finding = aVulnerability()
const dismissed = anAcceptedRisk({
  id: finding.id,
  source: 'code scanning',
  alert: { image: IMAGE, platform: AMD, ecosystem: finding.ecosystem, package: finding.package, url: '' }
})

test('a risk that is accepted for all platforms hides the finding once, with all of them', () => {
  const risk = anAcceptedRisk({ id: finding.id })
  const { findings, suppressed } = suppress(IMAGE, [scan(AMD, [finding]), scan(ARM, [finding])], by(risk))
  expect(findings).toEqual([])
  expect(suppressed).toEqual([{ finding, by: risk, platforms: [AMD, ARM] }])
})

test('an alert that was dismissed for one platform leaves the finding on the other', () => {
  const { findings, suppressed } = suppress(IMAGE, [scan(AMD, [finding]), scan(ARM, [finding])], by(dismissed))
  expect(findings).toEqual([{ finding, platforms: [ARM] }])
  expect(suppressed).toEqual([{ finding, by: dismissed, platforms: [AMD] }])
})

test('an alert of another image, package or kind hides nothing', () => {
  const others = [{ ...finding, package: 'libssl3' }, { ...finding, ecosystem: 'npm' }, aSecret({ id: finding.id })]
  expect(suppress(IMAGE, [scan(AMD, others)], by(dismissed)).suppressed).toEqual([])
  expect(suppress('ghcr.io/acme/other', [scan(AMD, [finding])], by(dismissed)).suppressed).toEqual([])
})

test('a file is named before a dismissed alert, so that what it accepts is not uploaded', () => {
  const risk = anAcceptedRisk({ id: finding.id })
  const { suppressed } = suppress(IMAGE, [scan(AMD, [finding])], by(risk, dismissed))
  expect(suppressed.map(({ by }) => by)).toEqual([risk])
})

test('what VEX takes out is listed with its status and statement', () => {
  const exempt = [{ finding, source: 'vex.json', status: 'not_affected', statement: 'vulnerable_code_not_present' }]
  const { findings, suppressed } = suppress(IMAGE, [scan(AMD, [], exempt), scan(ARM, [finding])], by())
  expect(findings).toEqual([{ finding, platforms: [ARM] }])
  expect(suppressed).toEqual([
    expect.objectContaining({
      platforms: [AMD],
      by: expect.objectContaining({
        source: 'vex.json',
        vex: true,
        reason: 'not_affected: vulnerable_code_not_present'
      })
    })
  ])
})

test('a platform that was not scanned adds nothing', () => {
  const failed = aScan({ result: { complete: false, reason: 'x' } })
  expect(suppress(IMAGE, [failed], by())).toEqual({ findings: [], suppressed: [] })
})

test('a VEX document that the pull request brings is told as such', () => {
  const exempt = [{ finding, source: 'vex.json', status: 'fixed', statement: '' }]
  const { suppressed } = suppress(IMAGE, [scan(AMD, [], exempt)], { ...by(), vexByPullRequest: ['vex.json'] })
  expect(suppressed).toMatchObject([{ by: { byPullRequest: true, reason: 'fixed' } }])
})
