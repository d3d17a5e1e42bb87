import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { markdownToHtml } from '../../../scripts/render-html.ts'
import { COMMENT_LIMIT, MARKER_ROOM, renderComment } from '../../../src/render/comment.ts'
import { renderIssue } from '../../../src/render/issue.ts'
import type { ImageOutcome, RunFacts } from '../../../src/render/outcome.ts'
import { renderSummary, SUMMARY_LIMIT } from '../../../src/render/summary.ts'
import type { Finding } from '../../../src/report/model.ts'
import { SEVERITIES } from '../../../src/report/severity.ts'
import {
  aFailedImage,
  anAcceptedRisk,
  anImage,
  anOccurrence,
  aReport,
  aScan,
  aSecret,
  aVulnerability,
  runFacts
} from '../../fixtures/outcome.ts'

/** Findings of all severities, the most severe first, as reports list them. */
function manyFindings(count: number, name = ''): Finding[] {
  return SEVERITIES.flatMap(severity =>
    Array.from({ length: count / SEVERITIES.length }, (_, index) =>
      aVulnerability({
        id: `CVE-2024-${name && `${name}-`}${severity}-${index}`,
        severity,
        package: `package-${index}`
      })
    )
  )
}

/** What must hold of any document, whatever is in it. */
async function expectWellFormed(markdown: string): Promise<void> {
  const html = (await markdownToHtml(markdown)).replaceAll(/<pre>[\s\S]*?<\/pre>/g, '')
  expect(html.match(/<details>/g)?.length).toBe(html.match(/<\/details>/g)?.length)
  expect(html).not.toMatch(/^\s*\|/m)
  expect(html).not.toMatch(/<img|<input/)
  const hosts = [...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => new URL(url ?? '').host)
  expect(hosts.filter(host => !['github.com', 'avd.aquasec.com', 'nvd.nist.gov'].includes(host))).toEqual([])
  for (const [table] of html.matchAll(/<table>[\s\S]*?<\/table>/g)) {
    const widths = [...table.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) => row?.match(/<t[hd]/g)?.length)
    expect(new Set(widths).size).toBe(1)
  }
}

describe('100,000 findings', () => {
  const images = [aFailedImage(manyFindings(100_000))]

  test('leave a comment with verdict, counts, the worst findings, and links, below the limit', async () => {
    const comment = renderComment(images, runFacts())
    expect(comment.length).toBeLessThanOrEqual(COMMENT_LIMIT - MARKER_ROOM)
    expect(comment.length).toBeGreaterThan(COMMENT_LIMIT * 0.9)
    expect(comment).toContain('### ❌ imgguard: 20000 fixable critical vulnerabilities, not signed')
    expect(comment).toContain('| **Total in image** | 20000 | 20000 | 20000 | 20000 | 20000 |')
    expect(comment).toContain('CVE-2024-critical-0')
    expect(comment).toMatch(/\d+ more in the \[job summary\]/)
    expect(comment).toContain('60000 more in the [job summary]')
    expect(comment).toContain('[Job summary]')
    await expectWellFormed(comment)
  }, 30_000)

  test('leave a summary below the limit in bytes', () => {
    const summary = renderSummary(images, runFacts())
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(SUMMARY_LIMIT)
    expect(Buffer.byteLength(summary)).toBeGreaterThan(SUMMARY_LIMIT * 0.9)
    expect(summary).toContain('do not fit into this summary')
  })
})

/** As many findings of each kind and severity as asked for, in every section that there is. */
function sizedRun(sizes: readonly number[]): { images: ImageOutcome[]; run: RunFacts } {
  const [fresh = 0, old = 0, fixed = 0, accepted = 0, unmatched = 0, images = 1] = sizes
  const findings = (count: number, name: string) => manyFindings(count, name)
  const on = (all: readonly Finding[]) => all.map(finding => ({ finding, platforms: ['linux/amd64'] }))
  const risk = anAcceptedRisk({ byPullRequest: true })
  const added = findings(fresh, 'new')
  const image = aFailedImage([...added, ...findings(old, 'old')], {
    gate: { scope: 'new', reasons: ['x (fail-on: critical)'] },
    suppressed: on(findings(accepted, 'accepted')).map(found => ({ ...found, by: { ...risk, id: found.finding.id } })),
    baseline: {
      state: 'compared',
      reference: 'ghcr.io/acme/app:main',
      digest: 'd',
      before: [],
      added: on(added),
      fixed: on(findings(fixed, 'fixed'))
    }
  })
  const stale = findings(unmatched, 'stale').map(({ id }) => anAcceptedRisk({ id }))
  return {
    images: Array.from({ length: images }, (_, index) => ({ ...image, name: `ghcr.io/acme/app-${index}` })),
    run: runFacts({ accepted: stale })
  }
}

