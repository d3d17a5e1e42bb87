import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { ROOT } from '../../world/folders.ts'
import { cosignVerify } from './helpers/cosign.ts'
import { expectNothingAdded } from './helpers/expectations.ts'
import { type ImageResult, resultsOf, stepAnywhere } from './helpers/judgement.ts'
import { freshImage, keyInputs, type world } from './helpers/world.ts'

type ImageName = keyof ReturnType<typeof world>['images']

/** Scans and judges the images in one step and tells nobody else. */
async function judged(images: readonly ImageName[], inputs: Readonly<Record<string, string>> = {}) {
  const references = await Promise.all(images.map(image => freshImage(image)))
  const result = await stepAnywhere({
    inputs: { sign: 'never', 'code-scanning': 'never', ...inputs, image: references.join('\n') }
  })
  return { ...result, references, results: resultsOf(result) }
}

const verdictOf = ({ verdict, reasons }: ImageResult) => [verdict, ...reasons]

interface RecordedReport {
  readonly Results?: readonly {
    readonly Type?: string
    readonly Vulnerabilities?: readonly { PkgName: string; VulnerabilityID: string; Severity: string }[]
    readonly Secrets?: readonly { RuleID: string; Severity: string }[]
  }[]
}

/** Number of findings by severity in Trivy's recorded reports, each finding once. Counted here in a way of its own. */
async function recordedCounts(...names: readonly string[]): Promise<Record<string, number>> {
  const found = new Map<string, string>()
  for (const name of names) {
    const report = JSON.parse(await readFile(`${ROOT}/__tests__/fixtures/trivy/${name}.json`, 'utf8')) as RecordedReport
    for (const { Type, Vulnerabilities = [], Secrets = [] } of report.Results ?? []) {
      for (const entry of Vulnerabilities)
        found.set(`${Type} ${entry.PkgName} ${entry.VulnerabilityID}`, entry.Severity.toLowerCase())
      for (const entry of Secrets) found.set(`secret ${entry.RuleID}`, entry.Severity.toLowerCase())
    }
  }
  const counts: Record<string, number> = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 }
  for (const severity of found.values()) counts[severity] = (counts[severity] ?? 0) + 1
  return counts
}

describe('fail-on', () => {
  test('critical: only what is critical and has a fix fails, and the counts are those of the scanner', async () => {
    const { exitCode, outputs, results } = await judged(['vulnerable', 'index', 'eol', 'clean'])
    expect(exitCode).toBe(1)
    expect(results.map(verdictOf)).toEqual([
      [
        'fail',
        '1 critical vulnerability with a fix (fail-on: critical)',
        '2 critical secrets (fail-on-secret: critical)'
      ],
      ['pass'],
      ['pass'],
      ['pass']
    ])
    const recorded = await Promise.all([
      recordedCounts('vulnerable'),
      recordedCounts('index-amd64', 'index-arm64'),
      recordedCounts('eol'),
      recordedCounts('clean')
    ])
    expect(results.map(({ counts }) => counts)).toEqual(recorded)
    for (const severity of ['critical', 'high', 'medium', 'low', 'unknown'])
      expect(outputs[severity]).toBe(`${recorded.reduce((sum, counts) => sum + (counts[severity] ?? 0), 0)}`)
    expect(outputs).toMatchObject({ verdict: 'fail', fixable: '48', suppressed: '0' })
  })

  test('high', async () => {
    const { results } = await judged(['index', 'eol'], { 'fail-on': 'high' })
    expect(results.map(verdictOf)).toEqual([['fail', '6 high vulnerabilities with a fix (fail-on: high)'], ['pass']])
  })

  test('medium', async () => {
    const { results } = await judged(['index', 'eol'], { 'fail-on': 'medium' })
    expect(results.map(verdictOf)).toEqual([
      ['fail', '6 high and 3 medium vulnerabilities with a fix (fail-on: medium)'],
      ['fail', '1 medium vulnerability with a fix (fail-on: medium)']
    ])
  })

  test('low, without a fix too', async () => {
    const { exitCode, results } = await judged(['eol', 'clean'], { 'fail-on': 'low', 'ignore-unfixed': 'false' })
    expect(exitCode).toBe(1)
    expect(results.map(verdictOf)).toEqual([['fail', '1 medium and 1 low vulnerabilities (fail-on: low)'], ['pass']])
  })

  test('unknown: any vulnerability with a fix fails, and nothing below min-severity stays unseen by the gate', async () => {
    const { results, summary } = await judged(['index'], { 'fail-on': 'unknown', 'min-severity': 'high' })
    expect(results.map(verdictOf)).toEqual([
      ['fail', '6 high, 3 medium, 1 low and 1 unknown vulnerabilities with a fix (fail-on: unknown)']
    ])
    // Low and without a fix: neither fails nor is shown. Low with a fix: fails, so it is shown all the same.
    expect(summary).not.toContain('CVE-2005-2541')
    expect(summary).toContain('CVE-2024-47764')
    expect(summary).toContain('6 findings below severity high')
  })

  test('none, with fail-on-secret: none: nothing fails, and everything is counted', async () => {
    const { exitCode, results } = await judged(['vulnerable'], { 'fail-on': 'none', 'fail-on-secret': 'none' })
    expect(exitCode).toBe(0)
    expect(results.map(verdictOf)).toEqual([['pass']])
    expect(results[0]?.counts).toEqual(await recordedCounts('vulnerable'))
  })
})

