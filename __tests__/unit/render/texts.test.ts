import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { renderAnnotations } from '../../../src/render/annotations.ts'
import { categoryOf } from '../../../src/render/category.ts'
import { headlineOf } from '../../../src/render/headline.ts'
import type { ImageOutcome, RunFacts, Signing } from '../../../src/render/outcome.ts'
import { RESULTS_LIMIT, renderOutputs } from '../../../src/render/outputs.ts'
import { renderTable, TABLE_ROWS } from '../../../src/render/table.ts'
import { ageInWords, policyInWords, shortPath } from '../../../src/render/words.ts'
import type { Finding } from '../../../src/report/model.ts'
import {
  aFailedImage,
  anImage,
  anOccurrence,
  aPolicy,
  aReport,
  aScan,
  aSecret,
  aVulnerability,
  imageFindings,
  runFacts
} from '../../fixtures/outcome.ts'

const CRITICAL = Array.from({ length: 300 }, (_, index) =>
  aVulnerability({ id: `CVE-2024-${index}`, severity: 'critical' })
)

const critical = aVulnerability({ id: 'CVE-2024-1', severity: 'critical' })
const high = aVulnerability({ id: 'CVE-2024-2', severity: 'high' })
const exploited = aVulnerability({ id: 'CVE-2024-3', severity: 'critical', knownExploited: true })
const fresh = aVulnerability({ id: 'CVE-2026-1', severity: 'critical', published: '2026-11-16T08:00:00Z' })
const on = (...findings: Finding[]) => findings.map(finding => ({ finding, platforms: ['linux/amd64'] }))
const later: Signing = { state: 'skipped', reason: 'r', later: true }

/** An image as compared with a baseline, of which `added` is new and nothing else fails the step. */
function compared(
  findings: readonly Finding[],
  added: readonly Finding[],
  fixed: readonly Finding[] = []
): ImageOutcome {
  const isFailing = (all: readonly Finding[]) => all.some(({ severity }) => severity === 'critical')
  return anImage({
    ...imageFindings(findings),
    verdict: isFailing(findings)
      ? { result: 'fail', reasons: ['x (fail-on: critical)'] }
      : { result: 'pass', reasons: [] },
    gate: { scope: 'new', reasons: isFailing(added) ? ['x (fail-on: critical)'] : [] },
    baseline: { state: 'compared', reference: 'r', digest: 'd', before: [], added: on(...added), fixed: on(...fixed) },
    signing: later
  })
}

describe('the headline', () => {
  const failed = aFailedImage([critical])
  const nothing = anImage({
    platforms: [aScan({ result: { complete: true, report: { packages: {}, findings: [] } } })]
  })
  const old = aScan({
    result: { complete: true, report: aReport({ os: { family: 'debian', version: '10', endOfLife: true } }) }
  })
  const eolGate = ['debian 10 is out of support (fail-on-eol)']
  const rows: [string, ImageOutcome, Partial<RunFacts>, string, string][] = [
    ['clean and signed', anImage(), {}, '✅', 'no findings, signed and verified'],
    [
      'an earlier signature',
      anImage({ signing: { state: 'already-signed', verified: true, formats: [] } }),
      {},
      '✅',
      'no findings, already signed and verified'
    ],
    ['signed before the merge', anImage({ signing: later }), {}, '✅', 'no findings, will be signed after the merge'],
    [
      'findings that do not fail',
      anImage(imageFindings([high, critical])),
      { policy: aPolicy({ failOn: 'none' }) },
      '✅',
      '2 findings, none of which fails the gate, signed and verified'
    ],
    [
      'failed before the merge',
      { ...failed, signing: later },
      {},
      '❌',
      '1 fixable critical vulnerability, not signed'
    ],
    [
      'of several kinds',
      aFailedImage([critical, high, aSecret()]),
      { policy: aPolicy({ failOn: 'high', ignoreUnfixed: false }) },
      '❌',
      '2 vulnerabilities (1 critical and 1 high) and 1 critical secret, not signed'
    ],
    [
      'known to be exploited',
      aFailedImage([exploited, critical]),
      {},
      '❌',
      '2 fixable critical vulnerabilities (1 known to be exploited), not signed'
    ],
    [
      'what concerns the whole image',
      aFailedImage([critical], {
        platforms: [old],
        verdict: { result: 'fail', reasons: ['c (fail-on: critical)', ...eolGate] }
      }),
      { policy: aPolicy({ failOnEol: true }) },
      '❌',
      '1 fixable critical vulnerability and debian 10 is out of support, not signed'
    ],
    ['a warning', failed, { onFail: 'warn' }, '⚠️', 'would fail: 1 fixable critical vulnerability, not signed'],
    [
      'incomplete is red, also as a warning',
      anImage({ verdict: { result: 'incomplete', reasons: ['x'] } }),
      { onFail: 'warn' },
      '❌',
      'scan incomplete: x; signed and verified'
    ],
    ['nothing recognised is never clean', nothing, {}, '⚠️', 'nothing was recognised in the image, signed and verified'],
    [
      'out of support',
      anImage({ platforms: [old] }),
      {},
      '⚠️',
      'debian 10 is out of support; no findings, signed and verified'
    ],
    [
      'not verified',
      anImage({ signing: { state: 'signed', verified: false, formats: [] } }),
      {},
      '❌',
      'signed, not verified; no findings'
    ],
    [
      'signing failed',
      anImage({ signing: { state: 'failed', reason: 'r', done: [] } }),
      {},
      '❌',
      'signing failed; no findings'
    ],
    [
      'signing failed of an image that fails, too',
      { ...aFailedImage([critical]), signing: { state: 'failed', reason: 'r', done: [] } },
      {},
      '❌',
      'signing failed; 1 fixable critical vulnerability'
    ],
    [
      'signing failed of an image that failed before',
      { ...compared([critical], []), signing: { state: 'failed', reason: 'r', done: [] } },
      {},
      '❌',
      'signing failed; no new findings; 1 fixable critical vulnerability was there before'
    ],
    ['new ones', compared([critical, high], [critical]), {}, '❌', '1 new fixable critical vulnerability, not signed'],
    [
      'old ones only',
      compared([critical, exploited], []),
      {},
      '⚠️',
      'no new findings; 2 fixable critical vulnerabilities (1 known to be exploited) were there before: not signed'
    ],
    [
      'old ones that fail and new ones that do not',
      compared([critical, high], [high]),
      {},
      '⚠️',
      '1 new finding, which does not fail the gate; 1 fixable critical vulnerability was there before: not signed'
    ],
    [
      'fixed ones',
      compared([high], [], [critical]),
      {},
      '✅',
      'no new findings, 1 fixed, will be signed after the merge'
    ],
    [
      'in grace',
      anImage({ ...imageFindings([fresh, { ...fresh, id: 'CVE-2026-2' }]), signing: later }),
      { policy: aPolicy({ graceDays: { critical: 7 } }) },
      '✅',
      '2 findings, none of which fails the gate, 2 due, the first in 3 days, will be signed after the merge'
    ]
  ]
  test.each(rows)('%s', (_, image, facts, icon, text) =>
    expect(headlineOf(image, runFacts(facts))).toMatchObject({ icon, text })
  )
})

