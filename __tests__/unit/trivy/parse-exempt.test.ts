import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseTrivyReport } from '../../../src/trivy/parse.ts'
import { npmResult, npmVulnerability, osResult, trivyReport, trivyVulnerability } from '../../fixtures/trivy-report.ts'

const VEX = new Map([
  ['/private/1/shop.json', 'security/shop.json'],
  ['/private/2/shop.json', 'shop.json']
])

function hidden(overrides: Record<string, unknown> = {}) {
  return {
    Type: 'vulnerability',
    Status: 'not_affected',
    Statement: 'vulnerable_code_not_present',
    Source: '/private/1/shop.json',
    Finding: trivyVulnerability(),
    ...overrides
  }
}

const reportOf = (...results: Record<string, unknown>[]) => parseTrivyReport(trivyReport(results), { vex: VEX }).report
const hiding = (...findings: unknown[]) => osResult({ ExperimentalModifiedFindings: findings })
const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/trivy/${name}.json`, import.meta.url), 'utf8'))

describe('what real VEX documents take out', () => {
  const vex = new Map([
    ['/workspace/shop.openvex.json', 'shop.openvex.json'],
    ['/workspace/minimist.csaf.json', 'minimist.csaf.json']
  ])
  const { report } = parseTrivyReport(recorded('vulnerable-vex'), { vex })
  const without = parseTrivyReport(recorded('vulnerable')).report

  test('is told with the document, the status and why', () => {
    expect(report.exempt).toMatchObject([
      {
        finding: { id: 'CVE-2021-44906', package: 'minimist', ecosystem: 'npm', occurrences: [{ installed: '0.0.8' }] },
        source: 'minimist.csaf.json',
        status: 'not_affected',
        statement: 'Only the build calls this copy, with arguments of our own.'
      },
      {
        finding: { id: 'CVE-2023-45853', package: 'zlib1g', ecosystem: 'debian', severity: 'critical' },
        source: 'shop.openvex.json',
        status: 'not_affected',
        statement: 'vulnerable_code_not_present'
      }
    ])
  })

  test('is no finding any more, unless another version of the package is there', () => {
    const ids = (all: typeof report) => all.findings.map(({ id }) => id)
    expect(ids(without).filter(id => !ids(report).includes(id))).toEqual(['CVE-2023-45853'])
    expect(report.findings).toContainEqual(
      expect.objectContaining({ id: 'CVE-2021-44906', occurrences: [expect.objectContaining({ installed: '1.2.5' })] })
    )
  })

  test('is an error when no document was given: Trivy read something that it was not to read', () => {
    expect(() => parseTrivyReport(recorded('vulnerable-vex'))).toThrow(TypeError)
    expect(without).not.toHaveProperty('exempt')
  })
})

test('one vulnerability in several places is one entry for each statement', () => {
  const at = (path: string, overrides = {}) => hidden({ Finding: npmVulnerability(path, '1.2.5'), ...overrides })
  const { exempt } = reportOf(
    npmResult({
      ExperimentalModifiedFindings: [at('b'), at('a'), at('c', { Source: '/private/2/shop.json', Status: 'fixed' })]
    })
  )
  expect(exempt?.map(({ source, status, finding }) => [source, status, finding.occurrences.map(o => o.path)])).toEqual([
    ['security/shop.json', 'not_affected', ['a', 'b']],
    ['shop.json', 'fixed', ['c']]
  ])
})

describe('anything that no given document says is an error, never a clean image', () => {
  test.each([
    ['another document', { Source: '/etc/vex.json' }, ': expected only what the given VEX documents say'],
    ['no document', { Source: undefined }, ': expected only what the given VEX documents say'],
    ['a secret', { Type: 'secret' }, ': expected only what the given VEX documents say'],
    ['no type', { Type: undefined }, ': expected only what the given VEX documents say'],
    ['no status', { Status: '' }, '.Status: expected a text'],
    ['a statement that is no text', { Statement: {} }, '.Statement: expected a string'],
    ['no vulnerability', { Finding: undefined }, '.Finding: expected an object'],
    [
      'a vulnerability without an id',
      { Finding: trivyVulnerability({ VulnerabilityID: '' }) },
      '.Finding.VulnerabilityID: expected a text'
    ]
  ])('%s', (_, overrides, message) => {
    const thrown = new TypeError(`Results[0].ExperimentalModifiedFindings[1]${message}`)
    expect(() => reportOf(hiding(hidden(), hidden(overrides)))).toThrow(thrown.message)
    expect(() => reportOf(hiding(hidden(overrides)))).toThrow(TypeError)
  })
})

test('every vulnerability is either a finding or exempt, and none is lost', () => {
  const entry = fc.record({
    id: fc.constantFrom('CVE-1', 'CVE-2', '__proto__'),
    package: fc.constantFrom('a', 'b', 'constructor'),
    source: fc.constantFrom(undefined, ...VEX.keys()),
    statement: fc.string()
  })
  fc.assert(
    fc.property(fc.array(entry), entries => {
      const json = (e: (typeof entries)[number]) => trivyVulnerability({ VulnerabilityID: e.id, PkgName: e.package })
      const report = reportOf(
        osResult({
          Vulnerabilities: entries.filter(e => e.source === undefined).map(json),
          ExperimentalModifiedFindings: entries
            .filter(e => e.source !== undefined)
            .map(e => hidden({ Finding: json(e), Source: e.source, Statement: e.statement }))
        })
      )
      const key = (source: string, id: string, name: string, statement = '') =>
        JSON.stringify([source, id, name, statement])
      const found = [
        ...report.findings.map(f => key('', f.id, f.kind === 'vulnerability' ? f.package : '')),
        ...(report.exempt ?? []).map(e => key(e.source, e.finding.id, e.finding.package, e.statement))
      ]
      const given = entries.map(e =>
        e.source === undefined ? key('', e.id, e.package) : key(VEX.get(e.source) ?? '', e.id, e.package, e.statement)
      )
      expect(found.sort()).toEqual([...new Set(given)].sort())
    })
  )
})
