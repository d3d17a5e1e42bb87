import { expect, test } from '@jest/globals'
import { countBySeverity, countsInWords, fixableCount } from '../../../src/report/counts.ts'
import { critical, onPlatforms } from '../../fixtures/findings.ts'
import { anOccurrence, aSecret } from '../../fixtures/outcome.ts'

const findings = [
  onPlatforms(critical(), 'linux/amd64', 'linux/arm64'),
  onPlatforms(critical({ id: 'CVE-2', occurrences: [anOccurrence({ fixed: '' })] })),
  onPlatforms(critical({ id: 'CVE-3', severity: 'low' })),
  onPlatforms(aSecret({ severity: 'high' }))
]

test('findings are counted once over all platforms, secrets among them', () => {
  expect(countBySeverity(findings)).toEqual({ critical: 2, high: 1, medium: 0, low: 1, unknown: 0 })
})

test('only vulnerabilities can have a fix', () => {
  expect(fixableCount(findings)).toBe(2)
})

test.each([
  [{}, ''],
  [{ low: 1 }, '1 low'],
  [{ critical: 1, high: 2 }, '1 critical and 2 high'],
  [{ critical: 1, medium: 12, unknown: 3 }, '1 critical, 12 medium and 3 unknown']
])('%j in words', (counts, words) => {
  expect(countsInWords({ critical: 0, high: 0, medium: 0, low: 0, unknown: 0, ...counts })).toBe(words)
})
