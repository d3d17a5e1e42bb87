import { describe, expect, test } from '@jest/globals'
import { chooseLog } from '../../../src/cosign/log-choice.ts'
import type { SigstoreService } from '../../../src/cosign/services.ts'

const PUBLIC = { visibility: 'public', onGitHubDotCom: true, keyless: false }
const OWN_LOG: SigstoreService = { role: 'transparency log', url: 'https://rekor.acme.example' }
const OWN_TIME: SigstoreService = { role: 'timestamp authority', url: 'https://tsa.acme.example/api/v1/timestamp' }

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
    const choice = chooseLog(input, { visibility, onGitHubDotCom, keyless: false })
    expect(choice.log).toBe(log)
    expect(choice.said).toMatch(
      log ? /go into the public transparency log/ : /stay out of the (public )?transparency log/
    )
  })
})

describe('keyless', () => {
  test.each([
    ['auto', { ...PUBLIC, keyless: true }],
    ['true', { visibility: 'private', onGitHubDotCom: true, keyless: true }],
    ['true', { visibility: 'private', onGitHubDotCom: false, keyless: true }]
  ] as const)('with %s goes into the log: %j', (input, circumstances) => {
    expect(chooseLog(input, circumstances).log).toBe(true)
  })

  test.each([
    ['private', true],
    ['internal', true],
    ['unknown', true],
    ['public', false]
  ])(
    'with auto is refused for a %s repository, on github.com %s, and the consent is named',
    (visibility, onGitHubDotCom) => {
      expect(() => chooseLog('auto', { visibility, onGitHubDotCom, keyless: true })).toThrow(
        /agree with transparency-log: true/
      )
    }
  )

  test('is refused with a signing config that names no log', () => {
    expect(() => chooseLog('auto', { ...PUBLIC, keyless: true, services: [OWN_TIME] })).toThrow(/names none/)
  })
})

describe('a signing config', () => {
  const hidden = { visibility: 'private', onGitHubDotCom: false }

  test.each([true, false])('with a log decides that it is used, keyless %s', keyless => {
    expect(chooseLog('auto', { ...hidden, keyless, services: [OWN_TIME, OWN_LOG] })).toEqual({
      log: true,
      said: 'signatures go into the transparency log (rekor.acme.example) that signing-config names'
    })
  })

  test('without a log decides that there is none, even for a public repository', () => {
    expect(chooseLog('auto', { ...PUBLIC, services: [OWN_TIME] }).log).toBe(false)
    expect(chooseLog('auto', { ...PUBLIC, services: [] }).log).toBe(false)
  })

  test('without a log contradicts transparency-log: true', () => {
    expect(() => chooseLog('true', { ...PUBLIC, services: [] })).toThrow(/signing-config names no log/)
  })
})
