import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { comparesWithSignedScan, newestScan } from '../../../src/flows/released/signed-scan.ts'
import { pushPayload } from '../../fixtures/events.ts'
import { aPredicate } from '../../fixtures/evidence.ts'
import { aSetting } from '../../fixtures/setting.ts'

const NOW = new Date('2026-11-22T00:00:00Z')
const at = (time: string | number) => aPredicate({ finishedAt: new Date(time) })

describe('the newest signed scan', () => {
  test('is the one that was scanned last, wherever it stands in the list', () => {
    const hours = fc.uniqueArray(fc.integer({ min: -2000, max: 2000 }), { maxLength: 6 })
    fc.assert(
      fc.property(hours, offsets => {
        const times = offsets.map(offset => NOW.getTime() + offset * 3_600_000)
        const past = times.filter(time => time <= NOW.getTime())
        const expected = past.length === 0 ? undefined : Math.max(...past)
        expect(newestScan(times.map(at), NOW)?.scannedAt.getTime()).toBe(expected)
      }),
      { numRuns: 30 }
    )
  })

  test('is not one from the future, and not one that nobody understands', () => {
    const future = at('2026-11-22T00:00:01Z')
    expect(newestScan([future], NOW)).toBeUndefined()
    expect(newestScan([{}, { scanner: {} }, future], NOW)).toBeUndefined()
    expect(newestScan([{}, at('2026-11-20T00:00:00Z')], NOW)?.scannedAt).toEqual(new Date('2026-11-20T00:00:00Z'))
  })
})

test.each([
  ['schedule', {}, true],
  ['schedule', { baseline: 'none' }, false],
  ['schedule', { baseline: 'ghcr.io/acme/app:main' }, false],
  ['push', {}, false],
  ['pull_request', {}, false]
] as const)('on %s with %j images are compared with it: %s', async (event, inputs, expected) => {
  const payload = event === 'pull_request' ? {} : { payload: pushPayload() }
  await using test = await aSetting({ event, inputs, ...payload })
  expect(comparesWithSignedScan(test.setting)).toBe(expected)
})
