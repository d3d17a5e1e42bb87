import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import type { AcceptedFinding } from '../../../src/evidence/accepted.ts'
import { scrubFindings } from '../../../src/evidence/findings.ts'
import { readVulnPredicate } from '../../../src/evidence/signed-scan.ts'
import { applyAccepted } from '../../../src/policy/accepted.ts'
import type { AcceptedRisk } from '../../../src/policy/policy.ts'
import { parseTrivyReport } from '../../../src/trivy/parse.ts'
import { aPredicate, PUBLISHED } from '../../fixtures/evidence.ts'
import { critical } from '../../fixtures/findings.ts'
import { judged, recordedScan } from '../../fixtures/recorded.ts'
import { npmResult, npmVulnerability, osResult, trivyReport, trivyVulnerability } from '../../fixtures/trivy-report.ts'

const COPIES = ['srv/a/package.json', 'srv/b/package.json']
const BINARY = { Target: 'usr/bin/tool', Class: 'lang-pkgs', Type: 'gobinary' }
const GO = trivyVulnerability({
  VulnerabilityID: 'CVE-2024-24790',
  PkgName: 'stdlib',
  PkgIdentifier: { PURL: 'pkg:golang/stdlib@v1.22.3' },
  InstalledVersion: 'v1.22.3'
})
const REPORT = trivyReport([
  osResult({ Vulnerabilities: [trivyVulnerability()] }),
  npmResult({ Vulnerabilities: COPIES.map(path => npmVulnerability(path, '1.2.5')) }),
  { ...BINARY, Vulnerabilities: [GO] },
  { ...BINARY, Target: 'usr/bin/other', Vulnerabilities: [GO] }
])

/** What counts and what does not, as it is read again, when a risk is accepted as in a run. */
function published(
  risk: Partial<AcceptedRisk>,
  json: Record<string, unknown> = REPORT,
  vex = new Map<string, string>()
) {
  const risks = [{ source: '.trivyignore.yaml', id: '', paths: [], purls: [], reason: 'not reachable', ...risk }]
  const found = parseTrivyReport(json, { vex }).report.findings.map(finding => ({
    finding,
    platforms: ['linux/amd64']
  }))
  const accepted = applyAccepted(found, risks, '2026-11-20').suppressed.flatMap(({ finding, by }): AcceptedFinding[] =>
    finding.kind === 'vulnerability' ? [{ finding, statement: by.reason, source: by.source }] : []
  )
  const scan = readVulnPredicate(aPredicate({ report: scrubFindings(json, PUBLISHED, { accepted, vex }) }))
  const named = ({ id, path }: { id: string; path: string }) => `${id} ${path}`.trim()
  return { counting: scan.vulnerabilities.map(named), hidden: scan.accepted.map(named), accepted: scan.accepted }
}

const OPENSSL = 'CVE-2024-5535'
const MINIMIST = COPIES.map(path => `CVE-2021-44906 ${path}`)
const STDLIB = ['CVE-2024-24790 usr/bin/tool', 'CVE-2024-24790 usr/bin/other']

test('nothing is hidden that nobody accepted', () => {
  expect(published({ id: 'CVE-1999-0001' })).toMatchObject({ counting: [OPENSSL, ...MINIMIST, ...STDLIB], hidden: [] })
})

test('what was accepted stands apart, with the reason and the file', () => {
  const { counting, accepted } = published({ id: OPENSSL })
  expect(counting).toEqual([...MINIMIST, ...STDLIB])
  expect(accepted).toEqual([
    {
      id: OPENSSL,
      package: 'openssl',
      severity: 'critical',
      fixable: true,
      installed: '3.0.11-1~deb12u2',
      fixed: '3.0.15-1~deb12u1',
      path: '',
      status: 'ignored',
      statement: 'not reachable',
      source: '.trivyignore.yaml'
    }
  ])
})

