import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Baseline, ImageOutcome } from '../../../src/render/outcome.ts'
import { renderTable, TABLE_ROWS } from '../../../src/render/table.ts'
import type { PlatformFinding } from '../../../src/report/model.ts'
import { critical, onPlatforms, scanned } from '../../fixtures/findings.ts'
import {
  aFailedImage,
  anImage,
  anOccurrence,
  aPolicy,
  aSecret,
  aVulnerability,
  runFacts
} from '../../fixtures/outcome.ts'

const source = { file: 'Dockerfile', line: 6, base: false }

/** The rows of the table with their cells. */
function rowsOf(image: ImageOutcome, facts = runFacts()): string[][] {
  const lines = renderTable([image], facts).split('\n')
  const head = lines.findIndex(line => line.startsWith('  SEVERITY'))
  return lines.slice(head + 1, -1).map(line => line.trim().split(/ {2,}/))
}

function factOf(image: ImageOutcome, name: string): string | undefined {
  const line = renderTable([image], runFacts()).split('\n')
  return line.find(one => one.startsWith(`  ${name.padEnd(11)}  `))?.slice(15)
}

function compared(added: readonly PlatformFinding[], rest: Partial<Baseline> = {}): Baseline {
  return {
    state: 'compared',
    reference: 'ghcr.io/acme/app:main',
    digest: 'sha256:0',
    added,
    fixed: [],
    before: [],
    ...rest
  } as Baseline
}

describe('rows', () => {
  const old = critical({ id: 'CVE-2024-1', package: 'a' })
  const fresh = critical({ id: 'CVE-2024-2', package: 'b', knownExploited: true })
  const minor = aVulnerability({ id: 'CVE-2024-3', package: 'c' })
  const image = aFailedImage([old, fresh, minor], { baseline: compared([onPlatforms(fresh), onPlatforms(minor)]) })

  test('have what is new and fails first, then what fails, then what is new', () => {
    expect(rowsOf(image).map(([, state, id]) => [state, id])).toEqual([
      ['new, fails, exploited', 'CVE-2024-2'],
      ['fails', 'CVE-2024-1'],
      ['new', 'CVE-2024-3']
    ])
  })

  test('of old findings do not fail where only new ones count', () => {
    const rows = rowsOf({ ...image, gate: { scope: 'new', reasons: ['x'] } })
    expect(rows.map(([, state, id]) => [state, id]).slice(0, 2)).toEqual([
      ['new, fails, exploited', 'CVE-2024-2'],
      ['new', 'CVE-2024-3']
    ])
  })

  test('name the line of the repository where it is known, else the place in the image', () => {
    const line = critical({ package: 'a', occurrences: [anOccurrence({ path: 'usr/lib/x', source })] })
    const path = critical({ package: 'b', occurrences: [anOccurrence({ path: `srv/${'x/'.repeat(30)}end/p.json` })] })
    const secret = aSecret({ source: { ...source, line: 9 } })
    const places = rowsOf(aFailedImage([line, path, secret])).map(row => row.at(-1))
    expect(places[0]).toBe('Dockerfile:6')
    expect(places[1]).toMatch(/^….{18,}end\/p\.json$/)
    expect(places[2]).toBe('Dockerfile:9')
  })

  test('have no empty column, and platforms only where there are several', () => {
    const one = renderTable([anImage({ findings: [onPlatforms(minor)] })], runFacts())
    expect(one).toContain('SEVERITY  FINDING')
    const platforms = [scanned('linux/amd64'), scanned('linux/arm64')]
    const findings = [onPlatforms(minor, 'linux/arm64')]
    const [row] = rowsOf(anImage({ platforms, findings }))
    expect(row?.at(-1)).toBe('linux/arm64')
  })

  test('are as wide as a log usually is', () => {
    const occurrences = [anOccurrence({ installed: '1'.repeat(80), path: 'p'.repeat(200) })]
    const long = critical({ id: 'GHSA-xxxx-xxxx-xxxx', package: 'n'.repeat(200), occurrences })
    for (const row of renderTable([aFailedImage([long])], runFacts())
      .split('\n')
      .slice(7))
      expect(row.length).toBeLessThanOrEqual(140)
  })

  test('are counted where they are too many or not severe enough', () => {
    const findings = Array.from({ length: TABLE_ROWS + 7 }, (_, index) => critical({ id: `CVE-2024-${index}` }))
    const low = aVulnerability({ severity: 'low' })
    const text = renderTable([aFailedImage([...findings, low])], runFacts({ minSeverity: 'high' }))
    expect(text.match(/CVE-2024-/g)).toHaveLength(TABLE_ROWS)
    expect(text).toContain('  7 more in the job summary\n')
    expect(text).toContain('  1 below severity high not listed\n')
  })
})

