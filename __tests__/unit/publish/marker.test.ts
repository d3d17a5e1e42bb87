import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type CommentSubject, commentKey, isNewer, parseMarker, renderMarker } from '../../../src/publish/marker.ts'

const subject: CommentSubject = {
  workflowFile: '.github/workflows/ci.yml',
  job: 'image',
  images: ['b', 'a'],
  commentKey: 'linux'
}
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
const runs = fc.record({
  id: fc.integer({ min: 0, max: 999_999_999_999_999 }),
  attempt: fc.integer({ min: 1, max: 999_999_999 }),
  sha: fc.oneof(hex(40), hex(64))
})

describe('commentKey', () => {
  test('does not depend on the order of the images', () => {
    expect(commentKey(subject)).toBe(commentKey({ ...subject, images: ['a', 'b'] }))
  })

  test.each([
    { workflowFile: '.github/workflows/nightly.yml' },
    { job: 'other' },
    { images: ['a'] },
    { images: ['a,b'] },
    { commentKey: 'arm' }
  ])('differs for %j', other => {
    expect(commentKey({ ...subject, ...other })).not.toBe(commentKey(subject))
  })

  test('is frozen: another key would orphan every comment there is', () => {
    expect(commentKey(subject)).toBe('84a7ca63b2cbf3c5')
  })
})

describe('the marker', () => {
  test('is read as it was written, whatever follows it and however lines end', () => {
    fc.assert(
      fc.property(hex(16), runs, fc.string(), fc.constantFrom('\n', '\r\n'), (key, run, rest, end) => {
        expect(parseMarker(`${renderMarker({ key, run })}${end}${rest}`)).toEqual({ key, run })
      })
    )
  })

  test('is hidden: one comment, which ends only at its end', () => {
    fc.assert(
      fc.property(hex(16), runs, (key, run) => {
        const line = renderMarker({ key, run })
        expect(line).toMatch(/^<!-- [^<>]* -->$/)
        expect(line.indexOf('--', 4)).toBe(line.length - 3)
      })
    )
  })

  const line = renderMarker({ key: '0123456789abcdef', run: { id: 1, attempt: 1, sha: 'a'.repeat(40) } })
  test.each([
    ['quoted', `> ${line}`],
    ['on the second line', `hello\n${line}`],
    ['with something behind it', `${line} hello`],
    ['of another version', line.replace('v1', 'v2')],
    ['with a short SHA', line.replace('a'.repeat(40), 'aaa')]
  ])('does not count %s', (_, body) => {
    expect(parseMarker(body)).toBeUndefined()
  })
})

test.each([
  [{ id: 2, attempt: 1 }, { id: 1, attempt: 9 }, true],
  [{ id: 1, attempt: 2 }, { id: 1, attempt: 1 }, true],
  [{ id: 1, attempt: 1 }, { id: 1, attempt: 1 }, false],
  [{ id: 1, attempt: 9 }, { id: 2, attempt: 1 }, false]
])('%j is newer than %j: %s', (a, b, expected) => {
  const sha = 'a'.repeat(40)
  expect(isNewer({ ...a, sha }, { ...b, sha })).toBe(expected)
})
