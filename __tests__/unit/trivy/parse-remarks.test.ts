import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parseTrivyReport } from '../../../src/trivy/parse.ts'
import { ARTIFACT, trivyReport } from '../../fixtures/trivy-report.ts'

const remarksOf = (...results: Record<string, unknown>[]) => parseTrivyReport(trivyReport(results)).report.remarks
const configResult = (...Misconfigurations: unknown[]) => ({
  Target: ARTIFACT,
  Class: 'config',
  Type: 'dockerfile',
  Misconfigurations
})
const licenseResult = (...Licenses: unknown[]) => ({ Target: 'OS Packages', Class: 'license', Licenses })

function misconfiguration(overrides: Record<string, unknown> = {}) {
  return {
    Type: 'Dockerfile Security Check',
    ID: 'DS-0031',
    Title: 'Secrets passed via `build-args` or envs or copied secret files',
    Message: 'Possible exposure of secret env "API_KEY=hunter2" in ENV',
    Resolution: 'Do not write secrets in ENV',
    Severity: 'CRITICAL',
    PrimaryURL: 'https://avd.aquasec.com/misconfig/ds-0031',
    Status: 'FAIL',
    CauseMetadata: { Code: { Lines: [{ Content: 'ENV API_KEY=hunter2' }] } },
    ...overrides
  }
}

function license(overrides: Record<string, unknown> = {}) {
  return { Severity: 'HIGH', Category: 'restricted', PkgName: 'bash', FilePath: '', Name: 'GPL-3.0-only', ...overrides }
}

test('of a real image are what its config lacks and the licence of each package', () => {
  const file = new URL('../../fixtures/trivy/vulnerable-remarks.json', import.meta.url)
  const { report } = parseTrivyReport(JSON.parse(readFileSync(file, 'utf8')))
  expect(report.remarks?.filter(({ kind }) => kind === 'misconfiguration')).toEqual([
    {
      kind: 'misconfiguration',
      id: 'DS-0026',
      severity: 'low',
      title: 'No HEALTHCHECK defined',
      subject: '',
      advice: 'Add HEALTHCHECK instruction in Dockerfile',
      url: 'https://avd.aquasec.com/misconfig/ds-0026'
    }
  ])
  expect(report.remarks).toContainEqual({
    kind: 'license',
    id: 'MIT',
    severity: 'low',
    title: 'notice',
    subject: 'express',
    advice: '',
    url: ''
  })
  expect(report.findings.map(({ id }) => id)).toContain('CVE-2023-45853')
})

test('are absent where nobody asked for them', () => {
  expect(parseTrivyReport(trivyReport()).report).not.toHaveProperty('remarks')
})

test('never repeat an instruction, which may hold a secret', () => {
  expect(JSON.stringify(remarksOf(configResult(misconfiguration())))).not.toContain('hunter2')
})

test('are only checks that failed', () => {
  const all = [undefined, 'PASS', 'EXCEPTION', 'FAIL'].map(Status => misconfiguration({ Status, ID: `DS-${Status}` }))
  expect(remarksOf(configResult(...all))?.map(({ id }) => id)).toEqual(['DS-FAIL'])
})

test('are said once for each subject, the most severe first', () => {
  const remarks = remarksOf(
    licenseResult(license(), license({ PkgName: 'awk' }), license({ Severity: 'LOW' })),
    licenseResult(license({ PkgName: '', FilePath: '/srv/LICENSE', Name: 'AGPL-3.0', Severity: 'CRITICAL' })),
    configResult(misconfiguration(), misconfiguration({ Message: 'another line' }))
  )
  expect(remarks?.map(({ severity, id, subject }) => `${severity} ${id} ${subject}`)).toEqual([
    'critical DS-0031 ',
    'critical AGPL-3.0 srv/LICENSE',
    'high GPL-3.0-only awk',
    'high GPL-3.0-only bash'
  ])
})

test('of a package that names no licence say so', () => {
  expect(remarksOf(licenseResult(license({ Name: '' })))).toMatchObject([{ id: 'unknown' }])
})

describe('what is not understood is an error', () => {
  test.each([
    ['no list', { Class: 'config', Misconfigurations: {} }, 'Results[0].Misconfigurations: expected a list'],
    ['no object', licenseResult('MIT'), 'Results[0].Licenses[0]: expected an object'],
    ['no check', configResult(misconfiguration({ ID: '' })), 'Results[0].Misconfigurations[0].ID: expected a text'],
    [
      'an odd severity',
      licenseResult(license({ Severity: 'BAD' })),
      'Results[0].Licenses[0].Severity: expected one of CRITICAL'
    ]
  ])('%s', (_, result, message) => {
    expect(() => remarksOf(result)).toThrow(message)
  })
})
