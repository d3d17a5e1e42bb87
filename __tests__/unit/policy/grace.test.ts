import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { failsGate } from '../../../src/policy/evaluate.ts'
import { daysOfGrace } from '../../../src/policy/grace.ts'
import type { Policy } from '../../../src/policy/policy.ts'
import { critical } from '../../fixtures/findings.ts'
import { anOccurrence, aPolicy, aSecret } from '../../fixtures/outcome.ts'

const week = (overrides: Partial<Policy> = {}) => aPolicy({ graceDays: { critical: 7 }, ...overrides })

describe('of what was published', () => {
  test.each([
    ['2026-11-01T00:00:00Z', '2026-11-01', 7],
    ['2026-11-01T23:59:59.999Z', '2026-11-01', 7],
    ['2026-11-01T12:00:00Z', '2026-11-02', 6],
    ['2026-11-01T00:00:00Z', '2026-11-07', 1],
    ['2026-11-01T23:59:59Z', '2026-11-07', 1],
    ['2026-11-01T00:00:00Z', '2026-11-08', undefined],
    ['2026-11-01T23:59:59Z', '2026-11-08', undefined],
    ['2026-11-01T12:00:00Z', '2027-01-01', undefined],
    // Days are those of UTC.
    ['2026-11-01T01:00:00+02:00', '2026-11-07', undefined],
    ['2026-10-31T23:00:00-02:00', '2026-11-07', 1],
    // Over the end of February, and where clocks change.
    ['2028-02-27T10:00:00Z', '2028-03-01', 4],
    ['2026-10-24T10:00:00Z', '2026-10-30', 1],
    // Unknown, and what nobody can have published yet.
    ['', '2026-11-01', undefined],
    ['0001-01-01T00:00:00Z', '2026-11-01', undefined],
    ['2026', '2026-01-01', undefined],
    ['2026-11-01', '2026-11-01', undefined],
    ['2026-13-45T00:00:00Z', '2026-11-01', undefined],
    ['2026-11-02T00:00:00Z', '2026-11-01', undefined],
    ['2999-01-01T00:00:00Z', '2026-11-01', undefined]
  ])('%s, a grace of 7 days leaves on %s: %s', (published, today, left) => {
    const finding = critical({ published })
    expect(daysOfGrace(finding, week(), today)).toBe(left)
    expect(failsGate(finding, week(), today)).toBe(left === undefined)
  })
})

describe('there is none', () => {
  const today = '2026-11-02'
  const fresh = critical({ published: '2026-11-01T00:00:00Z' })

  test.each<[string, Partial<Policy>, ReturnType<typeof critical>]>([
    ['for a severity that has none', {}, { ...fresh, severity: 'high' }],
    ['of no days', { graceDays: { critical: 0 } }, fresh],
    ['for what would not fail anyway', { failOn: 'none' }, fresh],
    ['for what has no fix', {}, critical({ ...fresh, occurrences: [anOccurrence({ fixed: '' })], fixable: false })],
    ['for what is known to be exploited', { failOnKnownExploited: true }, { ...fresh, knownExploited: true }]
  ])('%s', (_, policy, finding) => {
    expect(daysOfGrace(finding, week(policy), today)).toBeUndefined()
  })

  test('for a secret', () => expect(daysOfGrace(aSecret(), week(), today)).toBeUndefined())

  test('but there is where nobody asked about exploitation', () => {
    expect(daysOfGrace({ ...fresh, knownExploited: true }, week(), today)).toBe(6)
  })
})

test('from one day to the next one day less is left, until it fails for ever', () => {
  const day = fc.integer({ min: 0, max: 400 })
  fc.assert(
    fc.property(day, fc.nat(100), fc.integer({ min: 0, max: 86_399 }), (offset, days, second) => {
      const published = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
      const finding = critical({ published })
      const policy = aPolicy({ graceDays: { critical: days } })
      const on = (n: number) =>
        daysOfGrace(finding, policy, new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10))
      expect(on(offset) ?? 0).toBe(Math.max(0, days - offset))
    })
  )
})
