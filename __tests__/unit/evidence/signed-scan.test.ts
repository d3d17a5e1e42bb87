import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { scrubFindings } from '../../../src/evidence/findings.ts'
import { vulnPredicate } from '../../../src/evidence/predicate.ts'
import { readVulnPredicate } from '../../../src/evidence/signed-scan.ts'
import { isObject, type JsonObject } from '../../../src/lib/json.ts'
import { parseTrivyReport } from '../../../src/trivy/parse.ts'
import { aPredicate, DATABASE_DIGEST, NOTHING_ACCEPTED, PUBLISHED } from '../../fixtures/evidence.ts'
import { osResult, trivyReport, trivyVulnerability } from '../../fixtures/trivy-report.ts'

/** The predicate with another value at a path (`scanner.result.Results.0`), or without it. */
function changed(path: string, value?: unknown): JsonObject {
  const predicate = structuredClone(aPredicate()) as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let place: Record<string, unknown> = predicate
  for (const key of keys) place = place[key] as Record<string, unknown>
  if (value === undefined) delete place[last]
  else place[last] = value
  return predicate
}

const FINDING = 'scanner.result.Results.0.Vulnerabilities.0'

describe('a signed scan', () => {
  test('says when it was, what it asked and what it found', () => {
    expect(readVulnPredicate(aPredicate())).toMatchObject({
      scannedAt: new Date('2026-11-20T09:30:04Z'),
      database: { uri: `ghcr.io/aquasecurity/trivy-db@${DATABASE_DIGEST}`, version: '2026-11-20T00:00:00Z' },
      parameters: [],
      vulnerabilities: [
        {
          id: 'CVE-2024-5535',
          package: 'openssl',
          severity: 'critical',
          fixable: true,
          installed: '3.0.11-1~deb12u2',
          fixed: '3.0.15-1~deb12u1',
          path: ''
        }
      ],
      accepted: [],
      recognised: true
    })
  })

  test('has a report that our parser reads, also after something was accepted', () => {
    const hidden = {
      Type: 'vulnerability',
      Status: 'ignored',
      Statement: 'no',
      Source: 'x',
      Finding: trivyVulnerability()
    }
    const predicate = changed('scanner.result.Results.0.ExperimentalModifiedFindings', [hidden])
    const scan = readVulnPredicate(predicate)
    expect(scan.accepted).toHaveLength(1)
    expect(parseTrivyReport(scan.report).report).toMatchObject({
      os: { family: 'debian' },
      findings: [{ id: 'CVE-2024-5535', severity: 'critical' }]
    })
  })

  test('that found nothing is clean, and one that recognised nothing says so', () => {
    const clean = scrubFindings(trivyReport([osResult()]), PUBLISHED, NOTHING_ACCEPTED)
    expect(readVulnPredicate(aPredicate({ report: clean }))).toMatchObject({ vulnerabilities: [], recognised: true })
    const nothing: unknown = JSON.parse(
      readFileSync(new URL('../../fixtures/trivy/empty.json', import.meta.url), 'utf8')
    )
    const report = scrubFindings(nothing, PUBLISHED, NOTHING_ACCEPTED)
    expect(readVulnPredicate(aPredicate({ report }))).toMatchObject({ vulnerabilities: [], recognised: false })
  })

  test.each(['Results', 'Results.0.Vulnerabilities'])('may leave %s out, as Go leaves out what is empty', path => {
    for (const value of [undefined, null]) {
      expect(readVulnPredicate(changed(`scanner.result.${path}`, value))).toMatchObject({ vulnerabilities: [] })
    }
  })

  test("reads as Trivy's own --format cosign-vuln", () => {
    const report: unknown = JSON.parse(
      readFileSync(new URL('../../fixtures/trivy/vulnerable.json', import.meta.url), 'utf8')
    )
    const scan = readVulnPredicate({
      invocation: { parameters: null, uri: '', event_id: '', 'builder.id': '' },
      scanner: {
        uri: 'pkg:github/aquasecurity/trivy@0.74.0',
        version: '0.74.0',
        db: { uri: '', version: '' },
        result: report
      },
      metadata: {
        scanStartedOn: '2026-11-22T10:31:56.123456789+01:00',
        scanFinishedOn: '2026-11-22T10:31:56.123456789+01:00'
      }
    })
    expect(scan.scannedAt).toEqual(new Date('2026-11-22T09:31:56.123Z'))
    expect(scan.database).toEqual({ uri: '', version: '' })
    expect(scan.vulnerabilities).toHaveLength(45)
    expect(
      scan.vulnerabilities.filter(({ severity, fixable }) => severity === 'critical' && fixable).length
    ).toBeGreaterThan(0)
  })
})

