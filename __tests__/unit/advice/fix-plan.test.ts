import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type FixPlan, planFixes } from '../../../src/advice/fix-plan.ts'
import { parseFixed } from '../../../src/advice/fixed-versions.ts'
import { compareVersions } from '../../../src/advice/versions.ts'
import type { PlatformFinding } from '../../../src/report/model.ts'
import { SEVERITIES } from '../../../src/report/severity.ts'
import { onPlatforms } from '../../fixtures/findings.ts'
import { anOccurrence, aSecret, aVulnerability } from '../../fixtures/outcome.ts'

interface Brief {
  readonly id?: string
  readonly severity?: (typeof SEVERITIES)[number]
  readonly ecosystem?: string
  readonly package?: string
  /** `1.0.0 → 1.0.1, 2.0.0`; several occurrences are parted by `;`. */
  readonly versions?: string
}

/** A vulnerability of an npm package `left` from 1.0.0 to 1.0.1, unless told otherwise. */
function found({ versions = '1.0.0 → 1.0.1', ...brief }: Brief = {}): PlatformFinding {
  const occurrences = versions.split(/\s*;\s*/).map((pair, i) => {
    const [installed = '', fixed = ''] = pair.split(/\s*→\s*/)
    return anOccurrence({ installed, fixed, path: `srv/${i}/package.json` })
  })
  return onPlatforms(aVulnerability({ ecosystem: 'npm', package: 'left', ...brief, occurrences }))
}

/** The plan in words: `left 1.0.0 → 1.0.1: CVE-1 CVE-2`. */
function told({ steps, waiting }: FixPlan): string[] {
  const ids = (items: readonly PlatformFinding[]) => items.map(({ finding }) => finding.id).join(' ')
  return [
    ...steps.map(step =>
      step.kind === 'rebuild'
        ? `rebuild on ${step.base}: ${ids(step.fixes)}`
        : `${step.package} ${step.from.join(' and ')} → ${step.to}: ${ids(step.fixes)}`
    ),
    ...(waiting.length === 0 ? [] : [`waiting: ${ids(waiting)}`])
  ]
}

