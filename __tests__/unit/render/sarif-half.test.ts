import { expect, test } from '@jest/globals'
import { halve } from '../../../src/render/sarif-half.ts'
import { sarifRun } from '../../../src/render/sarif-run.ts'
import { aVulnerability } from '../../fixtures/outcome.ts'

const subject = {
  category: 'image/linux-amd64/',
  imageName: 'ghcr.io/acme/app',
  platform: 'linux/amd64',
  version: '0.1.0',
  trivyVersion: '0.74.0'
}

/** A log with so many results in each run. */
function logOf(...counts: readonly number[]) {
  const runs = counts.map(count =>
    sarifRun(
      Array.from({ length: count }, (_, index) => aVulnerability({ id: `CVE-2024-${index}` })),
      subject
    )
  )
  return { version: '2.1.0' as const, runs }
}

test('the first half of the results of each run stays, with their rules', () => {
  const { log, leftOut } = halve(logOf(5, 1, 0))
  expect(leftOut).toBe(2)
  expect(log.runs).toEqual(logOf(3, 1, 0).runs)
})

test('the last result of a run stays: without it, its alert would close', () => {
  expect(halve(logOf(1, 0))).toEqual({ log: logOf(1, 0), leftOut: 0 })
})