describe('facts', () => {
  test('say what changed against the baseline, or why nobody knows', () => {
    const fresh = onPlatforms(critical())
    expect(
      factOf(aFailedImage([critical()], { baseline: compared([fresh], { before: [fresh, fresh] }) }), 'compared')
    ).toBe('with ghcr.io/acme/app:main: new 1 critical, fixed none, before 2')
    expect(factOf(anImage({ baseline: { state: 'none', reason: 'no tag main' } }), 'compared')).toBe(
      'with nothing: no tag main'
    )
    expect(factOf(anImage(), 'compared')).toBeUndefined()
  })

  test('say what to do: a rebuild, versions to raise, or to wait', () => {
    const base = onPlatforms(critical())
    const node = critical({
      id: 'CVE-2024-9',
      ecosystem: 'npm',
      package: 'lodash',
      occurrences: [anOccurrence({ installed: '4.17.20', fixed: '4.17.21' })]
    })
    const unfixed = critical({ id: 'CVE-2024-8', occurrences: [anOccurrence({ fixed: '' })] })
    const image = aFailedImage([base.finding, node, unfixed], {
      rebuild: { state: 'newer', base: 'debian:12', fixes: [base] }
    })
    expect(factOf(image, 'rebuild')).toBe("on today's debian:12 alone fixes 1 critical")
    expect(factOf(image, 'raise')).toBe('lodash 4.17.20 → 4.17.21 fixes 1 critical')
    expect(factOf(image, 'wait')).toBe('no fix yet for 1 critical')
  })

  test.each([
    [{ state: 'current', base: 'debian:12' }, "would change nothing: debian:12 is today's already"],
    [{ state: 'newer', base: 'debian:12', fixes: [] }, "on today's debian:12 fixes nothing"],
    [
      { state: 'newer', base: 'debian:12', pinned: true, fixes: [] },
      "with today's digest of debian:12 in FROM fixes nothing"
    ],
    [{ state: 'unknown', reason: 'the registry said 429' }, 'not known what it would change: the registry said 429']
  ] as const)('a rebuild that is %j', (rebuild, said) => expect(factOf(anImage({ rebuild }), 'rebuild')).toBe(said))

  test('count what fails by the scope of the gate', () => {
    const image = aFailedImage([critical()], { baseline: compared([]), gate: { scope: 'new', reasons: [] } })
    expect(factOf(image, 'findings')).toContain('failing the gate: none')
    expect(renderTable([image], runFacts({ policy: aPolicy() }))).toContain('fails on new fixable vulnerabilities')
  })
})

test('no line is a workflow command or has an invisible character, whatever the image says', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\n::error::x', '##[error]x', '\u001B[31m', '\r::set-env name=a::b', `${'#'.repeat(60)}[x`)
  )
  fc.assert(
    fc.property(text, said => {
      const occurrences = [anOccurrence({ path: said, installed: said, fixed: said })]
      const finding = critical({ id: said, package: said, ecosystem: said, occurrences })
      const image = aFailedImage([finding, aSecret({ path: `${'a/'.repeat(20)}${said}` })], {
        baseline: compared([onPlatforms(finding)], { reference: said }),
        rebuild: { state: 'newer', base: said, fixes: [onPlatforms(finding)] },
        platforms: [scanned('linux/amd64', { os: { family: said, version: said, endOfLife: false } })]
      })
      for (const line of renderTable([image], runFacts()).split('\n')) {
        expect(line).not.toMatch(/^\s*::|##\[|[\p{Cc}\p{Cf}\p{Cs}]/u)
        expect(line).toMatch(/^(?:image {8}| {2}\S|$)/)
      }
    })
  )
})
