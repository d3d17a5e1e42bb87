import { expect, test } from '@jest/globals'
import { renderAnnotations } from '../../../src/render/annotations.ts'
import type { ImageOutcome } from '../../../src/render/outcome.ts'
import type { Finding } from '../../../src/report/model.ts'
import { critical, onPlatforms } from '../../fixtures/findings.ts'
import {
  aFailedImage,
  anImage,
  anOccurrence,
  aPolicy,
  aSecret,
  aVulnerability,
  runFacts
} from '../../fixtures/outcome.ts'

const source = { file: 'deploy/Dockerfile', line: 6, base: false }

function comparedImage(all: readonly Finding[], added: readonly Finding[], scope: 'all' | 'new'): ImageOutcome {
  return aFailedImage(all, {
    gate: { scope, reasons: ['1 critical vulnerability with a fix'] },
    baseline: {
      state: 'compared',
      reference: 'ghcr.io/acme/app:main',
      digest: 'sha256:0',
      added: added.map(finding => onPlatforms(finding)),
      fixed: [],
      before: []
    }
  })
}

const old = critical({ id: 'CVE-2024-1' })
const fresh = critical({ id: 'CVE-2024-2' })
const exploited = aVulnerability({ id: 'CVE-2024-3', knownExploited: true })
const minor = aVulnerability({ id: 'CVE-2024-4', severity: 'low' })

test('exploited ones come first, then new ones that fail, others that fail, new ones that do not', () => {
  const image = comparedImage([old, fresh, exploited, minor], [fresh, exploited, minor], 'all')
  const [, ...findings] = renderAnnotations([image], runFacts())
  expect(findings.map(({ level, title }) => [level, title])).toEqual([
    ['notice', 'new, medium, known to be exploited: CVE-2024-3 in openssl'],
    ['error', 'new, critical: CVE-2024-2 in openssl'],
    ['error', 'critical: CVE-2024-1 in openssl'],
    ['notice', 'new, low: CVE-2024-4 in openssl']
  ])
})

test('old ones are left out where only new ones count', () => {
  const titles = renderAnnotations([comparedImage([old, fresh], [fresh], 'new')], runFacts()).map(({ title }) => title)
  expect(titles).toEqual(['imgguard', 'new, critical: CVE-2024-2 in openssl'])
})

test('they stand at the line that brought them in, where it is known', () => {
  const placed = critical({ occurrences: [anOccurrence({ path: 'a' }), anOccurrence({ source })] })
  const image = aFailedImage([aSecret({ source: { ...source, line: 9 } }), placed, old])
  const [verdict, ...findings] = renderAnnotations([image], runFacts())
  expect(verdict).not.toHaveProperty('file')
  expect(findings.map(({ file, line }) => [file, line])).toEqual([
    ['deploy/Dockerfile', 9],
    ['deploy/Dockerfile', 6],
    [undefined, undefined]
  ])
})

test.each([
  ['longer than what is kept', `${'a/'.repeat(200)}Dockerfile`],
  ['with what the log may not show', 'deploy/\u202EDockerfile'],
  ['with what the log may not show', 'deploy/##[error]/Dockerfile']
])('a path %s is no place: it would be that of another file', (_, file) => {
  const [, finding] = renderAnnotations([aFailedImage([aSecret({ source: { ...source, file } })])], runFacts())
  expect(finding).not.toHaveProperty('file')
  expect(finding).not.toHaveProperty('line')
})

test('there are at most ten, and the message names three of many versions', () => {
  const versions = ['1', '2', '3', '4', '5'].map(installed => anOccurrence({ installed }))
  const many = Array.from({ length: 40 }, (_, index) => critical({ id: `CVE-2024-${index}`, occurrences: versions }))
  const annotations = renderAnnotations([aFailedImage(many), aFailedImage(many)], runFacts())
  expect(annotations).toHaveLength(10)
  expect(annotations[1]?.message).toContain('; 2 more versions in ghcr.io/acme/app')
})

test('a warning is no error, an incomplete scan is one, and a green step says its verdict only', () => {
  const levels = (image: ImageOutcome, onFail: 'error' | 'warn') =>
    renderAnnotations([image], runFacts({ onFail })).map(({ level }) => level)
  expect(levels(aFailedImage([old]), 'warn')).toEqual(['warning', 'warning'])
  expect(levels(aFailedImage([old], { verdict: { result: 'incomplete', reasons: ['x'] } }), 'warn')[0]).toBe('error')
  expect(levels(comparedImage([minor], [minor], 'new'), 'error')[0]).toBe('error')
  const later = anImage({
    findings: [onPlatforms(minor)],
    signing: { state: 'skipped', reason: 'pull_request is not in sign-on', later: true }
  })
  expect(renderAnnotations([later], runFacts({ policy: aPolicy() }))).toEqual([
    { level: 'notice', title: 'imgguard', message: expect.stringContaining('will be signed after the merge') }
  ])
})
