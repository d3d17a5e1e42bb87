import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { scrubFindings } from '../../../src/evidence/findings.ts'
import { scrubPackages } from '../../../src/evidence/packages.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { parseTrivyReport } from '../../../src/trivy/parse.ts'
import { NOTHING_ACCEPTED, PUBLISHED } from '../../fixtures/evidence.ts'
import {
  ARTIFACT,
  npmResult,
  npmVulnerability,
  osResult,
  secretResult,
  trivyMetadata,
  trivyPackage,
  trivyReport,
  trivySecret,
  trivyVulnerability
} from '../../fixtures/trivy-report.ts'

const HUSH = 'hush-hush'

/** A report that holds the word wherever something secret, private or needlessly long can stand. */
function tellTale(word: string, overrides: JsonObject = {}) {
  const ImageConfig = {
    architecture: 'amd64',
    os: 'linux',
    author: word,
    container: word,
    history: [{ created_by: `ARG TOKEN=${word}`, comment: word }],
    config: {
      Env: [`TOKEN=${word}`],
      Cmd: [word],
      Entrypoint: [word],
      Healthcheck: { Test: [word] },
      Labels: { a: 'b' }
    }
  }
  const layer = { Digest: 'sha256:1', DiffID: 'sha256:2', CreatedBy: `RUN curl -u ${word}` }
  const vulnerability = trivyVulnerability({
    Description: word,
    References: [word],
    CVSS: { [word]: { V3Score: 9 } },
    Layer: layer,
    Custom: word,
    PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3', Extra: word }
  })
  const secret = trivySecret({
    Match: word,
    Title: word,
    RuleID: word,
    Code: { Lines: [{ Content: word }] },
    Layer: layer
  })
  return trivyReport(
    [
      osResult({
        Vulnerabilities: [vulnerability],
        Packages: [{ ...trivyPackage('openssl', '3'), InstalledFiles: [word] }]
      }),
      secretResult({ Target: `/home/${word}`, Secrets: [secret] }),
      {
        Target: 'Dockerfile',
        Class: 'config',
        Type: 'dockerfile',
        Misconfigurations: [{ Status: 'FAIL', Message: word }]
      },
      { Target: 'Node.js', Class: 'license', Licenses: [{ Text: word }] },
      { Target: word, Class: 'custom', CustomResources: [{ Data: word }] }
    ],
    { Metadata: trivyMetadata({ ImageConfig, RepoTags: [word] }), ArtifactID: word, Extra: word, ...overrides }
  )
}

/** A report in which anything can be of any type, with the word somewhere. */
const anyReport = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }))
  .map(([value, other]) => tellTale(HUSH, { Whatever: value, ReportID: other }))

