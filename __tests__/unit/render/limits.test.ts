import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { publishIssue } from '../../../src/publish/issue.ts'
import { renderMarker } from '../../../src/publish/marker.ts'
import { publishSummary } from '../../../src/publish/summary.ts'
import type { ImageOutcome } from '../../../src/render/outcome.ts'
import { identityOf } from '../../../src/report/model.ts'
import { parseTrivyReport } from '../../../src/trivy/parse.ts'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'
import { testRepository } from '../../fixtures/github.ts'
import { judgedImage, manyFindingsReport, RENDERERS } from '../../fixtures/many-findings.ts'
import { runFacts } from '../../fixtures/outcome.ts'

const COUNT = 100_000
const RUN = { key: '0123456789abcdef', run: { id: 999_999_999_999, attempt: 99, sha: 'a'.repeat(40) } }
/** "A maximum of 1 MB per job", as the runner counts it: docs.github.com, "Passing information between jobs". */
const JOB_OUTPUTS_IN_UTF16 = 1_000_000
/** docs.github.com, "REST API endpoints for issues" and "for issue comments": characters of a body. */
const MOST_BODY = 65_536
/** docs.github.com, "SARIF results exceed one or more limits". */
const SARIF = { gzippedBytes: 10 * 1024 * 1024, runs: 20, results: 25_000, rules: 25_000 }

let image: ImageOutcome
beforeAll(() => {
  const read = (from: number) => parseTrivyReport(manyFindingsReport({ count: COUNT, from }))
  image = judgedImage(read(COUNT / 2), read(0))
}, 60_000)

const facts = runFacts()

describe('100,000 findings against 100,000, all of them with long texts', () => {
  test('are judged and compared one by one', () => {
    expect(image.findings).toHaveLength(COUNT)
    expect(image.verdict.result).toBe('fail')
    expect(image.baseline).toMatchObject({ added: { length: COUNT / 2 }, fixed: { length: COUNT / 2 } })
  })

  test('leave a comment that GitHub takes', () => {
    const body = `${renderMarker({ ...RUN, state: 'fail' })}\n${RENDERERS.comment(image, facts)}`
    expect(body.length).toBeLessThanOrEqual(60_000)
  })

  describe('with GitHub', () => {
    let github: GitHubStandIn
    beforeAll(async () => {
      github = await startGitHub()
    })
    afterAll(() => github.close())

    test('leave an issue that GitHub takes, with all that it has to remember', async () => {
      const repository = testRepository(github)
      const failures = image.findings.map(({ finding }) => identityOf(finding))
      const plan = { ...RUN, failing: true, failures, ...RENDERERS.issue(image, facts) }
      expect(await publishIssue(repository.client, plan)).toMatchObject({ state: 'published' })
      const { issues, invalid } = await repository.state()
      expect(invalid).toEqual([])
      expect(issues[0]?.body.length).toBeLessThanOrEqual(MOST_BODY)
      expect(Buffer.byteLength(issues[0]?.body ?? '')).toBeLessThanOrEqual(4 * MOST_BODY)
    })
  })

  test('leave a summary that the runner keeps', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'limits-test-'))
    const summary = RENDERERS.summary(image, facts)
    expect(await publishSummary(join(folder, 'summary.md'), summary)).toEqual({ state: 'published' })
    await rm(folder, { recursive: true })
    expect(Buffer.byteLength(summary)).toBeGreaterThan(800_000)
  })

  test('leave SARIF that code scanning takes, the most severe ones first', () => {
    const { logs, leftOut } = RENDERERS.sarif(image, facts)
    for (const log of logs) {
      expect(gzipSync(JSON.stringify(log)).length).toBeLessThan(SARIF.gzippedBytes)
      expect(log.runs.length).toBeLessThanOrEqual(SARIF.runs)
      for (const { results = [], tool } of log.runs) {
        expect(results.length).toBeLessThanOrEqual(SARIF.results)
        expect(tool.driver.rules?.length).toBeLessThanOrEqual(SARIF.rules)
        expect(new Set(results.map(({ level }) => level))).toEqual(new Set(['error']))
      }
    }
    const kept = logs.flatMap(({ runs }) => runs.flatMap(({ results = [] }) => results)).length
    const reported = image.findings.filter(
      ({ finding }) => finding.kind === 'vulnerability' && finding.fixable && finding.severity !== 'unknown'
    ).length
    expect(kept + leftOut.reduce((sum, { results }) => sum + results, 0)).toBe(reported)
  })

  test('leave outputs that fit into a job’s twice', () => {
    const outputs = RENDERERS.outputs(image, facts)
    const units = Object.entries(outputs).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
    expect(2 * 2 * units).toBeLessThanOrEqual(JOB_OUTPUTS_IN_UTF16)
    expect(JSON.parse(outputs['results'] ?? '')).toMatchObject([{ new: COUNT / 2, fixed: COUNT / 2 }])
  })

  test('are all in the report, which comes in pieces and has about a kilobyte for each', () => {
    const pieces = [...RENDERERS.report(image, facts)]
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(2 * 1024 * 1024)
    const text = pieces.join('')
    expect(text.length).toBeLessThan(1_300 * COUNT)
    const [told] = JSON.parse(text).images
    expect(told.findings).toHaveLength(COUNT)
    expect(told.platforms[0].findings).toHaveLength(COUNT)
    expect(told.new).toHaveLength(COUNT / 2)
  })

  test('leave a page that browsers open at once, and that says what is not on it', () => {
    const page = RENDERERS.page(image, facts)
    expect(page.length).toBeLessThan(30_000_000)
    const [, data = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? []
    const { rows, totals } = JSON.parse(data)
    expect(rows.length).toBeLessThanOrEqual(20_000)
    expect(rows.length).toBeGreaterThan(15_000)
    // All but those of unknown severity.
    expect(totals).toMatchObject({ open: 0.8 * COUNT, fixed: 0.4 * COUNT })
  })

  test('leave a log that people read, and ten annotations', () => {
    const lines = RENDERERS.table(image, facts).split('\n')
    expect(lines.length).toBeLessThan(100)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(250)
    const annotations = RENDERERS.annotations(image, facts)
    expect(annotations).toHaveLength(10)
    for (const { message } of annotations) expect(message.length).toBeLessThanOrEqual(1_000)
  })
})
