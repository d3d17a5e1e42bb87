import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parseStepArguments } from '../../../world/runner/arguments.ts'

describe('parseStepArguments', () => {
  test('reads options, inputs, and values from files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'arguments-test-'))
    writeFileSync(join(folder, 'key'), 'line 1\nline 2\n')
    const args = ['--event', 'pull_request', '--fork', '--out=o', 'image=a@sha256:b=c', 'cosign-key=@key', 'comment=']
    expect(parseStepArguments(args, folder)).toEqual({
      event: 'pull_request',
      eventOptions: { repository: 'acme/app', visibility: 'public', fork: true },
      inputs: { image: 'a@sha256:b=c', 'cosign-key': 'line 1\nline 2\n', comment: '' },
      out: join(folder, 'o'),
      verify: false,
      idToken: false,
      sigstore: false,
      vault: false
    })
  })

  test('reads the options without a value, wherever they stand', () => {
    const args = ['--verify', 'image=a', '--id-token', '--event', 'push', '--sigstore', '--vault']
    const on = { verify: true, idToken: true, sigstore: true, vault: true }
    expect(parseStepArguments(args, '/')).toMatchObject({ ...on, event: 'push', inputs: { image: 'a' } })
  })

  test.each([
    [['--event', 'pull'], /^--event is one of push, .*, not pull\.$/],
    [['--evnt', 'push'], /^An option with a value is one of .*, not evnt\.$/],
    [['--fork'], /^--fork goes with pull_request, .*, not with push\.$/],
    [['--out'], /^--out needs a value\.$/],
    [['image'], /^image is neither an option nor input=value\.$/],
    [['a=@missing'], /^missing cannot be read\.$/],
    [['--repository', 'x'], /^--repository takes OWNER\/NAME, not x\.$/]
  ])('refuses %j with one sentence', (args, sentence) => {
    expect(() => parseStepArguments(args, '/')).toThrow(sentence)
  })
})
