import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hasMore, noteOf, parseNote, renderNote } from '../../../src/publish/issue-note.ts'

const MARKER = '<!-- imgguard v1 -->'
const read = (line: string) => parseNote(`${MARKER}\n${line}\ntext`)

describe('the note of an issue', () => {
  test('is one short line that is read again as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 1000 }), failures => {
        const note = noteOf(failures)
        const line = renderNote(note)
        expect(line).not.toContain('\n')
        expect(line.length).toBeLessThan(4000)
        expect(read(line)).toEqual(note)
        expect(note.failing && hasMore(failures, note.known)).toBe(false)
      })
    )
    expect(read(renderNote({ failing: false }))).toEqual({ failing: false })
  })

  test.each([
    '',
    'text',
    '<!-- imgguard failing=xyz -->',
    '<!-- imgguard clean --> text',
    '<!-- imgguard failing=,, -->'
  ])('is not %j', line => {
    expect(read(line)).toBeUndefined()
  })

  test('stands on the second line only', () => {
    const line = renderNote({ failing: false })
    expect(parseNote(line)).toBeUndefined()
    expect(parseNote(`${MARKER}\ntext\n${line}`)).toBeUndefined()
    expect(parseNote(`${MARKER}\r\n${line}\r\ntext`)).toEqual({ failing: false })
  })
})

test('less than what is known is nothing more; anything else is', () => {
  const note = noteOf(['a', 'b'])
  const known = note.failing ? note.known : []
  expect(hasMore(['b'], known)).toBe(false)
  expect(hasMore([], known)).toBe(false)
  expect(hasMore(['a', 'c'], known)).toBe(true)
})
