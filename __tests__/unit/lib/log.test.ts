import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { inert } from '../../../src/lib/log.ts'
import { readLog } from '../../../world/runner/log.ts'
import { parseLogCommand } from '../../../world/runner/log-commands.ts'

/** Every character that a culture-sensitive comparison does not see, as ICU has it: the runner's StartsWith and IndexOf compare so. */
function unseenCharacters(): string[] {
  const { compare } = new Intl.Collator('en')
  const all = Array.from({ length: 0x10ffff }, (_, index) => index + 1).filter(code => code < 0xd800 || code > 0xdfff)
  return all.map(code => String.fromCodePoint(code)).filter(character => compare(`#${character}#`, '##') === 0)
}

const UNSEEN = unseenCharacters()
const BLANKS = [...'\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000']

/** Texts in which commands are likely. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '::',
        ':',
        '##[',
        '#',
        '[',
        ']',
        'error',
        'add-mask',
        'set-output name=a',
        'stop-commands',
        'x',
        'group'
      ),
      fc.constantFrom(...BLANKS),
      fc.constantFrom(...UNSEEN),
      fc.string({ unit: 'binary' })
    ),
    { maxLength: 20 }
  )
  .map(parts => parts.join(''))

/** The line as the runner's comparisons see it. */
function asSeen(line: string): string {
  const unseen = new Set(UNSEEN)
  return [...line].filter(character => !unseen.has(character)).join('')
}

describe('inert', () => {
  test('leaves no line that the runner takes for a command', () => {
    fc.assert(
      fc.property(hostile, text => {
        // The runner's reader ends lines at CR, LF and CRLF.
        for (const line of inert(text).split(/\r\n|\r|\n/)) {
          expect(parseLogCommand(line)).toBeUndefined()
          expect(parseLogCommand(asSeen(line))).toBeUndefined()
          expect(parseLogCommand(asSeen(line), 'x')).toBeUndefined()
        }
        expect(readLog(inert(text), []).commands).toEqual([])
      }),
      { numRuns: 3000 }
    )
  })

  test.each([
    '::error::x',
    '  ::error::x',
    '\u3000\u0085::error::x',
    'a\r::error::x',
    'a\u2028::error::x',
    'text ##[error]x',
    '###[error]x',
    '#\u200b#[error]x',
    '##\ufe0f[error]x',
    '\u034f::error::x',
    ':\u0301:error::x',
    '\u001b[1G::error::x'
  ])('defuses %j', text => {
    for (const line of inert(text).split('\n')) expect(parseLogCommand(asSeen(line))).toBeUndefined()
  })

  test('keeps what people write', () => {
    const text = 'openssl 3.0.11 → 3.0.15: fixes 6, std::string\n\t日本語 #12 [x] C::D — é'
    expect(inert(text)).toBe(text)
  })

  test('takes away control and bidi characters and half surrogates', () => {
    expect(inert('a\u001b[31mb\u0000\u202ec\ud800')).toBe('a[31mbc\ufffd')
  })

  test('changes nothing twice', () => {
    fc.assert(fc.property(hostile, text => inert(inert(text)) === inert(text)))
  })
})