describe('raising a package', () => {
  test('goes to the least version that fixes all of its findings', () => {
    const plan = planFixes([
      found({ id: 'CVE-1', versions: '1.0.0 → 1.0.9' }),
      found({ id: 'CVE-2', versions: '1.0.0 → 1.0.10' }),
      found({ id: 'CVE-3', versions: '1.0.0 → 1.0.2' })
    ])
    expect(told(plan)).toEqual(['left 1.0.0 → 1.0.10: CVE-1 CVE-2 CVE-3'])
  })

  test.each([
    ['stays on the installed line', ['2.0.0 → 2.1.3, 3.1.0'], '2.1.3'],
    ['goes up when the installed line has no fix', ['2.5.0 → 2.1.3, 3.1.0'], '3.1.0'],
    ['takes a later version of the same line', ['2.0.0 → 2.1.3, 3.1.0', '2.0.0 → 2.2.0'], '2.2.0'],
    [
      'does not take the first version of a line that is fixed later',
      ['2.0.0 → 2.1.3, 3.1.0', '2.0.0 → 3.0.0'],
      '3.1.0'
    ],
    ['looks at every advisory again', ['1.0.0 → 1.1.0, 2.2.0', '1.0.0 → 2.1.0, 3.1.0', '1.0.0 → 3.0.0'], '3.1.0'],
    ['takes a listed version itself, not the release after it', ['1.0.0-a → 1.0.0-rc.1, 1.0.0'], '1.0.0-rc.1'],
    ['knows lines of minor versions', ['1.24.0 → 1.24.14, 1.25.9, 1.26.4', '1.24.0 → 1.25.10'], '1.25.10'],
    ['and that a new one starts unfixed', ['1.24.0 → 1.24.14, 1.25.9, 1.26.4', '1.24.0 → 1.26.0'], '1.26.4'],
    ['serves every installed version', ['1.0.0 → 1.0.1, 4.0.1; 4.0.0 → 1.0.1, 4.0.1'], '4.0.1']
  ])('%s', (_, versions, to) => {
    const plan = planFixes(versions.map((pair, i) => found({ id: `CVE-${i}`, versions: pair })))
    expect(plan.steps).toMatchObject([{ to }])
  })

  test('takes lower bounds from constraints, and of a narrowed one only the narrow bound', () => {
    const gem = (versions: string) => planFixes([found({ ecosystem: 'gem', versions })]).steps
    expect(gem('2.0.0 → >= 3.1.0, >= 2.1.3, < 3.0.0')).toMatchObject([{ to: '2.1.3' }])
    expect(gem('4.2.0 → ~> 4.2.5, >= 4.2.5.1, >= 5.0.0')).toMatchObject([{ to: '4.2.5.1' }])
    expect(gem('2.3.0 → ~> 2.3.8, >= 3.0.0')).toMatchObject([{ to: '2.3.8' }])
  })

  test('lists the installed versions that have a fix, each once, lowest first', () => {
    const plan = planFixes([
      found({ id: 'CVE-1', versions: '1.0.10 → 1.1.0; 1.0.9 → 1.1.0; 1.0.10 → 1.1.0' }),
      found({ id: 'CVE-2', versions: '1.0.2 → 1.1.0; 0.1.0' })
    ])
    expect(told(plan)).toEqual(['left 1.0.2 and 1.0.9 and 1.0.10 → 1.1.0: CVE-1 CVE-2'])
  })

  test.each([
    ['an ecosystem without a known order', { ecosystem: 'conan' }],
    ['versions without an order', { ecosystem: 'npm', versions: 'main → 1.x' }],
    ['an installed version without an order', { ecosystem: 'npm', versions: 'main → 1.0.1' }],
    ['a fix that is not above what is installed', { ecosystem: 'npm', versions: '3.0.0 → 1.0.1' }]
  ])('goes by what the advisories say for %s', (_, brief) => {
    const one = found({ id: 'CVE-1', ...brief })
    const same = found({ id: 'CVE-2', ...brief })
    const other = found({ id: 'CVE-3', ...brief, versions: 'main → 7.x, 8.x' })
    const said = one.finding.kind === 'vulnerability' ? one.finding.occurrences[0] : undefined
    expect(told(planFixes([one, same, other]))).toEqual([
      `left ${said?.installed} → ${said?.fixed}: CVE-1 CVE-2`,
      'left main → 7.x, 8.x: CVE-3'
    ])
  })
})

describe('the plan', () => {
  test('tells packages of one name in two ecosystems apart', () => {
    const plan = planFixes([found({ id: 'CVE-1' }), found({ id: 'CVE-1', ecosystem: 'pypi' })])
    expect(plan.steps.map(step => step.kind === 'raise' && step.ecosystem)).toEqual(['npm', 'pypi'])
  })

  test('puts first what removes most of the worst', () => {
    const plan = planFixes([
      ...['CVE-1', 'CVE-2', 'CVE-3'].map(id => found({ id, package: 'many-high', severity: 'high' })),
      found({ id: 'CVE-4', package: 'b-critical', severity: 'critical' }),
      found({ id: 'CVE-5', package: 'a-critical', severity: 'critical' }),
      found({ id: 'CVE-6', package: 'c-critical', severity: 'critical' }),
      found({ id: 'CVE-7', package: 'c-critical', severity: 'low' })
    ])
    expect(plan.steps.map(step => step.kind === 'raise' && step.package)).toEqual([
      'c-critical',
      'a-critical',
      'b-critical',
      'many-high'
    ])
  })

  test('does not raise what a rebuild mends, nor waits for it', () => {
    const findings = [
      found({ id: 'CVE-1', severity: 'critical' }),
      found({ id: 'CVE-2' }),
      found({ id: 'CVE-3', versions: '1.0.0' }),
      found({ id: 'CVE-4', versions: '1.0.0' })
    ]
    const fixes = [findings[1], findings[2]] as PlatformFinding[]
    expect(told(planFixes(findings, { base: 'debian:12', fixes }))).toEqual([
      'left 1.0.0 → 1.0.1: CVE-1',
      'rebuild on debian:12: CVE-2 CVE-3',
      'waiting: CVE-4'
    ])
  })

  test('has no step for a rebuild that mends nothing of the image', () => {
    expect(planFixes([found()], { base: 'debian:12', fixes: [] }).steps).toHaveLength(1)
    expect(planFixes([], { base: 'debian:12', fixes: [found()] })).toEqual({ steps: [], waiting: [] })
  })

  test('leaves secrets out', () => {
    const secret = onPlatforms(aSecret())
    expect(planFixes([secret], { base: 'debian:12', fixes: [secret] })).toEqual({ steps: [], waiting: [] })
  })
})

