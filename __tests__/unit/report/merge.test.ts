import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { mergeFound } from '../../../src/report/merge.ts'
import { identityOf } from '../../../src/report/model.ts'
import { SEVERITIES } from '../../../src/report/severity.ts'
import { critical, foundIn, scanned } from '../../fixtures/findings.ts'
import { anOccurrence, aSecret } from '../../fixtures/outcome.ts'

test('a finding that several platforms share is there once, with its platforms in order and its worst severity', () => {
  const scans = [
    scanned('linux/arm64', { findings: [critical({ severity: 'medium', title: 'mild' })] }),
    scanned('linux/amd64', { findings: [critical({ severity: 'high', title: 'worse' })] }),
    scanned('linux/s390x')
  ]
  const [merged, ...others] = mergeFound(foundIn(scans))
  expect(others).toEqual([])
  expect(merged?.platforms).toEqual(['linux/arm64', 'linux/amd64'])
  expect(merged?.finding).toMatchObject({ severity: 'high', title: 'worse' })
})

test('places that have path and versions in common are one, and no longer speak of one processor', () => {
  const on = (architecture: string) =>
    anOccurrence({
      purl: `pkg:deb/debian/openssl@3.0.11?arch=${architecture}`,
      layer: { digest: `sha256:${architecture}`, diffId: `sha256:${architecture}` }
    })
  const older = anOccurrence({ installed: '3.0.9', fixed: '' })
  const scans = [
    scanned('linux/amd64', { findings: [critical({ occurrences: [on('amd64')] })] }),
    scanned('linux/arm64', { findings: [critical({ occurrences: [on('arm64'), older] })] })
  ]
  expect(mergeFound(foundIn(scans))[0]?.finding).toMatchObject({
    fixable: true,
    occurrences: [
      { installed: '3.0.11-1~deb12u1', purl: 'pkg:deb/debian/openssl@3.0.11', layer: { digest: 'sha256:amd64' } },
      { installed: '3.0.9' }
    ]
  })
})

test('a place with different package URLs has none', () => {
  const scans = ['pkg:npm/a@1', 'pkg:npm/b@1'].map((purl, i) =>
    scanned(`linux/${i}`, { findings: [critical({ occurrences: [anOccurrence({ purl })] })] })
  )
  expect(mergeFound(foundIn(scans))[0]?.finding).toMatchObject({ occurrences: [{ purl: '' }] })
})

test('a secret in the same file on two platforms is one, on the first line', () => {
  const scans = [
    scanned('linux/amd64', { findings: [aSecret({ line: 9 })] }),
    scanned('linux/arm64', { findings: [aSecret({ line: 4 }), aSecret({ path: 'other' })] })
  ]
  expect(mergeFound(foundIn(scans)).map(({ finding, platforms }) => [finding, platforms.length])).toEqual([
    [aSecret({ path: 'other' }), 1],
    [aSecret({ line: 4 }), 2]
  ])
})

test('whatever the platforms, each identity is there once, on exactly its platforms, in order of severity', () => {
  const finding = fc
    .record({
      id: fc.constantFrom('CVE-1', 'CVE-2'),
      package: fc.constantFrom('a', 'b'),
      severity: fc.constantFrom(...SEVERITIES)
    })
    .map(critical)
  const scans = fc
    .array(fc.uniqueArray(finding, { selector: identityOf }), { maxLength: 4 })
    .map(platforms => platforms.map((findings, i) => scanned(`linux/${i}`, { findings })))
  fc.assert(
    fc.property(scans, given => {
      const merged = mergeFound(foundIn(given))
      const expected = new Map<string, string[]>()
      for (const { platform, result } of given) {
        for (const one of result.complete ? result.report.findings : []) {
          expected.set(identityOf(one), [...(expected.get(identityOf(one)) ?? []), platform])
        }
      }
      expect(new Map(merged.map(m => [identityOf(m.finding), [...m.platforms]]))).toEqual(expected)
      const ranks = merged.map(m => SEVERITIES.indexOf(m.finding.severity))
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
    })
  )
})
