import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { renderAnnotations } from '../../../src/render/annotations.ts'
import { categoryOf } from '../../../src/render/category.ts'
import type { ImageOutcome, RunFacts } from '../../../src/render/outcome.ts'
import { RESULTS_LIMIT, renderOutputs } from '../../../src/render/outputs.ts'
import { renderTable, TABLE_ROWS } from '../../../src/render/table.ts'
import { ageInWords, headlineOf, policyInWords } from '../../../src/render/words.ts'
import {
  aFailedImage,
  anImage,
  anOccurrence,
  aPolicy,
  aReport,
  aScan,
  aSecret,
  aVulnerability,
  runFacts
} from '../../fixtures/outcome.ts'

const CRITICAL = Array.from({ length: 300 }, (_, index) =>
  aVulnerability({ id: `CVE-2024-${index}`, severity: 'critical' })
)

describe('the headline', () => {
  const failed = aFailedImage([aVulnerability({ severity: 'critical' })])
  const nothing = anImage({
    platforms: [aScan({ result: { complete: true, report: { packages: {}, findings: [] } } })]
  })
  const rows: [string, ImageOutcome, Partial<RunFacts>, string, string][] = [
    ['clean and signed', anImage(), {}, '✅', 'passed; signed and verified'],
    [
      'an earlier signature',
      anImage({ signing: { state: 'already-signed', verified: true, formats: [] } }),
      {},
      '✅',
      'passed; already signed and verified'
    ],
    [
      'signed before the merge',
      anImage({ signing: { state: 'skipped', reason: 'r', later: true } }),
      {},
      '✅',
      'passed; will be signed after the merge'
    ],
    [
      'failed before the merge',
      { ...failed, signing: { state: 'skipped', reason: 'r', later: true } },
      {},
      '❌',
      'failed: 1 critical vulnerability with a fix; not signed'
    ],
    [
      'a warning',
      failed,
      { onFail: 'warn' },
      '⚠️',
      'failed, as a warning only: 1 critical vulnerability with a fix; not signed'
    ],
    [
      'incomplete is red, also as a warning',
      anImage({ verdict: { result: 'incomplete', reasons: ['x'] } }),
      { onFail: 'warn' },
      '❌',
      'incomplete: x; signed and verified'
    ],
    [
      'nothing recognised is never clean',
      nothing,
      {},
      '⚠️',
      'passed, but nothing was recognised in the image; signed and verified'
    ],
    [
      'not verified',
      anImage({ signing: { state: 'signed', verified: false, formats: [] } }),
      {},
      '❌',
      'passed; signed, not verified'
    ],
    [
      'signing failed',
      anImage({ signing: { state: 'failed', reason: 'r', done: [] } }),
      {},
      '❌',
      'passed; signing failed'
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
      { level: 'notice', title: 'imgguard', message: 'passed; signed and verified' }
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
