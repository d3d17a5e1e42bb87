import { describe, expect, test } from '@jest/globals'
import { chooseLog } from '../../../src/cosign/log-choice.ts'

describe('the public log is used', () => {
  test.each([
    ['auto', 'public', true, true],
    ['auto', 'private', true, false],
    ['auto', 'internal', true, false],
    ['auto', '', true, false],
    ['auto', 'public', false, false],
    ['true', 'private', false, true],
    ['false', 'public', true, false]
  ] as const)('with %s for a %j repository, on github.com %s: %s', (input, visibility, onGitHubDotCom, log) => {
    const choice = chooseLog(input, { visibility, onGitHubDotCom })
    expect(choice.log).toBe(log)
    expect(choice.said).toMatch(
      log ? /go into the public transparency log/ : /stay out of the (public )?transparency log/
    )
  })
})
