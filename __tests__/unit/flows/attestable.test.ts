import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { sameComponents } from '../../../src/evidence/same.ts'
import { readVulnPredicate } from '../../../src/evidence/signed-scan.ts'
import type { FreshScan } from '../../../src/flows/scan/scan.ts'
import type { Subject } from '../../../src/flows/scan/subjects.ts'
import type { Setting } from '../../../src/flows/setting.ts'
import { type StatementTools, sbomStatement, scanStatement } from '../../../src/flows/sign/attestable.ts'
import { createSboms, keepSboms } from '../../../src/flows/sign/sboms.ts'
import { pin } from '../../../src/image/reference.ts'
import { ToolError } from '../../../src/lib/errors.ts'
import { parseTrivyReport } from '../../../src/trivy/parse.ts'
import type { Trivy } from '../../../src/trivy/trivy.ts'
import { DATABASE_DIGEST } from '../../fixtures/evidence.ts'
import { accepted } from '../../fixtures/findings.ts'
import { CHILD_DIGEST, INDEX_DIGEST } from '../../fixtures/outcome.ts'
import { judged } from '../../fixtures/recorded.ts'
import { aSetting } from '../../fixtures/setting.ts'
import { osResult, secretResult, trivyPackage, trivyReport, trivyVulnerability } from '../../fixtures/trivy-report.ts'

const PLACE = pin({ registry: 'ghcr.io', repository: 'acme/app' }, INDEX_DIGEST)
const SUBJECT: Subject = {
  name: 'ghcr.io/acme/app',
  title: 'ghcr.io/acme/app',
  references: ['ghcr.io/acme/app:1'],
  digest: INDEX_DIGEST,
  places: [PLACE],
  kind: 'index',
  platforms: [],
  leftOut: [],
  problems: []
}
const REPORT = trivyReport([
  osResult({ Vulnerabilities: [trivyVulnerability()], Packages: [trivyPackage('openssl', '3')] }),
  secretResult()
])

/** A Trivy that writes the packages' names as an SBOM, and counts how often. */
function aTrivy(setting: Setting) {
  const made: string[] = []
  const trivy: Trivy = {
    run: async ({ args }) => {
      const report = JSON.parse(await readFile(args.at(-1) ?? '', 'utf8'))
      made.push(report.ArtifactName)
      const components = report.Results.flatMap((result: { Packages: object[] }) => result.Packages)
      const bom = { bomFormat: 'CycloneDX', serialNumber: `${made.length}`, components }
      await writeFile(args[args.indexOf('--output') + 1] ?? '', JSON.stringify(bom))
      return { exitCode: 0, stdout: '', stderr: '' }
    },
    file: '/trivy',
    version: '0.74.0',
    environment: () => ({}),
    emptyDirectory: name => setting.directory.empty(name)
  }
  return { made, trivy }
}

/** A scan of one platform of a finished run, with its report in a file, and the tools that make evidence of it. */
async function aScan(setting: Setting, overrides: Partial<StatementTools['scanner']> = {}) {
  const file = join(await setting.directory.empty('report'), 'trivy.json')
  await writeFile(file, JSON.stringify(REPORT))
  const scan: FreshScan = {
    platform: 'linux/amd64',
    digest: CHILD_DIGEST,
    raw: { file, startedAt: new Date('2026-11-20T09:29:56Z'), finishedAt: new Date('2026-11-20T09:30:00Z') },
    result: { complete: true, report: parseTrivyReport(REPORT).report }
  }
  const database = {
    repository: 'ghcr.io/aquasecurity/trivy-db:2',
    updatedAt: '2026-11-20T00:00:00Z',
    digest: DATABASE_DIGEST
  }
  const { made, trivy } = aTrivy(setting)
  const tools: StatementTools = {
    scanner: { database: { database }, vexFiles: new Map(), ...overrides },
    sbomOf: createSboms(trivy)
  }
  return { scan, tools, made }
}

const predicateIn = async (file: string) => JSON.parse(await readFile(file, 'utf8'))

