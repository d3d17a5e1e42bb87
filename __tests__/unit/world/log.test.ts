import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readLog, withoutMaskValue } from '../../../world/runner/log.ts'
import { parseLogCommand } from '../../../world/runner/log-commands.ts'

describe('parseLogCommand', () => {
  test('reads name, properties and data, unescaped', () => {
    expect(parseLogCommand('::error file=a%3Ab,line=3,title=x%2Cy::50%25%0Aof it')).toEqual({
      name: 'error',
      properties: { file: 'a:b', line: '3', title: 'x,y' },
      data: '50%\nof it'
    })
  })

  test.each([
    ['  ::warning::x', 'warning', 'x'],
    ['\u0085::NOTICE::x', 'notice', 'x'],
    ['text ##[error]x', 'error', 'x'],
    ['##[set-env name=a;]b', 'set-env', 'b']
  ])('takes %j for a command', (line, name, data) => {
    expect(parseLogCommand(line)).toMatchObject({ name, data })
  })

  test.each(['text ::error::x', '::unknown::x', '::error', '##[error', '## [error]x', ': :error::x'])(
    'does not take %j for one',
    line => {
      expect(parseLogCommand(line)).toBeUndefined()
    }
  )
})

describe('readLog', () => {
  test('obeys nothing between stop-commands and its token', () => {
    const log = readLog('::stop-commands::T0k\n::error::a\n##[warning]b\n::t0K::\n::error::c\n', [])
    expect(log.annotations.map(({ message }) => message)).toEqual(['c'])
    expect(log.masked).toContain('::error::a')
  })

  test('masks given secrets from the start and others from where they were announced', () => {
    const { masked } = readLog('one two\n::debug::x\n::group::one\n::add-mask::two%0A three \ntwo three\n', ['one'])
    expect(masked).toBe('*** two\n##[group]***\n*** ***\n')
  })

  test('leaves no line of a secret in the log', () => {
    const line = fc.stringMatching(/^[A-Za-z0-9+/=]{12,40}$/)
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n'), (lines, end) => {
        const { masked } = readLog(`key:\n${lines.join('\n')}\nall in one: ${lines.join(' ')}\n`, [lines.join(end)])
        for (const secret of lines) expect(masked).not.toContain(secret)
      })
    )
  })

  test('what is kept of a log hides the value of add-mask and nothing else', () => {
    expect(withoutMaskValue(' ::add-mask::secret')).toBe('::add-mask::***')
    expect(withoutMaskValue('::error::secret')).toBe('::error::secret')
  })
})