const version = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map(numbers => numbers.join('.'))
const listed = fc.array(version, { maxLength: 3 }).map(versions => versions.join(', '))
const brief = fc.record({
  ecosystem: fc.constantFrom('npm', 'pypi', 'maven', 'somewhere'),
  package: fc.constantFrom('a', 'b'),
  severity: fc.constantFrom(...SEVERITIES),
  versions: fc
    .array(fc.tuple(version, listed), { minLength: 1, maxLength: 3 })
    .map(pairs => pairs.map(([installed, fixed]) => `${installed} → ${fixed}`).join(';'))
})
const image = fc
  .array(brief, { maxLength: 12 })
  .map(briefs => briefs.map((one, i) => found({ ...one, id: `CVE-${i}` })))

test('every vulnerability is in exactly one place, and the fixable ones in a step', () => {
  fc.assert(
    fc.property(image, fc.nat(), (findings, seed) => {
      const fixes = findings.filter((_, i) => (seed >> i) % 4 === 1)
      const { steps, waiting } = planFixes(findings, { base: 'debian:12', fixes })
      const placed = [...steps.flatMap(step => step.fixes), ...waiting]
      expect(placed).toHaveLength(findings.length)
      expect(new Set(placed)).toEqual(new Set(findings))
      for (const item of waiting) {
        expect(item.finding).toMatchObject({ fixable: false })
        expect(fixes).not.toContain(item)
      }
    })
  )
})

test('a package is raised above everything installed, to a listed version that has each fix', () => {
  fc.assert(
    fc.property(image, findings => {
      for (const step of planFixes(findings).steps) {
        if (step.kind !== 'raise' || compareVersions(step.ecosystem, step.to, step.to) === undefined) continue
        const order = (version: string) => Math.sign(compareVersions(step.ecosystem, step.to, version) ?? NaN)
        const occurrences = step.fixes
          .flatMap(({ finding }) => (finding.kind === 'vulnerability' ? finding.occurrences : []))
          .filter(({ fixed }) => fixed !== '')
        // Where an advisory has no fix above what is installed, its own text stands.
        if (occurrences.some(({ installed, fixed }) => step.to === fixed && order(installed) <= 0)) continue
        expect(occurrences.flatMap(({ fixed }) => fixed.split(', '))).toContain(step.to)
        for (const { installed, fixed } of occurrences) {
          const listed = fixed.split(', ')
          const onLine = listed.filter(one => one.split('.')[0] === step.to.split('.')[0])
          expect(order(installed)).toBe(1)
          expect(listed.some(one => order(one) >= 0)).toBe(true)
          // A line of its own, with fixes that are all higher: the version is from before the fix.
          if (onLine.length > 0) expect(onLine.some(one => order(one) >= 0)).toBe(true)
        }
      }
    }),
    { numRuns: 500 }
  )
})

test('100,000 findings are planned within seconds', () => {
  const findings = Array.from({ length: 100_000 }, (_, i) =>
    found({
      id: `CVE-${i}`,
      ecosystem: ['debian', 'npm', 'maven', 'pypi'][i % 4] as string,
      package: `package-${i % 40}`,
      versions: `1.${i % 50}.0 → 1.${50 + (i % 1000)}.${i % 7}, 2.${i % 300}.1`
    })
  )
  const started = performance.now()
  expect(planFixes(findings).steps).toHaveLength(40)
  // Two seconds when nothing else runs; a quadratic plan takes minutes.
  expect(performance.now() - started).toBeLessThan(20_000)
})

test('an advisory full of white space is read at once, and what is no list of versions counts for nothing', () => {
  const gap = ' '.repeat(50_000)
  const started = performance.now()
  expect(parseFixed('npm', `${gap}>=${gap}1.0.1${gap}, 2.0.0`)).toEqual(['1.0.1', '2.0.0'])
  expect(parseFixed('npm', `1${gap}\nx${gap}\ny`)).toEqual([])
  expect(performance.now() - started).toBeLessThan(1_000)
})
