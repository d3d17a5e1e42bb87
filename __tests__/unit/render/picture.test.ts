import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Baseline } from '../../../src/render/outcome.ts'
import { severityPicture } from '../../../src/render/picture.ts'
import type { PlatformFinding } from '../../../src/report/model.ts'
import { SEVERITIES, type Severity } from '../../../src/report/severity.ts'
import { onPlatforms } from '../../fixtures/findings.ts'
import { anImage, aVulnerability } from '../../fixtures/outcome.ts'

function many(count: number, severity: Severity): PlatformFinding[] {
  return Array.from({ length: count }, () => onPlatforms(aVulnerability({ severity })))
}

function before(findings: readonly PlatformFinding[]): Baseline {
  return { state: 'compared', reference: '`evil`', digest: 'sha256:0', added: [], fixed: [], before: findings }
}

test('shows each severity now and before, to one scale', () => {
  const image = anImage({
    findings: [...many(1, 'critical'), ...many(40, 'low')],
    baseline: before([...many(20, 'critical'), ...many(3, 'high'), ...many(40, 'low')])
  })
  expect(severityPicture(image)).toBe(`**Findings by severity, now and in the baseline**

\`\`\`text
critical  now      1  █
          before  20  ██████████
high      now      0
          before   3  ██
low       now     40  ████████████████████
          before  40  ████████████████████
\`\`\`

`)
})

test('shows only what is there without a baseline', () => {
  const image = anImage({
    findings: [...many(2, 'high'), ...many(1, 'unknown')],
    baseline: { state: 'none', reason: 'no image' }
  })
  expect(severityPicture(image)).toBe(
    '**Findings by severity**\n\n```text\nhigh      2  ████████████████████\nunknown   1  ██████████\n```\n\n'
  )
})

test('is empty where nothing is and was', () => {
  expect(severityPicture(anImage())).toBe('')
  expect(severityPicture(anImage({ baseline: before([]) }))).toBe('')
})

test('has lines for a narrow window, and nothing but numbers and fixed words', () => {
  const finding = fc
    .constantFrom(...SEVERITIES)
    .map(severity => onPlatforms(aVulnerability({ severity, id: '```evil' })))
  fc.assert(
    fc.property(fc.array(finding), fc.array(finding), (now, then) => {
      const picture = severityPicture(anImage({ findings: now, baseline: before(then) }))
      expect(picture).not.toMatch(/evil|[<>&@]/)
      for (const line of picture.split('\n').slice(2)) {
        expect(line.length).toBeLessThanOrEqual(45)
        expect(line).toMatch(/^(?:(?:[a-z]+)? +(?:now|before) +\d+(?: {2}█+)?|```(?:text)?|)$/)
      }
    })
  )
})