describe('what is not understood', () => {
  test.each([
    ['scanner', null, 'scanner: expected an object'],
    ['scanner.result', undefined, 'scanner.result: expected an object'],
    ['scanner.result', null, 'scanner.result: expected an object'],
    ['scanner.result', {}, 'scanner.result.SchemaVersion: expected 2'],
    ['scanner.result', { matches: [] }, 'scanner.result.SchemaVersion: expected 2'],
    ['scanner.result.SchemaVersion', '2', 'scanner.result.SchemaVersion: expected 2'],
    ['scanner.result.ArtifactType', 'filesystem', 'scanner.result.ArtifactType: expected "container_image"'],
    ['scanner.result.Results', {}, 'scanner.result.Results: expected a list'],
    ['scanner.result.Results.0', 'x', 'scanner.result.Results[0]: expected an object'],
    ['scanner.result.Results.0.Vulnerabilities', {}, 'scanner.result.Results[0].Vulnerabilities: expected a list'],
    [FINDING, null, 'scanner.result.Results[0].Vulnerabilities[0]: expected an object'],
    [`${FINDING}.Severity`, 'SEVERE', 'Vulnerabilities[0].Severity: expected one of CRITICAL'],
    [`${FINDING}.Severity`, 4, 'Vulnerabilities[0].Severity: expected a string'],
    [`${FINDING}.VulnerabilityID`, '', 'Vulnerabilities[0].VulnerabilityID: expected a text'],
    [`${FINDING}.FixedVersion`, 1, 'Vulnerabilities[0].FixedVersion: expected a string'],
    ['metadata', undefined, 'metadata: expected an object'],
    ['metadata.scanFinishedOn', '0001-01-01T00:00:00Z', 'metadata.scanFinishedOn: expected a time'],
    ['metadata.scanFinishedOn', 'yesterday', 'metadata.scanFinishedOn: expected a time'],
    ['metadata.scanFinishedOn', '2026-11-22', 'metadata.scanFinishedOn: expected a time'],
    ['metadata.scanFinishedOn', 1763800000, 'metadata.scanFinishedOn: expected a time']
  ])('is an error: %s is %j', (path, value, message) => {
    expect(() => readVulnPredicate(changed(path, value))).toThrow(TypeError)
    expect(() => readVulnPredicate(changed(path, value))).toThrow(message)
  })

  test('never looks clean, wherever it stands', () => {
    const places = [
      'scanner',
      'scanner.result',
      'scanner.result.SchemaVersion',
      'scanner.result.Results',
      'scanner.result.Results.0'
    ]
    const deeper = [
      'Vulnerabilities',
      'Vulnerabilities.0',
      'Vulnerabilities.0.VulnerabilityID',
      'Vulnerabilities.0.Severity'
    ]
    const all = [...places, ...deeper.map(place => `scanner.result.Results.0.${place}`)]
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant({ toString: 'x' }))
    fc.assert(
      fc.property(fc.constantFrom(...all), value, (place, json) => {
        // An empty list, or none, is how "nothing was found" is said.
        fc.pre(json !== null && !(Array.isArray(json) && json.length === 0))
        let scan: ReturnType<typeof readVulnPredicate>
        try {
          scan = readVulnPredicate(changed(place, json))
        } catch (error) {
          return expect(error).toBeInstanceOf(TypeError)
        }
        // One result without findings is a result that found nothing; everything else still says what was found.
        const emptied = place.endsWith('Results.0') && isObject(json)
        expect(scan.vulnerabilities.length > 0 || emptied).toBe(true)
      }),
      { numRuns: 500 }
    )
  })

  test('is never anything but a TypeError, and never clean, for any JSON at all', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('scanner', 'metadata', 'x'), fc.jsonValue({ maxDepth: 4 })), json => {
        expect(() => readVulnPredicate(json)).toThrow(TypeError)
      })
    )
  })
})

test('what was made is read as it was meant', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
      fc.array(fc.string()),
      fc.string(),
      (finishedAt, parameters, uri) => {
        const report = scrubFindings(trivyReport([osResult()]), PUBLISHED, NOTHING_ACCEPTED)
        const about = { runUrl: 'r', runId: '1', builderId: 'b', startedAt: finishedAt }
        const made = vulnPredicate({ report, database: { uri, version: 'v' }, finishedAt, parameters, ...about })
        const scan = readVulnPredicate(JSON.parse(JSON.stringify(made)))
        expect(scan).toMatchObject({
          scannedAt: finishedAt,
          parameters,
          database: { uri, version: 'v' },
          vulnerabilities: []
        })
      }
    )
  )
})