describe('what is said of a scan', () => {
  test('names the run, the database and what was looked at', async () => {
    const inputs = { 'skip-dirs': '/opt', 'pkg-types': 'os', image: 'ghcr.io/acme/app:1' }
    await using test = await aSetting({ inputs })
    const { setting } = test
    const { scan, tools } = await aScan(setting)
    const image = judged(SUBJECT.name, [scan])
    const { type, file } = await scanStatement(setting, tools, { subject: SUBJECT, image, scan }, PLACE)
    expect(type).toBe('vuln')
    expect(await predicateIn(file)).toMatchObject({
      invocation: {
        parameters: ['--pkg-types=os', '--skip-dirs=/opt'],
        uri: setting.context.runUrl,
        event_id: `${setting.context.runId}`,
        'builder.id': expect.stringMatching(/^https:\/\/github\.com\/.+\/\.github\/workflows\/.+@refs\/heads\/main$/)
      },
      scanner: {
        uri: 'pkg:github/aquasecurity/trivy@0.74.0',
        version: '0.74.0',
        db: { uri: `ghcr.io/aquasecurity/trivy-db@${DATABASE_DIGEST}`, version: '2026-11-20T00:00:00Z' },
        result: { ArtifactName: `ghcr.io/acme/app@${CHILD_DIGEST}` }
      },
      metadata: { scanStartedOn: '2026-11-20T09:29:56.000Z', scanFinishedOn: '2026-11-20T09:30:00.000Z' }
    })
  })

  test('says what the signer accepted, on the platform where that was', async () => {
    await using test = await aSetting()
    const { setting } = test
    const { scan, tools } = await aScan(setting)
    const risks = [accepted({ id: 'CVE-2024-5535', reason: 'not reachable' })]
    const other = { ...scan, platform: 'linux/arm64' }
    for (const [on, counting] of [
      [scan, []],
      [other, [{ id: 'CVE-2024-5535' }]]
    ] as const) {
      const image = judged(SUBJECT.name, [on], { risks })
      const { file } = await scanStatement(setting, tools, { subject: SUBJECT, image, scan }, PLACE)
      expect(readVulnPredicate(await predicateIn(file)).vulnerabilities).toMatchObject(counting)
    }
  })

  test('is not said by a scan that did not look for vulnerabilities', async () => {
    await using test = await aSetting()
    const { scan, tools } = await aScan(test.setting, { database: { wanted: false } })
    const platform = { subject: SUBJECT, image: judged(SUBJECT.name, [scan]), scan }
    await expect(scanStatement(test.setting, tools, platform, PLACE)).rejects.toThrow(
      'there was no scan for vulnerabilities that could be attested'
    )
    const { raw: _, ...unread } = scan
    await expect(scanStatement(test.setting, tools, { ...platform, scan: unread }, PLACE)).rejects.toThrow(ToolError)
  })

  test('need not be said again as long as the newest of what is there says it', async () => {
    await using test = await aSetting()
    const { setting } = test
    const { scan, tools } = await aScan(setting)
    const platform = { subject: SUBJECT, image: judged(SUBJECT.name, [scan]), scan }
    const { file, isSaidBy } = await scanStatement(setting, tools, platform, PLACE)
    const own = await predicateIn(file)
    const at = (scanFinishedOn: string, result: object = own.scanner.result) => ({
      ...own,
      scanner: { ...own.scanner, result },
      metadata: { scanFinishedOn }
    })
    const clean = { ...own.scanner.result, Results: [] }
    expect(isSaidBy([])).toBe(false)
    expect(isSaidBy([at('2026-11-20T08:00:00Z')])).toBe(true)
    expect(isSaidBy([at('2026-11-19T09:30:00Z')])).toBe(false)
    expect(isSaidBy([at('2026-11-20T08:00:00Z', clean)])).toBe(false)
    expect(isSaidBy([at('2026-11-20T07:00:00Z'), at('2026-11-20T08:00:00Z', clean)])).toBe(false)
    expect(isSaidBy([at('2026-11-20T08:00:00Z'), at('2026-11-20T07:00:00Z', clean)])).toBe(true)
    // What claims to be from the future is nobody's word for today, and what is not understood says nothing.
    expect(isSaidBy([at('2026-11-20T08:00:00Z'), at('2027-01-01T00:00:00Z', clean), { scanner: 1 }])).toBe(true)
    expect(isSaidBy([at('2027-01-01T00:00:00Z')])).toBe(false)
  })
})

describe('SBOMs', () => {
  test('are made once, and kept as they are attested', async () => {
    await using test = await aSetting()
    const { setting } = test
    const { scan, tools, made } = await aScan(setting)
    const platform = { subject: SUBJECT, image: judged(SUBJECT.name, [scan]), scan }
    const directory = await setting.directory.empty('results')
    const { file, isSaidBy } = await sbomStatement(setting, tools, platform, PLACE)
    const kept = await keepSboms(setting, tools.sbomOf, SUBJECT, [scan], directory)
    expect(kept).toEqual([join(directory, 'sbom-ghcr.io-acme-app-linux-amd64-9f8e7d6c5b4a.cdx.json')])
    expect(await readFile(kept[0] ?? '', 'utf8')).toBe(await readFile(file, 'utf8'))
    expect(made).toEqual([`ghcr.io/acme/app@${CHILD_DIGEST}`])
    const bom = await predicateIn(file)
    expect(bom.components).toMatchObject([{ Name: 'openssl' }])
    expect(isSaidBy([{ ...bom, serialNumber: 'another' }])).toBe(true)
    expect(isSaidBy([{ ...bom, components: [] }, { components: 1 }])).toBe(false)
    expect(sameComponents(bom, bom)).toBe(true)
  })

  test('name the image as it is called where they are published', async () => {
    await using test = await aSetting()
    const { setting } = test
    const { scan, tools, made } = await aScan(setting)
    const platform = { subject: SUBJECT, image: judged(SUBJECT.name, [scan]), scan }
    const elsewhere = pin({ registry: 'registry.test', repository: 'public/app' }, INDEX_DIGEST)
    for (const place of [PLACE, elsewhere]) await sbomStatement(setting, tools, platform, place)
    expect(made).toEqual([`ghcr.io/acme/app@${CHILD_DIGEST}`, `registry.test/public/app@${CHILD_DIGEST}`])
    const { digest: _, ...inFile } = scan
    const directory = await setting.directory.empty('results')
    expect(
      await keepSboms(setting, tools.sbomOf, { ...SUBJECT, name: 'app', places: [] }, [inFile], directory)
    ).toEqual([join(directory, 'sbom-app-linux-amd64.cdx.json')])
    expect(made.at(-1)).toBe('app')
  })

  test('that cannot be made are a warning, and the others are kept', async () => {
    await using test = await aSetting()
    const { setting, said } = test
    const { scan, tools } = await aScan(setting)
    const broken: FreshScan = {
      ...scan,
      platform: 'linux/arm64',
      raw: { file: '/nowhere', startedAt: new Date(0), finishedAt: new Date(0) }
    }
    const directory = await setting.directory.empty('results')
    expect(await keepSboms(setting, tools.sbomOf, SUBJECT, [broken, scan], directory)).toHaveLength(1)
    expect(said).toEqual([expect.stringMatching(/^warning: There is no SBOM of ghcr\.io\/acme\/app, linux\/arm64: /)])
  })
})
