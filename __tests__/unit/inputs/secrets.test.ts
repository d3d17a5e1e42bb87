import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { secretLines } from '../../../src/inputs/secrets.ts'
import { applyMasks } from '../../../world/runner/masks.ts'
import { aCosignKey } from '../../fixtures/keys.ts'

const key = aCosignKey()
const lines = key.split('\n').slice(1, -2)

describe('secretLines', () => {
  test('a one-line secret is one mask', () => {
    expect(secretLines(' a password with blanks ')).toEqual(['a password with blanks'])
  })

  test('what is too short to be told from innocent text is none', () => {
    expect(['', '   ', 'abc'].map(secretLines)).toEqual([[], [], []])
  })

  test.each([
    ['as it is', key],
    ['with literal \\n', key.replaceAll('\n', '\\n')],
    ['without line breaks', key.replaceAll('\n', ' ')],
    ['with CRLF', key.replaceAll('\n', '\r\n')]
  ])('a PEM %s is masked line by line, and its armour is not', (_, given) => {
    expect(secretLines(given)).toEqual(lines.filter(line => line.length >= 12))
  })

  test('a PEM in base64 is masked in both forms', () => {
    const wrapped = Buffer.from(key).toString('base64')
    expect(secretLines(wrapped)).toEqual([wrapped, ...lines.filter(line => line.length >= 12)])
  })

  test('no line of a PEM is left to read in a log with its masks', () => {
    fc.assert(
      fc.property(fc.constantFrom(...lines), fc.string(), fc.string(), (line, before, after) => {
        const masked = applyMasks(`${before}${line}${after}`, secretLines(key))
        expect(line.length < 12 || !masked.includes(line)).toBe(true)
      })
    )
  })

  test('no mask is so short that it blackens innocent text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), value =>
        expect(secretLines(value).every(mask => mask.length >= 4)).toBe(true)
      )
    )
  })
})