describe.each([
  ['findings', (json: unknown) => scrubFindings(json, PUBLISHED, NOTHING_ACCEPTED)],
  ['packages', (json: unknown) => scrubPackages(json, PUBLISHED)]
])('what is published of a report, %s,', (_, scrub) => {
  test('holds nothing that was to be kept secret, nor what nobody needs', () => {
    expect(JSON.stringify(scrub(tellTale(HUSH)))).not.toContain(HUSH)
    expect(Object.keys(scrub(tellTale(HUSH)))).toEqual(
      expect.arrayContaining(['SchemaVersion', 'ArtifactType', 'Trivy', 'Metadata', 'Results'])
    )
  })

  test('holds none of it whatever else stands in the report', () => {
    fc.assert(fc.property(anyReport, json => expect(JSON.stringify(scrub(json))).not.toContain(HUSH)))
  })

  test('calls the image as the world knows it, wherever the report names it', () => {
    const published = scrub(tellTale('x'))
    expect(JSON.stringify(published)).not.toContain(ARTIFACT)
    expect(published).toMatchObject({
      ArtifactName: PUBLISHED.name,
      Metadata: { RepoDigests: [PUBLISHED.name], Reference: PUBLISHED.name },
      Results: [{ Target: `${PUBLISHED.name} (debian 12.5)`, Class: 'os-pkgs', Type: 'debian' }]
    })
  })

  test('does not say that an image in a file can be pulled', () => {
    const own = scrubPackages(tellTale('x'), { name: 'app', pullable: false })
    expect(own['ArtifactName']).toBe('app')
    expect(own['Metadata']).not.toHaveProperty('RepoDigests')
  })

  test("keeps the image's labels, unless a secret was found in its config", () => {
    const labels = (json: unknown) => scrub(json)['Metadata']
    expect(labels(tellTale('x'))).toMatchObject({ ImageConfig: { config: { Labels: { a: 'b' } } } })
    const inConfig = trivyReport([secretResult({ Target: ARTIFACT })], {
      Metadata: trivyMetadata({
        ImageConfig: { os: 'linux', architecture: 'amd64', config: { Labels: { token: HUSH } } }
      })
    })
    expect(JSON.stringify(scrub(inConfig))).not.toContain(HUSH)
  })

  test('is text that can be encoded, whatever the image names its packages', () => {
    const odd = trivyReport([
      npmResult({
        Packages: [trivyPackage('a\ud800b', '1')],
        Vulnerabilities: [npmVulnerability('a\udc00/package.json', '1')]
      })
    ])
    const text = JSON.stringify(scrub(odd))
    expect(text).toContain('\ufffd')
    expect(text).not.toMatch(/\\ud[89a-f]/i)
  })

  test('refuses what is no report', () => {
    for (const json of [
      null,
      [],
      'x',
      { Results: {} },
      { Results: [1] },
      { Results: [osResult({ Vulnerabilities: 1, Packages: 1 })] }
    ])
      expect(() => scrub(json)).toThrow(TypeError)
  })
})

describe('the findings that are published', () => {
  const RECORDED = ['vulnerable', 'vulnerable-remarks', 'clean', 'empty', 'index-arm64', 'eol', 'baseline']

  test.each(RECORDED)('of %s are read by our own parser as those of the whole report', name => {
    const json: unknown = JSON.parse(
      readFileSync(new URL(`../../fixtures/trivy/${name}.json`, import.meta.url), 'utf8')
    )
    const whole = parseTrivyReport(json)
    const published = parseTrivyReport(scrubFindings(json, PUBLISHED, NOTHING_ACCEPTED))
    const vulnerabilities = whole.report.findings.flatMap(finding =>
      finding.kind === 'vulnerability' ? [{ ...finding, description: '' }] : []
    )
    expect(published.report.findings).toEqual(vulnerabilities)
    expect(published).toMatchObject({
      platform: whole.platform,
      imageId: whole.imageId,
      trivyVersion: whole.trivyVersion
    })
    expect(published.report.os).toEqual(whole.report.os)
    expect(published.report.packages).toEqual({})
  })

  test('have the fields by which others judge them', () => {
    const report = scrubFindings(tellTale('x'), PUBLISHED, NOTHING_ACCEPTED)
    expect(report['Results']).toEqual([
      {
        Target: `${PUBLISHED.name} (debian 12.5)`,
        Class: 'os-pkgs',
        Type: 'debian',
        Vulnerabilities: [
          {
            VulnerabilityID: 'CVE-2024-5535',
            PkgID: 'openssl@3.0.11-1~deb12u2',
            PkgName: 'openssl',
            PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3' },
            InstalledVersion: '3.0.11-1~deb12u2',
            FixedVersion: '3.0.15-1~deb12u1',
            Status: 'fixed',
            Layer: { Digest: 'sha256:1', DiffID: 'sha256:2' },
            SeveritySource: 'nvd',
            Severity: 'CRITICAL',
            PrimaryURL: 'https://avd.aquasec.com/nvd/cve-2024-5535',
            PublishedDate: '2024-06-27T11:15:24.447Z',
            Title: 'openssl: SSL_select_next_proto buffer overread'
          }
        ]
      }
    ])
  })

  test('of an image in which nothing was recognised are an empty list', () => {
    expect(scrubFindings(trivyReport(), PUBLISHED, NOTHING_ACCEPTED)['Results']).toEqual([])
  })
})
