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
        expect(hasMore(failures, note)).toBe(false)
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
  expect(hasMore(['b'], note)).toBe(false)
  expect(hasMore([], note)).toBe(false)
  expect(hasMore(['a', 'c'], note)).toBe(true)
})

describe('of more failures than a note has room for', () => {
  const failures = Array.from({ length: 1000 }, (_, index) => `CVE-${index}`)
  const line = renderNote(noteOf(failures))

  test('it says how many there were', () => {
    expect(line).toMatch(/,[0-9a-f]{8} of=1000 -->$/)
    expect(read(line)).toMatchObject({ known: { length: 400 }, count: 1000 })
  })

  test('what is fixed never makes the others look new', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(failures), rest => {
        expect(hasMore(rest, noteOf(failures))).toBe(false)
      })
    )
  })

  test('one more is more, and so are many others in the place of as many', () => {
    expect(hasMore([...failures, 'CVE-new'], noteOf(failures))).toBe(true)
    const others = failures.slice(50).concat(Array.from({ length: 50 }, (_, index) => `CVE-other-${index}`))
    expect(hasMore(others, noteOf(failures))).toBe(true)
  })
})
