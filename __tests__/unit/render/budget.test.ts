import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { bytes, characters, fitTo, neverRising, type Part, type Rows } from '../../../src/render/budget.ts'

const ranks = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 20, maxLength: 20 })
const rows = fc
  .record({
    rank: fc.oneof(fc.integer({ min: 1, max: 4 }), ranks.map(neverRising)),
    rows: fc.array(fc.string({ maxLength: 30 }), { maxLength: 20 }),
    omitted: fc.constantFrom(0, 7)
  })
  .map(
    ({ rank, rows, omitted }): Rows => ({
      rank,
      omitted,
      before: '<before>\n',
      rows: rows.map(row => `row ${row.replaceAll(/[<\n]/g, '')} é✅\n`),
      after: '<after>\n',
      more: dropped => `<${dropped} more>\n`
    })
  )
const document = fc.array(fc.oneof(rows, fc.constant('fixed\n')), { maxLength: 8 })

function isRows(part: Part): part is Rows {
  return typeof part !== 'string'
}

describe.each([
  ['characters', characters],
  ['bytes', bytes]
])('a budget in %s', (_, size) => {
  test('is kept whenever that is possible, and said not to be otherwise', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 0, max: 3000 }), (parts, limit) => {
        const { text, fits } = fitTo(parts, limit, size)
        expect(fits).toBe(size(text) <= limit)
        const least = parts.map(part => {
          if (!isRows(part)) return part
          if (part.rows.length === 0) return ''
          const { omitted = 0 } = part
          const dropped = part.more(part.rows.length + omitted)
          const whole = part.before + part.rows.join('') + part.after + (omitted === 0 ? '' : part.more(omitted))
          return size(dropped) < size(whole) ? dropped : whole
        })
        if (!fits) expect(size(least.join(''))).toBeGreaterThan(limit)
      })
    )
  })

  test('drops rows whole, from the end, and counts them', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 1000 }), (part, limit) => {
        const { text } = fitTo([part], limit, size)
        const kept = part.rows.filter((_row, index) =>
          text.startsWith(part.before + part.rows.slice(0, index + 1).join(''))
        )
        const dropped = part.rows.length === 0 ? 0 : part.rows.length - kept.length + (part.omitted ?? 0)
        const frame = kept.length === 0 ? '' : part.before + kept.join('') + part.after
        expect(text).toBe(frame + (dropped === 0 ? '' : part.more(dropped)))
      })
    )
  })
})

test('what matters least goes first, and of the same rank what comes last', () => {
  const table = (name: string, rank: number): Rows => ({
    rank,
    before: '',
    rows: Array.from({ length: 10 }, (_, index) => `${name}${index} ----------\n`),
    after: '',
    more: dropped => `${name}: ${dropped} more\n`
  })
  const parts = [table('low', 1), table('high', 9), table('also-low', 1)]
  const text = fitTo(parts, 350, characters).text
  expect(text).toContain('high9')
  expect(text).toContain('also-low: 10 more')
  expect(text).toMatch(/low: \d+ more/)
})

test('within tables, rows of a lower rank go before those of a higher one, from either table', () => {
  const table = (name: string): Rows => ({
    rank: [9, 9, 5, 5, 1, 1],
    before: '',
    rows: Array.from({ length: 6 }, (_, index) => `${name}${index} ------------------------------------\n`),
    after: '',
    more: dropped => `${name}+${dropped}\n`
  })
  const left = (limit: number) =>
    fitTo([table('a'), table('b')], limit, characters)
      .text.match(/[ab]\d(?= )/g)
      ?.join(' ')
  const whole = (12 * table('a').rows.join('').length) / 6
  expect(left(whole)).toBe('a0 a1 a2 a3 a4 a5 b0 b1 b2 b3 b4 b5')
  expect(left(whole - 50)).toBe('a0 a1 a2 a3 a4 a5 b0 b1 b2 b3')
  expect(left(whole - 150)).toBe('a0 a1 a2 a3 b0 b1 b2 b3')
  expect(left(whole - 170)).toBe('a0 a1 a2 a3 b0 b1 b2')
})

test('ranks that never rise keep every row at least as long as it asks for', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), given => {
      const made = neverRising(given)
      expect(made).toEqual(given.map((_, index) => Math.max(...given.slice(index))))
    })
  )
})
