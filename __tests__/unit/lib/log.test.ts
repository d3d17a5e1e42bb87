import { describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { createLog, inert, type Log } from '../../../src/lib/log.ts'
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

describe('the log', () => {
  /** What the runner makes of what `speak` logs. */
  async function heard(speak: (log: Log) => unknown) {
    const written: string[] = []
    const spy = jest.spyOn(process.stdout, 'write').mockImplementation(chunk => written.push(`${chunk}`) > 0)
    try {
      await speak(createLog(() => 0))
    } finally {
      spy.mockRestore()
    }
    return readLog(written.join(''), [])
  }

  test('annotates a line of a file', async () => {
    const { annotations } = await heard(log => {
      log.error('fails', { title: 'imgguard: a,b', file: 'docker/Dockerfile', line: 7 })
      log.warning('looks odd', { title: 'imgguard' })
      log.notice('passes')
    })
    expect(annotations).toEqual([
      {
        level: 'error',
        message: 'fails',
        properties: { title: 'imgguard: a,b', file: 'docker/Dockerfile', line: '7' }
      },
      { level: 'warning', message: 'looks odd', properties: { title: 'imgguard' } },
      { level: 'notice', message: 'passes', properties: {} }
    ])
  })

  test('folds a group and says behind it how long it took', async () => {
    const { masked } = await heard(log => log.group('Scan', async () => log.info('linux/amd64: 3 findings')))
    expect(masked).toBe('##[group]Scan\nlinux/amd64: 3 findings\n##[endgroup]\nScan: 0.0 s\n')
  })

  test('keeps the lines of a tool together', async () => {
    const { masked, commands } = await heard(log =>
      Promise.all([
        log.group('A', async () => {
          await null
          log.verbatim('::error::x\ny')
        }),
        log.info('outside')
      ])
    )
    expect(commands.map(({ name }) => name)).toEqual(['group', 'stop-commands', 'endgroup'])
    expect(masked).toBe('##[group]A\n| : :error::x\n| y\n##[endgroup]\nA: 0.0 s\noutside\n')
  })
})
