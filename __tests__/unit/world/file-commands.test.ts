import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseFileCommands } from '../../../world/runner/file-commands.ts'

describe('parseFileCommands', () => {
  test('reads both forms, later values replace earlier ones', () => {
    const text = 'a=1\nb<<EOF\nline 1\n\nx=y\nEOF\na=2=3\nempty=\n'
    expect(parseFileCommands(text)).toEqual({ a: '2=3', b: 'line 1\n\nx=y', empty: '' })
  })

  test('takes what has its equals sign before << for the short form', () => {
    expect(parseFileCommands('a=b<<c\n')).toEqual({ a: 'b<<c' })
  })

  test.each(['no form at all', 'a<<EOF\nno end', '<<EOF\nx\nEOF'])('fails where the runner fails: %j', text => {
    expect(() => parseFileCommands(text)).toThrow(/^Invalid/)
  })

  test('returns every value that was written between delimiters', () => {
    const value = fc.string().filter(text => !text.includes('\r'))
    fc.assert(
      fc.property(value, value, (one, two) => {
        const text = `one<<end-of-one\n${one}\nend-of-one\ntwo<<end-of-two\n${two}\nend-of-two\n`
        expect(parseFileCommands(text)).toEqual({ one, two })
      })
    )
  })
})