test('what is not fixed, out of support or not recognised fails when asked for; with on-fail: warn the step is green and signs nothing', async () => {
  const { exitCode, results, outputs, annotations, references } = await judged(['eol', 'empty', 'index', 'clean'], {
    ...(await keyInputs()),
    'transparency-log': 'false',
    'signature-format': 'bundle',
    sign: 'passing',
    'ignore-unfixed': 'false',
    'fail-on-eol': 'true',
    'fail-on-unrecognised': 'true',
    'on-fail': 'warn'
  })
  expect(exitCode).toBe(0)
  expect(results.map(verdictOf)).toEqual([
    ['fail', 'debian 11.11 is out of support (fail-on-eol)'],
    ['fail', 'nothing was recognised in linux/amd64: no operating system and no packages (fail-on-unrecognised)'],
    ['fail', '1 critical vulnerability (fail-on: critical)'],
    ['pass']
  ])
  expect(results.map(({ signed }) => signed)).toEqual([false, false, false, true])
  for (const reference of references.slice(0, 3)) await expectNothingAdded(reference)
  expect(await cosignVerify(references[3] ?? '')).toHaveLength(1)
  expect(outputs).toMatchObject({ verdict: 'fail', signed: 'false' })
  expect(annotations.map(({ level }) => level)).not.toContain('error')
  expect(annotations.map(({ level }) => level)).toContain('warning')
})

describe('what is looked at', () => {
  test('scanners: vuln and skip-dirs leave out secrets and what lies there, and the summary names what was left out', async () => {
    const { exitCode, results, summary } = await judged(['vulnerable'], {
      scanners: 'vuln',
      'skip-dirs': 'srv/shop/node_modules'
    })
    expect(exitCode).toBe(0)
    expect(results.map(verdictOf)).toEqual([['pass']])
    // The shop's own package.json remains.
    expect(results[0]?.platforms[0]?.packages).toEqual({ debian: 17, npm: 1 })
    expect(summary).toContain('left out of the scan: `skip-dirs: srv/shop/node_modules`')
    expect(summary).toContain('scanners: vuln only')
  })

  test('pkg-types: library looks at no package of the distribution; skip-files leaves out a file', async () => {
    const { results, summary } = await judged(['vulnerable'], {
      'pkg-types': 'library',
      'skip-files': 'srv/shop/.env, srv/shop/node_modules/minimist/package.json'
    })
    expect(results.map(verdictOf)).toEqual([['fail', '1 critical vulnerability with a fix (fail-on: critical)']])
    expect(results[0]?.platforms[0]?.packages).toEqual({ npm: 59 })
    // minimist is there twice; one of them is skipped.
    expect(summary).toMatch(/CVE-2021-44906.*`0\.0\.8` → /)
    expect(summary).not.toContain('`1.2.5`')
    expect(summary).toContain('pkg-types: library only')
  })
})
