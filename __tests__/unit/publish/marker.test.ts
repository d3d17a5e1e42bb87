import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type CommentSubject,
  commentKey,
  isNewer,
  type Marker,
  parseMarker,
  previousOf,
  renderMarker
} from '../../../src/publish/marker.ts'

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

const KEY = '0123456789abcdef'

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
  const markers: fc.Arbitrary<Marker> = fc
    .record({
      key: hex(16),
      run: runs,
      state: fc.constantFrom('pass' as const, 'fail' as const, 'incomplete' as const),
      was: fc.record({ state: fc.constantFrom('fail' as const, 'incomplete' as const), sha: hex(40) })
    })
    .chain(({ key, run, state, was }) =>
      fc.constantFrom<Marker>({ key, run }, { key, run, state }, { key, run, state, was })
    )

  test('is read as it was written, whatever follows it and however lines end', () => {
    fc.assert(
      fc.property(markers, fc.string(), fc.constantFrom('\n', '\r\n'), (marker, rest, end) => {
        expect(parseMarker(`${renderMarker(marker)}${end}${rest}`)).toEqual(marker)
      })
    )
  })

  test('of the first version is still read', () => {
    const sha = 'a'.repeat(40)
    expect(parseMarker(`<!-- imgguard v1 key=0123456789abcdef run=7 attempt=2 sha=${sha} -->`)).toEqual({
      key: '0123456789abcdef',
      run: { id: 7, attempt: 2, sha }
    })
  })

  test('is hidden: one comment, which ends only at its end', () => {
    fc.assert(
      fc.property(markers, marker => {
        const line = renderMarker(marker)
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
    ['with a short SHA', line.replace('a'.repeat(40), 'aaa')],
    ['with another state', line.replace(' -->', ' state=fine -->')],
    ['with a field that is not known', line.replace(' -->', ' more=1 -->')]
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

describe('what is said of the commit before', () => {
  const [a, b] = ['a'.repeat(40), 'b'.repeat(40)] as const
  const standing = (overrides: Partial<Marker>): Marker => ({
    key: KEY,
    run: { id: 1, attempt: 1, sha: a },
    ...overrides
  })
  const was = { state: 'fail', sha: 'c'.repeat(40) } as const
  test.each([
    ['it failed, and this passes', standing({ state: 'fail' }), 'pass', b, { state: 'fail', sha: a }],
    ['it was incomplete', standing({ state: 'incomplete' }), 'pass', b, { state: 'incomplete', sha: a }],
    ['this fails, too', standing({ state: 'fail' }), 'fail', b, undefined],
    ['it passed', standing({ state: 'pass' }), 'pass', b, undefined],
    ['the same commit again', standing({ state: 'pass', was }), 'pass', a, was],
    ['the commit after that', standing({ state: 'pass', was }), 'pass', b, undefined],
    ['an older version wrote it', standing({}), 'pass', b, undefined]
  ] as const)('%s', (_, marker, state, sha, expected) => {
    expect(previousOf(marker, state, sha)).toEqual(expected)
  })
})