test('the policy in words', () => {
  expect(
    policyInWords(aPolicy({ failOn: 'high', ignoreUnfixed: false, failOnSecret: 'none', failOnEol: true }), 'error')
  ).toBe('fails on vulnerabilities (high or worse) and an operating system out of support')
  expect(policyInWords(aPolicy({ failOn: 'none', failOnSecret: 'none' }), 'error')).toBe(
    'nothing fails; findings are only shown'
  )
  expect(policyInWords(aPolicy(), 'warn')).toBe('warns of fixable vulnerabilities (critical) and secrets (critical)')
  expect(
    policyInWords(
      aPolicy({ failOn: 'high', failOnKnownExploited: true, graceDays: { critical: 7, high: 30 } }),
      'error',
      'new'
    )
  ).toBe(
    'fails on new fixable vulnerabilities (high or worse, or known to be exploited) and new secrets (critical); grace after publication: 7 days for critical and 30 days for high'
  )
  expect(policyInWords(aPolicy({ failOn: 'none', failOnKnownExploited: true }), 'error')).toBe(
    'fails on fixable vulnerabilities (known to be exploited) and secrets (critical)'
  )
})

describe('a path that is too long', () => {
  test.each([
    ['srv/app/.env', 'srv/app/.env'],
    ['srv/app/node_modules/lodash/package.json', 'srv/…/lodash'],
    ['srv/app/lib/deep/down/in/the/tree/a.jar', 'srv/…/in/the/tree/a.jar'],
    ['one-name-that-is-longer-than-all', 'one-name-that-is-longer-than-all'],
    ['first/one-name-that-is-longer-than-all', 'first/one-name-that-is-longer-than-all']
  ])('%s: %s', (path, short) => expect(shortPath(path, 24)).toBe(short))

  test('keeps its ends, and is shorter where it is shortened', () => {
    const path = fc
      .array(fc.stringMatching(/^[a-z.]{1,12}$/), { minLength: 1, maxLength: 9 })
      .map(names => names.join('/'))
    fc.assert(
      fc.property(path, whole => {
        const short = shortPath(whole, 24)
        expect(short.split('/')[0]).toBe(whole.split('/')[0])
        if (short !== whole) expect(short.length).toBeLessThan(whole.length + 1)
        if (short === whole && whole.split('/').length > 2) expect(whole.length).toBeLessThanOrEqual(24)
      })
    )
  })
})

