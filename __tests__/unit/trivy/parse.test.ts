import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseTrivyReport } from '../../../src/trivy/parse.ts'
import {
  ARTIFACT,
  IMAGE_ID,
  LAYER,
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

const findingsOf = (...results: Record<string, unknown>[]) => parseTrivyReport(trivyReport(results)).report.findings

describe('the report itself', () => {
  test('says which image was scanned, and that a known distribution without findings is something', () => {
    expect(parseTrivyReport(trivyReport())).toEqual({
      report: { os: { family: 'debian', version: '12.5', endOfLife: false }, packages: {}, findings: [] },
      platform: 'linux/amd64',
      imageId: IMAGE_ID,
      trivyVersion: '0.74.0'
    })
  })

  test('has no operating system in a scratch image, and the variant in the platform', () => {
    const ImageConfig = { os: 'linux', architecture: 'arm', variant: 'v7' }
    const parsed = parseTrivyReport(trivyReport([], { Metadata: trivyMetadata({ OS: undefined, ImageConfig }) }))
    expect(parsed.report).toEqual({ packages: {}, findings: [] })
    expect(parsed.platform).toBe('linux/arm/v7')
  })

  test('says how the image was built, without what its environment holds', () => {
    const history = [
      { created_by: 'ENV TOKEN=hush', empty_layer: true },
      { created_by: 'COPY a /a # buildkit', created: '2026-11-16T09:00:00Z' }
    ]
    const ImageConfig = { config: { Env: ['TOKEN=hush'] }, rootfs: { diff_ids: [LAYER.DiffID] }, history }
    const parsed = parseTrivyReport(trivyReport([], { Metadata: trivyMetadata({ ImageConfig }) }))
    expect(parsed.build).toEqual({
      diffIds: [LAYER.DiffID],
      history: [
        { createdBy: 'ENV ', empty: true },
        { createdBy: 'COPY a /a # buildkit', empty: false, created: Date.UTC(2026, 10, 16, 9) }
      ]
    })
    expect(JSON.stringify(parsed)).not.toContain('hush')
  })

  test('is read all the same when what it says of the build is odd', () => {
    const Metadata = trivyMetadata({ ImageConfig: { rootfs: { diff_ids: [1] }, history: 'x' } })
    expect(parseTrivyReport(trivyReport([], { Metadata }))).not.toHaveProperty('build')
  })

  test('does not take for a distribution what Trivy calls none', () => {
    const Metadata = trivyMetadata({ OS: { Family: 'none', Name: '' } })
    expect(parseTrivyReport(trivyReport([], { Metadata })).report).toEqual({ packages: {}, findings: [] })
  })

  test('knows a distribution that is out of support', () => {
    const Metadata = trivyMetadata({ OS: { Family: 'debian', Name: '9.9', EOSL: true } })
    expect(parseTrivyReport(trivyReport([], { Metadata })).report.os?.endOfLife).toBe(true)
  })

  test.each([
    ['no object', [], 'report: expected an object, found a list'],
    ['nothing', {}, 'SchemaVersion: expected 2'],
    ['another schema', trivyReport([], { SchemaVersion: 3 }), 'SchemaVersion: expected 2'],
    [
      'a report of something else',
      trivyReport([], { ArtifactType: 'filesystem' }),
      'ArtifactType: expected "container_image"'
    ],
    ['results that are no list', trivyReport([], { Results: {} }), 'Results: expected a list, found object'],
    ['no metadata', trivyReport([], { Metadata: undefined }), 'Metadata: expected an object, found undefined'],
    ['no image', trivyReport([], { Metadata: trivyMetadata({ ImageID: '' }) }), 'Metadata.ImageID: expected a text'],
    [
      'a result that is a text',
      trivyReport([], { Results: ['clean'] }),
      'Results[0]: expected an object, found string'
    ],
    [
      'an odd end of life',
      trivyReport([], { Metadata: trivyMetadata({ OS: { Family: 'debian', EOSL: 'no' } }) }),
      'Metadata.OS.EOSL: expected true or false'
    ],
    [
      'findings that Trivy hid',
      trivyReport([osResult({ ExperimentalModifiedFindings: [{ Status: 'ignored' }] })]),
      'Results[0].ExperimentalModifiedFindings[0]: expected only what the given VEX documents say'
    ]
  ])('%s is an error, never a clean image', (_, json, message) => {
    expect(() => parseTrivyReport(json)).toThrow(TypeError)
    expect(() => parseTrivyReport(json)).toThrow(message)
  })
})

describe('vulnerabilities', () => {
  test('of OS packages belong to the distribution and have no path', () => {
    expect(findingsOf(osResult({ Vulnerabilities: [trivyVulnerability()] }))).toEqual([
      {
        kind: 'vulnerability',
        id: 'CVE-2024-5535',
        severity: 'critical',
        ecosystem: 'debian',
        package: 'openssl',
        fixable: true,
        occurrences: [
          {
            installed: '3.0.11-1~deb12u2',
            fixed: '3.0.15-1~deb12u1',
            path: '',
            purl: 'pkg:deb/debian/openssl@3.0.11-1~deb12u2?arch=amd64&distro=debian-12.5',
            layer: { digest: LAYER.Digest, diffId: LAYER.DiffID }
          }
        ],
        title: 'openssl: SSL_select_next_proto buffer overread',
        description: 'Calling SSL_select_next_proto with an empty list reads beyond the end of a buffer.',
        url: 'https://avd.aquasec.com/nvd/cve-2024-5535',
        published: '2024-06-27T11:15:24.447Z'
      }
    ])
  })

  test('of one package are one finding: most severe, fixable when one is, places in order of path and version', () => {
    const Vulnerabilities = [
      npmVulnerability('srv/b/package.json', '1.2.0', { Severity: 'MEDIUM', FixedVersion: undefined }),
      npmVulnerability('/srv/a/package.json', '1.2.5'),
      npmVulnerability('/srv/a/package.json', '1.2.5'),
      npmVulnerability('srv/a/package.json', '0.0.8', { Severity: 'LOW' })
    ]
    const [finding, ...others] = findingsOf(npmResult({ Vulnerabilities }))
    expect(others).toEqual([])
    expect(finding).toMatchObject({ ecosystem: 'npm', package: 'minimist', severity: 'critical', fixable: true })
    expect(
      finding?.kind === 'vulnerability' && finding.occurrences.map(o => `${o.path} ${o.installed} ${o.fixed}`)
    ).toEqual([
      'srv/a/package.json 0.0.8 1.2.6, 0.2.4',
      'srv/a/package.json 1.2.5 1.2.6, 0.2.4',
      'srv/b/package.json 1.2.0 '
    ])
  })

  test.each([
    ['gobinary', 'usr/local/bin/app', 'pkg:golang/stdlib@v1.22.0', 'golang', 'usr/local/bin/app'],
    ['rustbinary', '/usr/bin/rg', 'pkg:cargo/regex@1.5.4', 'cargo', 'usr/bin/rg'],
    ['jar', 'Java', 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1', 'maven', ''],
    ['python-pkg', 'Python', 'pkg:pypi/jinja2@2.11.0', 'pypi', ''],
    ['k8s', 'Java', 'pkg:npm/', 'npm', 'Java'],
    ['exotic', 'opt/x.lock', '', 'exotic', 'opt/x.lock'],
    ['exotic', 'opt/x.lock', 'pkg:__proto__/x@1', 'exotic', 'opt/x.lock']
  ])('of %s %s %s are of %s in "%s"', (Type, Target, PURL, ecosystem, path) => {
    const Vulnerabilities = [trivyVulnerability({ PkgIdentifier: { PURL } })]
    const [finding] = findingsOf({ Class: 'lang-pkgs', Type, Target, Vulnerabilities })
    expect(finding).toMatchObject({ ecosystem, occurrences: [{ path }] })
  })

  test('have a fix only where Trivy names a version, whatever the status says', () => {
    const Vulnerabilities = [trivyVulnerability({ FixedVersion: undefined, Status: 'fix_deferred' })]
    expect(findingsOf(osResult({ Vulnerabilities }))).toMatchObject([{ fixable: false, occurrences: [{ fixed: '' }] }])
  })

  test('are read in a class that is not known', () => {
    expect(findingsOf({ Class: 'unknown', Type: 'new', Vulnerabilities: [trivyVulnerability()] })).toHaveLength(1)
  })

  test.each([
    ['http://avd.aquasec.com/nvd/cve-1', ''],
    ['javascript:alert(1)', ''],
    ['https://', ''],
    [7, ''],
    ['https://nvd.nist.gov/vuln/detail/CVE-1?a=<b>', 'https://nvd.nist.gov/vuln/detail/CVE-1?a=%3Cb%3E']
  ])('with the link %j have the link %j', (PrimaryURL, url) => {
    expect(findingsOf(osResult({ Vulnerabilities: [trivyVulnerability({ PrimaryURL })] }))).toMatchObject([{ url }])
  })

  test('may lack every text that only informs', () => {
    const bare = { VulnerabilityID: 'CVE-1', PkgName: 'a', Title: 4, Description: [], PublishedDate: 'yesterday' }
    expect(findingsOf(osResult({ Vulnerabilities: [bare] }))).toEqual([
      {
        kind: 'vulnerability',
        id: 'CVE-1',
        severity: 'unknown',
        ecosystem: 'debian',
        package: 'a',
        fixable: false,
        occurrences: [{ installed: '', fixed: '', path: '', purl: '' }],
        title: '',
        description: '',
        url: '',
        published: ''
      }
    ])
  })

  test.each([
    ['VulnerabilityID', undefined, 'VulnerabilityID: expected a string, found undefined'],
    ['PkgName', '', 'PkgName: expected a text, found an empty string'],
    ['Severity', 'EXTREME', 'Severity: expected one of CRITICAL, HIGH, MEDIUM, LOW, UNKNOWN'],
    ['Severity', 9, 'Severity: expected a string, found number'],
    ['FixedVersion', ['1'], 'FixedVersion: expected a string, found a list'],
    ['InstalledVersion', {}, 'InstalledVersion: expected a string, found object'],
    ['PkgPath', 1, 'PkgPath: expected a string, found number'],
    ['PkgIdentifier', 'pkg:npm/a', 'PkgIdentifier: expected an object, found string'],
    ['Layer', [], 'Layer: expected an object, found a list']
  ])('with %s %j are an error that names the place', (key, value, message) => {
    const report = trivyReport([osResult(), osResult({ Vulnerabilities: [trivyVulnerability({ [key]: value })] })])
    expect(() => parseTrivyReport(report)).toThrow(new TypeError(`Results[1].Vulnerabilities[0].${message}`))
  })

  test('without a kind of package are an error', () => {
    const report = trivyReport([{ Class: 'os-pkgs', Vulnerabilities: [trivyVulnerability()] }])
    expect(() => parseTrivyReport(report)).toThrow('Results[0].Type: expected the kind of package, found none')
  })
})

describe('secrets', () => {
  test('keep where they are, never what they say', () => {
    const findings = findingsOf(secretResult())
    expect(findings).toEqual([
      {
        kind: 'secret',
        id: 'aws-access-key-id',
        severity: 'critical',
        title: 'AWS Access Key ID',
        path: 'srv/app/.env',
        line: 3,
        layer: { digest: LAYER.Digest, diffId: LAYER.DiffID }
      }
    ])
    expect(JSON.stringify(findings)).not.toContain('staging')
  })

  test('in the config of the image are said to be there, without its digest', () => {
    const findings = findingsOf(secretResult({ Target: ARTIFACT, Secrets: [trivySecret({ Layer: {} })] }))
    expect(findings).toMatchObject([{ path: 'image config', line: 0 }])
    expect(findings[0]).not.toHaveProperty('layer')
  })

  test('of one rule in one file are one finding: the most severe, then the first line', () => {
    const Secrets = [
      trivySecret({ StartLine: 9, Severity: 'HIGH' }),
      trivySecret({ StartLine: 7 }),
      trivySecret({ StartLine: 5 })
    ]
    expect(findingsOf(secretResult({ Secrets }))).toMatchObject([{ severity: 'critical', line: 5 }])
  })

  test.each([[undefined], [-1], [1.5], ['3']])('with the line %j have none', StartLine => {
    expect(findingsOf(secretResult({ Secrets: [trivySecret({ StartLine })] }))).toMatchObject([{ line: 0 }])
  })

  test('without a rule or a file are an error', () => {
    const noRule = trivyReport([secretResult({ Secrets: [trivySecret({ RuleID: undefined })] })])
    expect(() => parseTrivyReport(noRule)).toThrow('Results[0].Secrets[0].RuleID: expected a string')
    expect(() => parseTrivyReport(trivyReport([secretResult({ Target: '' })]))).toThrow('Results[0].Target')
  })
})

test('packages are counted by ecosystem, each name, version and file once', () => {
  const debian = [
    { Name: 'openssl', Version: '3.0.11', Release: '1' },
    { Name: 'openssl', Version: '3.0.11', Release: '2' },
    { Name: 'bash', Version: '5.2' }
  ]
  const npm = [
    trivyPackage('minimist', '1.2.5', { FilePath: 'a/package.json' }),
    trivyPackage('minimist', '1.2.5', { FilePath: 'a/package.json' }),
    trivyPackage('minimist', '1.2.5', { FilePath: 'b/package.json' })
  ]
  const odd = [trivyPackage('x', '1', { Identifier: {} })]
  const results = [
    osResult({ Packages: debian }),
    npmResult({ Packages: npm }),
    npmResult({ Type: '__proto__', Packages: odd })
  ]
  const { packages } = parseTrivyReport(trivyReport(results)).report
  expect(Object.entries(packages)).toEqual([
    ['debian', 3],
    ['npm', 2],
    ['__proto__', 1]
  ])
})

test('custom resources are ignored on purpose, and misconfigurations and licences are no findings', () => {
  const results = [
    { Target: ARTIFACT, Class: 'config', Misconfigurations: [{ ID: 'DS-0002', Severity: 'CRITICAL', Status: 'FAIL' }] },
    { Target: 'OS Packages', Class: 'license', Licenses: [{ Name: 'AGPL-3.0', Severity: 'CRITICAL' }] },
    { Class: 'custom', CustomResources: [{}] }
  ]
  expect(parseTrivyReport(trivyReport(results)).report).toMatchObject({ packages: {}, findings: [] })
})

test('findings are in order: severity, secrets first, package, id', () => {
  const named = (PkgName: string, VulnerabilityID: string, Severity: string) =>
    trivyVulnerability({ PkgName, VulnerabilityID, Severity })
  const Vulnerabilities = [
    named('b', 'CVE-2', 'HIGH'),
    named('c', 'CVE-1', 'CRITICAL'),
    named('b', 'CVE-1', 'HIGH'),
    named('B', 'CVE-9', 'HIGH'),
    named('a', 'CVE-1', 'LOW')
  ]
  const secrets = secretResult({ Secrets: [trivySecret({ Severity: 'HIGH' })] })
  expect(findingsOf(osResult({ Vulnerabilities }), secrets).map(f => `${f.severity} ${f.id}`)).toEqual([
    'critical CVE-1',
    'high aws-access-key-id',
    'high CVE-9',
    'high CVE-1',
    'high CVE-2',
    'low CVE-1'
  ])
})

describe('whatever comes in', () => {
  const key = fc.constantFrom(
    ...['Target', 'Class', 'Type', 'Vulnerabilities', 'Secrets', 'Packages', 'VulnerabilityID', 'PkgName', 'Severity'],
    ...['ExperimentalModifiedFindings', 'Source', 'Status', 'Finding', 'Misconfigurations', 'Licenses', 'ID', 'Name'],
    ...['PkgIdentifier', 'PURL', 'Layer', 'RuleID', 'Title', 'StartLine', '__proto__', 'Results', 'Metadata', 'OS']
  )
  const value = fc.letrec(tie => ({
    any: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, 0, '', 'CRITICAL', 'os-pkgs', 'https://a', 'pkg:npm/a'),
      fc.string(),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie('any')), { maxLength: 8 }).map(entries => Object.fromEntries(entries))
    )
  })).any

  test('nothing but a TypeError is thrown', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), value), value, value, (anything, metadata, result) => {
        const Metadata = typeof metadata === 'object' ? { ...trivyMetadata(), ...metadata } : metadata
        for (const json of [anything, trivyReport([], { Metadata, Results: [result] })]) {
          try {
            parseTrivyReport(json, { vex: new Map([['', 'vex.json']]) })
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(TypeError)
          }
        }
      })
    )
  })

  test('every finding that was given comes out, and no other', () => {
    const vulnerability = fc.record({
      VulnerabilityID: fc.constantFrom('CVE-1', 'CVE-2', '__proto__'),
      PkgName: fc.string({ minLength: 1, maxLength: 2 }),
      PkgPath: fc.string({ maxLength: 2 })
    })
    const secret = fc.record({ RuleID: fc.constantFrom('a', 'constructor'), StartLine: fc.nat() })
    fc.assert(
      fc.property(fc.array(vulnerability), fc.array(secret), (Vulnerabilities, Secrets) => {
        const findings = findingsOf(npmResult({ Vulnerabilities }), secretResult({ Secrets }))
        const given = [
          ...Vulnerabilities.map(v => JSON.stringify([v.PkgName, v.VulnerabilityID])),
          ...Secrets.map(s => JSON.stringify(['secret', s.RuleID]))
        ]
        const found = findings.map(f => JSON.stringify(f.kind === 'secret' ? [f.kind, f.id] : [f.package, f.id]))
        expect(found.sort()).toEqual([...new Set(given)].sort())
      })
    )
  })

  test('100,000 findings take about a second at most, and a huge text does no harm', () => {
    const Vulnerabilities = Array.from({ length: 100_000 }, (_, i) =>
      trivyVulnerability({ PkgName: `package-${i % 5_000}`, VulnerabilityID: `CVE-${i % 70}`, PkgPath: `opt/${i}` })
    )
    Vulnerabilities.push(
      trivyVulnerability({ PkgName: 'x'.repeat(1_000_000), InstalledVersion: 'y'.repeat(1_000_000) })
    )
    const report = trivyReport([npmResult({ Vulnerabilities })])
    const before = performance.now()
    const { findings } = parseTrivyReport(report).report
    const took = performance.now() - before
    expect(findings.reduce((sum, f) => sum + (f.kind === 'secret' ? 0 : f.occurrences.length), 0)).toBe(100_001)
    expect(took).toBeLessThan(5_000)
  })
})
