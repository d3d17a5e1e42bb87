import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createFields, shown } from '../../../src/inputs/fields.ts'

const ALLOWED = ['red', 'green'] as const
const fields = (given: string, fallback = '') => createFields({ x: given }, { x: fallback })

describe('a choice', () => {
  test('is one of the allowed words, with blanks around it', () => {
    expect(fields(' green \n').choice('x', ALLOWED)).toBe('green')
  })

  test('that is none of them is a problem that lists them', () => {
    const these = fields('blue')
    these.choice('x', ALLOWED)
    expect(these.problems).toEqual(['x is "blue"; it can be red, green'])
  })

  test('of another case is a problem', () => {
    const these = fields('Red')
    these.choice('x', ALLOWED)
    expect(these.problems).toHaveLength(1)
  })
})

test('an empty input has its default', () => {
  expect(fields('  ', 'green').choice('x', ALLOWED)).toBe('green')
  expect(createFields({}, { x: 'green' }).choice('x', ALLOWED)).toBe('green')
})

test('choices are told apart one by one and each counts once', () => {
  const these = fields('red, blue\nred\nnone')
  expect(these.choices('x', ALLOWED)).toEqual(['red'])
  expect(these.problems).toEqual(['x is "blue"; it can be red, green', 'x is "none"; it can be red, green'])
})

describe('a boolean', () => {
  test.each([
    ['true', true],
    ['TRUE', true],
    ['false', false]
  ])('%s', (given, expected) => {
    const these = fields(given)
    expect(these.boolean('x')).toBe(expected)
    expect(these.problems).toEqual([])
  })

  test.each(['yes', '1', 'on', 'truefalse'])('is not %s', given => {
    const these = fields(given)
    these.boolean('x')
    expect(these.problems).toEqual([`x is "${given}"; it can be true, false`])
  })
})

describe('a duration', () => {
  test.each([
    ['90s', 90_000],
    ['20m', 1_200_000],
    ['1h', 3_600_000],
    ['24h', 86_400_000]
  ])('%s', (given, expected) => {
    expect(fields(given).duration('x')).toBe(expected)
  })

  test.each(['20', 'm', '0s', '-1m', '1.5h', '1w', '7d', '25h', '1m30s', '9999999s'])('is not %s', given => {
    const these = fields(given)
    these.duration('x')
    expect(these.problems).toHaveLength(1)
  })
})

test('a list has no empty entries and no blanks or separators in them', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ',', '\n', ' ', '\r', '\t') }), given => {
      const entries = fields(given).list('x')
      expect(entries.every(entry => entry === entry.trim() && entry !== '' && !/[,\n]/.test(entry))).toBe(true)
      expect(entries.join('').replace(/\s/g, '')).toBe(given.replace(/[\s,]/g, ''))
    })
  )
})

test('a value in an error text is one short line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), value => {
      expect(shown(value).length).toBeLessThanOrEqual(80)
      expect(shown(value)).not.toMatch(/[\n\r]/)
    })
  )
})