test('of whatever size, the comment has its verdict, its counts and its links, and keeps to its limit', async () => {
  const size = fc.constantFrom(0, 5, 50, 300, 1500)
  await fc.assert(
    fc.asyncProperty(fc.tuple(size, size, size, size, size, fc.constantFrom(1, 1, 3)), async sizes => {
      const { images, run } = sizedRun(sizes)
      const comment = renderComment(images, run)
      expect(comment.length).toBeLessThanOrEqual(COMMENT_LIMIT - MARKER_ROOM)
      expect(comment).toMatch(/^### ❌ imgguard: /)
      expect(comment.match(/^\| \*\*New in this PR\*\* \|/gm)).toHaveLength(images.length)
      expect(comment).toMatch(/\[Job summary\]\(<.*\[Code scanning alerts\]\(<.*>\)\n\n<sub>.*<\/sub>\n$/)
      await expectWellFormed(comment)
    }),
    { numRuns: 12 }
  )
}, 120_000)

test('what matters least goes first: accepted risks, what was there before, then what is new and not severe', () => {
  const { images, run } = sizedRun([500, 500, 500, 500, 500])
  const comment = renderComment(images, run)
  expect(comment).toContain('CVE-2024-new-critical-0')
  expect(comment).toContain('CVE-2024-new-critical-99')
  expect(comment).not.toMatch(/CVE-2024-stale|CVE-2024-old/)
  expect(comment).toMatch(/\d+ more in the \[job summary\]/)
})

test('500 images get a row each as far as they fit', async () => {
  const images = Array.from({ length: 500 }, (_, index) =>
    anImage({ name: `ghcr.io/acme/a-rather-long-name-${index}` })
  )
  const comment = renderComment(images, runFacts())
  expect(comment.length).toBeLessThanOrEqual(COMMENT_LIMIT - MARKER_ROOM)
  expect(comment).toContain('### ✅ imgguard: 500 images: 500 passed')
  expect(comment).toContain('a-rather-long-name-0`')
  expect(renderSummary(images, runFacts())).toContain('a-rather-long-name-499`')
  await expectWellFormed(comment)
})

test('whatever the image says, the documents stay well-formed and within their limits', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 2000 }),
    fc.constantFrom(
      '</details>',
      '|\n|',
      '```\n',
      '<!--',
      '[x](https://evil.example)',
      '![x](https://evil.example)',
      '@octocat',
      '- [ ] x'
    )
  )
  await fc.assert(
    fc.asyncProperty(text, text, text, async (one, two, three) => {
      const { images, run } = hostileRun(one, two, three)
      const documents = [renderComment(images, run), renderSummary(images, run), renderIssue(images, run).body]
      for (const markdown of documents) await expectWellFormed(markdown)
      expect(renderComment(images, run).length).toBeLessThanOrEqual(COMMENT_LIMIT - MARKER_ROOM)
    }),
    { numRuns: 60 }
  )
}, 60_000)

function hostileRun(one: string, two: string, three: string): { images: ImageOutcome[]; run: RunFacts } {
  const vulnerability = aVulnerability({
    id: one,
    package: two,
    ecosystem: three,
    title: one,
    severity: 'critical',
    url: `https://nvd.nist.gov/${two}`,
    knownExploited: true,
    occurrences: [
      anOccurrence({ path: one, installed: two, fixed: three }),
      anOccurrence({ path: two, installed: two, fixed: three, source: { file: three, line: 1, base: true, from: one } })
    ]
  })
  const risk = anAcceptedRisk({ reason: one, source: two, id: three, expires: one, byPullRequest: true })
  const alert = { image: one, platform: two, ecosystem: one, package: two, url: `https://github.com/${three}` }
  const found = [{ finding: { ...vulnerability, severity: 'high' as const }, platforms: [two] }]
  const os = { family: one, version: two, endOfLife: true }
  const remark = { id: one, severity: 'high', title: two, subject: three, advice: one, url: two } as const
  const remarks = [
    { ...remark, kind: 'misconfiguration' as const },
    { ...remark, kind: 'license' as const }
  ]
  const image = aFailedImage([vulnerability, aSecret({ id: two, title: three, path: one })], {
    verdict: { result: 'incomplete', reasons: [one, two, three] },
    gate: { scope: 'all', reasons: [one, two, three] },
    platforms: [
      aScan({ result: { complete: true, report: aReport({ os, packages: { [three]: 1 }, remarks }) } }),
      aScan({ platform: two, result: { complete: false, reason: three } })
    ],
    suppressed: [
      { finding: { ...vulnerability, severity: 'low' }, by: risk, platforms: [two] },
      { finding: aSecret({ path: three }), by: { ...risk, id: one, alert }, platforms: [one] },
      { finding: vulnerability, by: { ...risk, id: two, vex: true }, platforms: [two] }
    ],
    baseline: { state: 'compared', reference: one, digest: two, before: found, added: found, fixed: found },
    rebuild: { state: 'newer', base: one, fixes: [] },
    signing: { state: 'failed', reason: one, remedy: two, done: [three] },
    verifyCommand: three
  })
  const run = runFacts({
    accepted: [risk, anAcceptedRisk({ id: one, reason: three }), anAcceptedRisk({ id: two, reason: one, vex: true })],
    leftOut: [one],
    skipped: [{ what: one, reason: two, remedy: three }]
  })
  const other = anImage({
    name: 'ghcr.io/acme/b',
    baseline: { state: 'none', reason: one },
    rebuild: { state: 'unknown', reason: two }
  })
  const failed = aFailedImage([vulnerability], {
    name: 'ghcr.io/acme/c',
    verdict: { result: 'fail', reasons: [one, two] },
    gate: { scope: 'new', reasons: [two, three] },
    baseline: { state: 'compared', reference: one, digest: two, before: [], added: found, fixed: [] }
  })
  return { images: [image, other, failed], run }
}

test('images of one name are told apart by their digests', () => {
  const other = `sha256:${'c'.repeat(64)}`
  const heading = /^#### .*$/gm
  const two = renderComment([anImage(), anImage({ digest: other })], runFacts()).match(heading)
  expect(two?.[0]).toContain('`sha256:1a2b3c4d5e6f`')
  expect(two?.[1]).toContain('`sha256:cccccccccccc`')
  const different = renderComment([anImage(), anImage({ name: 'ghcr.io/acme/worker' })], runFacts()).match(heading)
  expect(different?.join()).not.toContain('sha256')
})
