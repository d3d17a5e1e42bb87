import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { asArray, asObject, asString, isObject, text } from '../../../src/lib/json.ts'

describe('values from outside', () => {
  test('are taken as exactly one kind, or refused with their place', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const kinds = [asObject, asString, asArray].filter(take => {
          try {
            take(value, 'here')
            return true
          } catch (error) {
            expect(String(error)).toMatch(/^TypeError: here: expected (an object|a string|a list), found /)
            return false
          }
        })
        expect(kinds).toHaveLength(typeof value === 'number' || typeof value === 'boolean' ? 0 : 1)
      })
    )
  })

  test('an absent list is empty, as Go leaves empty lists out', () => {
    expect([asArray(null, 'x'), asArray(undefined, 'x')]).toEqual([[], []])
  })

  test('an informing text is empty where it is none', () => {
    expect([text({ a: 'b' }, 'a'), text({ a: 1 }, 'a'), text({}, 'a')]).toEqual(['b', '', ''])
  })

  test('null and lists are no objects', () => {
    expect([{}, [], null, 'x'].map(isObject)).toEqual([true, false, false, false])
  })
})