test('only the places that were accepted are hidden', () => {
  expect(published({ id: 'CVE-2021-44906', paths: ['srv/a/**'] })).toMatchObject({
    counting: [OPENSSL, MINIMIST[1], ...STDLIB],
    hidden: [MINIMIST[0]]
  })
  expect(published({ id: 'CVE-2024-24790', paths: ['usr/bin/tool'] })).toMatchObject({
    counting: [OPENSSL, ...MINIMIST, STDLIB[1]],
    hidden: [STDLIB[0]]
  })
  expect(published({ id: 'CVE-2024-24790' }).hidden).toEqual(STDLIB)
})

test('the reason is a text of one line, and not a book', () => {
  const { accepted } = published({
    id: OPENSSL,
    reason: `a\u0000\n\u001b[31m${'b'.repeat(5_000)}`,
    source: 'x'.repeat(5_000)
  })
  expect(accepted[0]?.statement).toMatch(/^a \[31mb+…$/)
  expect([accepted[0]?.statement.length, accepted[0]?.source.length]).toEqual([1_000, 300])
})

test('what a VEX document says keeps its word and gets the name that people know', () => {
  const hidden = {
    Type: 'vulnerability',
    Status: 'not_affected',
    Statement: 'vulnerable_code_not_present',
    Source: '/home/runner/work/app/app/vex/openssl.json',
    Finding: trivyVulnerability()
  }
  const json = trivyReport([osResult({ ExperimentalModifiedFindings: [hidden] })])
  const vex = new Map([[hidden.Source, 'vex/openssl.json']])
  const { counting, accepted } = published({}, json, vex)
  expect(counting).toEqual([])
  expect(accepted).toMatchObject([
    { id: OPENSSL, status: 'not_affected', statement: 'vulnerable_code_not_present', source: 'vex/openssl.json' }
  ])
})

test('what was accepted on several platforms is found on each, whatever they call it for their processor', () => {
  const recorded = (name: string): Record<string, unknown> =>
    JSON.parse(readFileSync(new URL(`../../fixtures/trivy/${name}.json`, import.meta.url), 'utf8'))
  const names = ['index-amd64', 'index-arm64']
  const risks = [{ source: 'x', id: 'CVE-2022-27943', paths: [], purls: [], reason: 'r' }]
  const { suppressed } = judged('app', names.map(recordedScan), { risks })
  const accepted = suppressed.flatMap(({ finding, by }): AcceptedFinding[] =>
    finding.kind === 'vulnerability' ? [{ finding, statement: by.reason, source: by.source }] : []
  )
  for (const name of names) {
    const report = scrubFindings(recorded(name), PUBLISHED, { accepted, vex: new Map() })
    const scan = readVulnPredicate(aPredicate({ report }))
    expect(scan.accepted.map(one => [one.id, one.package])).toEqual([
      ['CVE-2022-27943', 'gcc-12-base'],
      ['CVE-2022-27943', 'libgcc-s1']
    ])
    expect(scan.vulnerabilities.map(({ id }) => id)).not.toContain('CVE-2022-27943')
  }
})

test('what has another package URL is something else', () => {
  const finding = { ...critical(), id: 'CVE-2024-5535', package: 'openssl' }
  const at = (purl: string) => ({ installed: '3.0.11-1~deb12u2', fixed: '', path: '', purl })
  for (const [purl, hidden] of [
    ['pkg:deb/debian/openssl@3.0.11-1~deb12u2', 1],
    ['pkg:deb/debian/openssl@3.0.11-1~deb12u2?arch=amd64&distro=debian-12.5', 1],
    ['', 1],
    ['pkg:deb/debian/openssl@3.0.11-1~deb12u2?arch=arm64&distro=debian-12.5', 0],
    ['pkg:npm/openssl@3.0.11-1~deb12u2', 0]
  ] as const) {
    const accepted = [{ finding: { ...finding, occurrences: [at(purl)] }, statement: '', source: '' }]
    const report = scrubFindings(REPORT, PUBLISHED, { accepted, vex: new Map() })
    expect(readVulnPredicate(aPredicate({ report })).accepted).toHaveLength(hidden)
  }
})