test.each([
  ['2026-11-20T09:29:00Z', 'less than an hour old'],
  ['2026-11-20T08:30:00Z', '1 hour old'],
  ['2026-11-15T08:30:00Z', '5 days old'],
  ['yesterday', 'of unknown age']
])('a database of %s is %s', (date, words) => expect(ageInWords(date, new Date('2026-11-20T09:30:00Z'))).toBe(words))

describe('annotations', () => {
  test('are the verdict and nine findings, the most severe of all images', () => {
    const images = [
      aFailedImage(CRITICAL.slice(0, 20).map(one => ({ ...one, severity: 'high' as const }))),
      aFailedImage(CRITICAL.slice(0, 3))
    ]
    const annotations = renderAnnotations(images, runFacts({ policy: aPolicy({ failOn: 'high' }) }))
    expect(annotations).toHaveLength(10)
    expect(annotations[0]?.message).toContain('2 images: 2 failed')
    expect(annotations.slice(1, 4).every(({ title }) => title.startsWith('critical'))).toBe(true)
    expect(annotations.every(({ level }) => level === 'error')).toBe(true)
  })

  test('are warnings with on-fail: warn, and one notice for a clean image', () => {
    expect(
      renderAnnotations([aFailedImage(CRITICAL.slice(0, 1))], runFacts({ onFail: 'warn' })).map(({ level }) => level)
    ).toEqual(['warning', 'warning'])
    expect(renderAnnotations([anImage()], runFacts())).toEqual([
      { level: 'notice', title: 'imgguard', message: 'no findings, signed and verified' }
    ])
  })
})

describe('the log', () => {
  test('shows the first rows and counts the rest', () => {
    const lines = renderTable([aFailedImage(CRITICAL)], runFacts()).split('\n')
    expect(lines.filter(line => line.includes('CVE-2024-'))).toHaveLength(TABLE_ROWS)
    expect(lines).toContain('  250 more in the job summary')
  })

  test('has no workflow command and no invisible character, whatever the image says', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n::error::x', '##[error]x', '\u001B[31m', '\r::set-env name=a::b')
    )
    fc.assert(
      fc.property(text, said => {
        const finding = aVulnerability({
          id: said,
          package: said,
          occurrences: [anOccurrence({ path: said, installed: said })]
        })
        const os = { family: said, version: said, endOfLife: false }
        const image = aFailedImage([finding, aSecret({ path: said })], {
          platforms: [aScan({ result: { complete: true, report: aReport({ os }) } })]
        })
        for (const line of renderTable([image], runFacts()).split('\n')) {
          expect(line).not.toMatch(/^\s*::|##\[|[\p{Cc}\p{Cf}\p{Cs}]/u)
          expect(line).toMatch(/^(?:image {8}| {2}\S|$)/)
        }
      })
    )
  })
})

describe('outputs', () => {
  test('counts are sums, everything else the first image has', () => {
    const { verifyCommand: _, digest: __, ...file } = anImage({ name: 'file' })
    const outputs = renderOutputs(
      [anImage(), aFailedImage(CRITICAL.slice(0, 2)), aFailedImage([aSecret()]), file],
      runFacts(),
      { sarifId: '42' }
    )
    expect(outputs).toMatchObject({
      verdict: 'pass',
      signed: 'true',
      verified: 'true',
      critical: '3',
      fixable: '2',
      high: '0',
      'sarif-id': '42'
    })
    expect(outputs['image']).toBe(`ghcr.io/acme/app@${anImage().digest}`)
    const results = JSON.parse(outputs['results'] ?? '') as { verdict: string; image: string }[]
    expect(results.map(({ verdict }) => verdict)).toEqual(['pass', 'fail', 'fail', 'pass'])
    expect(results[3]?.image).toBe('')
  })

  test('results stay JSON within the limit', () => {
    const images = Array.from({ length: 300 }, (_, index) => aFailedImage(CRITICAL, { name: `ghcr.io/acme/${index}` }))
    const results = renderOutputs(images, runFacts(), {})['results'] ?? ''
    expect(Buffer.byteLength(results)).toBeLessThanOrEqual(RESULTS_LIMIT)
    expect(JSON.parse(results)).toHaveLength(300)
  })
})

describe('the category', () => {
  test.each([
    [
      { workflowFile: '.github/workflows/release.yml', job: 'image' },
      'imgguard/release.yml/image/ghcr.io/acme/app/linux-arm64-v8/'
    ],
    [{ workflowFile: 'a b.yaml', job: '' }, 'imgguard/a-b.yaml/-/ghcr.io/acme/app/linux-arm64-v8/'],
    [{ category: 'trivy/prod/' }, 'trivy/prod/ghcr.io/acme/app/linux-arm64-v8/']
  ])('of %j', (base, category) => expect(categoryOf(base, 'ghcr.io/acme/app', 'linux/arm64/v8')).toBe(category))

  test('always ends in one slash and has nothing that must be encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (category, name, platform) => {
        expect(categoryOf({ category }, name, platform)).toMatch(/^([A-Za-z0-9._-]+\/){3,}$/)
      })
    )
  })
})
