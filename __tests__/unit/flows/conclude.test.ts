import { describe, expect, test } from '@jest/globals'
import { reasonsToFail } from '../../../src/flows/conclude.ts'
import type { ImageOutcome } from '../../../src/render/outcome.ts'
import { anImage, SIGNED, UNSIGNED } from '../../fixtures/outcome.ts'

const failuresOf = (overrides: Partial<ImageOutcome>) =>
  reasonsToFail(
    [anImage(overrides)],
    { onFail: 'error', codeScanning: 'never' },
    { published: { state: 'skipped', reason: 'never' }, attempted: false }
  ).failures

const FAILED = {
  state: 'failed',
  reason: 'the registry does not let this job write',
  remedy: 'log in',
  done: []
} as const

describe('what turns the step red after the verdict', () => {
  test('a promotion that failed, with what was not tried and the remedy', () => {
    const tags = [
      { reference: 'ghcr.io/acme/app:1.4', state: 'moved' },
      { reference: 'ghcr.io/acme/app:latest', state: 'failed', reason: 'its tags are immutable', remedy: 'exempt it.' },
      { reference: 'ghcr.io/acme/app:1', state: 'missed' }
    ] as const
    expect(failuresOf({ signing: SIGNED, promotion: { state: 'done', tags } })).toEqual([
      'ghcr.io/acme/app is not promoted as it should be: latest was not moved: its tags are immutable; not tried: 1. Exempt it.'
    ])
  })

  test('a promotion that was not begun although it should have been', () => {
    const promotion = { state: 'skipped', reason: 'it is not attested as it should be', failed: true } as const
    expect(failuresOf({ signing: SIGNED, promotion })).toEqual([
      'ghcr.io/acme/app is not promoted as it should be: it is not attested as it should be'
    ])
  })

  test('signing that failed, and not once more that nothing was promoted', () => {
    const promotion = { state: 'skipped', reason: 'it is not signed as it should be', failed: true } as const
    expect(failuresOf({ signing: FAILED, promotion })).toEqual([
      'ghcr.io/acme/app is not signed as it should be: the registry does not let this job write. Log in'
    ])
  })

  test('a signature that is gone', () => {
    const signatureCheck = {
      state: 'gone',
      reason: 'it was signed, and its signature is gone',
      remedy: 'sign it.'
    } as const
    expect(failuresOf({ signing: UNSIGNED, signatureCheck })).toEqual([
      'ghcr.io/acme/app: signature is gone: it was signed, and its signature is gone. Sign it.'
    ])
  })

  test('nothing else: tags of a newer run, an event that promotes nothing, evidence that failed', () => {
    const kept = { reference: 'ghcr.io/acme/app:latest', state: 'kept', reason: 'it belongs to a newer run' } as const
    const evidence = [{ type: 'vuln', platform: 'linux/amd64', state: 'failed', reason: 'too large' }] as const
    expect(failuresOf({ signing: SIGNED, promotion: { state: 'done', tags: [kept] } })).toEqual([])
    expect(failuresOf({ signing: UNSIGNED, promotion: { state: 'skipped', reason: 'no', failed: false } })).toEqual([])
    expect(failuresOf({ signing: SIGNED, evidence })).toEqual([])
  })
})
