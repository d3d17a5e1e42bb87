import { expect, test } from '@jest/globals'
import { unusedRisks } from '../../../src/render/unused-risks.ts'
import { anAcceptedRisk, anImage, aVulnerability, runFacts } from '../../fixtures/outcome.ts'

const now = new Date('2026-11-22T23:59:59Z')
const matching = anAcceptedRisk({ id: 'CVE-1' })
const image = anImage({ suppressed: [{ finding: aVulnerability(), by: matching, platforms: ['linux/amd64'] }] })

test('what has expired is told apart from what nothing matches; what hides something is neither', () => {
  const lastDay = anAcceptedRisk({ id: 'CVE-2', expires: '2026-11-23' })
  const expired = anAcceptedRisk({ id: 'CVE-3', expires: '2026-11-22' })
  const run = runFacts({ now, accepted: [matching, lastDay, expired] })
  expect(unusedRisks([image], run)).toEqual({ expired: [expired], unmatched: [lastDay] })
})

test('the same id in another file, or for other paths, is another risk', () => {
  const others = [{ source: 'other.yaml' }, { paths: ['srv'] }].map(other => anAcceptedRisk({ id: 'CVE-1', ...other }))
  const run = runFacts({ now, accepted: [matching, ...others] })
  expect(unusedRisks([image], run).unmatched).toEqual(others)
})

test('a dismissed alert is nothing to be cleared away', () => {
  const alert = { image: image.name, platform: 'linux/amd64', ecosystem: 'npm', package: 'qs', url: '' }
  const run = runFacts({ now, accepted: [anAcceptedRisk({ id: 'CVE-4', alert })] })
  expect(unusedRisks([image], run)).toEqual({ expired: [], unmatched: [] })
})
