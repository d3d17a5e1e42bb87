import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { bytes, characters, fitTo, type Part, type Rows } from '../../../src/render/budget.ts'

const rows = fc
  .record({ rank: fc.integer({ min: 1, max: 4 }), rows: fc.array(fc.string({ maxLength: 30 }), { maxLength: 20 }) })
  .map(
    ({ rank, rows }): Rows => ({
      rank,
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
          const dropped = part.rows.length === 0 ? '' : part.more(part.rows.length)
          const whole = part.rows.length === 0 ? '' : part.before + part.rows.join('') + part.after
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
        const dropped = part.rows.length - kept.length
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
