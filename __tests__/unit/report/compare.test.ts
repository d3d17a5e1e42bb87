import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareImages } from '../../../src/report/compare.ts'
import { mergeFound } from '../../../src/report/merge.ts'
import { type Finding, identityOf, type PlatformScan } from '../../../src/report/model.ts'
import { foundIn } from '../../fixtures/findings.ts'
import { anOccurrence, aReport, aScan, aSecret, aVulnerability } from '../../fixtures/outcome.ts'

const AMD = 'linux/amd64' as const
const ARM = 'linux/arm64' as const

function scansOf(byPlatform: Record<string, readonly Finding[]>): PlatformScan[] {
  return Object.entries(byPlatform).map(([platform, findings]) =>
    aScan({ platform, result: { complete: true, report: aReport({ findings }) } })
  )
}

const compared = (scans: readonly PlatformScan[]) => ({ scans, findings: mergeFound(foundIn(scans)) })

function compare(now: Record<string, readonly Finding[]>, before: Record<string, readonly Finding[]>) {
  const { added, fixed } = compareImages(compared(scansOf(now)), compared(scansOf(before)))
  const short = (list: typeof added) => list.map(({ finding, platforms }) => [finding.id, ...platforms])
  return { added: short(added), fixed: short(fixed) }
}

const old = aVulnerability({ id: 'CVE-2020-0001' })
const fresh = aVulnerability({ id: 'CVE-2020-0002' })

describe('what is new and what is fixed', () => {
  test('the same vulnerability of the same package is neither, whatever its version, path and severity', () => {
    const moved = aVulnerability({
      ...old,
      severity: 'critical',
      occurrences: [anOccurrence({ installed: '9', path: 'srv/x' })]
    })
    expect(compare({ [AMD]: [moved] }, { [AMD]: [old] })).toEqual({ added: [], fixed: [] })
  })

  test('the same vulnerability of another package, or of another ecosystem, is new', () => {
    const other = { ...old, package: 'libssl3' }
    const elsewhere = { ...old, ecosystem: 'npm' }
    expect(compare({ [AMD]: [other, elsewhere] }, { [AMD]: [old] })).toEqual({
      added: [
        [old.id, AMD],
        [old.id, AMD]
      ],
      fixed: [[old.id, AMD]]
    })
  })

  test('a secret is the same by rule and file', () => {
    const secret = aSecret()
    expect(compare({ [AMD]: [{ ...secret, line: 9 }] }, { [AMD]: [secret] }).added).toEqual([])
    expect(compare({ [AMD]: [{ ...secret, path: 'etc/x' }] }, { [AMD]: [secret] }).added).toHaveLength(1)
  })

  test('where nothing is recognised any more no vulnerability is fixed, though a secret that is gone is', () => {
    const secret = aSecret()
    const report = { packages: {}, findings: [] }
    const now = compared([aScan({ platform: AMD, result: { complete: true, report } })])
    const { fixed } = compareImages(now, compared(scansOf({ [AMD]: [old, secret] })))
    expect(fixed.map(({ finding }) => finding.id)).toEqual([secret.id])
  })

  test('each platform is compared with its own', () => {
    expect(compare({ [AMD]: [old], [ARM]: [old, fresh] }, { [AMD]: [old], [ARM]: [] })).toEqual({
      added: [
        [old.id, ARM],
        [fresh.id, ARM]
      ],
      fixed: []
    })
  })

  test('on a platform that the baseline does not have, only what no platform had is new', () => {
    expect(compare({ [AMD]: [old], [ARM]: [old, fresh] }, { [AMD]: [old] }).added).toEqual([[fresh.id, ARM]])
  })

  test('a platform that is gone fixes nothing', () => {
    expect(compare({ [AMD]: [] }, { [AMD]: [old], [ARM]: [old, fresh] })).toEqual({
      added: [],
      fixed: [[old.id, AMD]]
    })
  })

  test('what is accepted now is not fixed, and what was accepted before is not new', () => {
    const both = scansOf({ [AMD]: [old] })
    const without = { scans: both, findings: [] }
    expect(compareImages(without, compared(both)).fixed).toEqual([])
    expect(compareImages(compared(both), without).added).toEqual([])
  })

  test('what VEX takes out now is not fixed', () => {
    const exempt = [{ finding: old, source: 'vex.json', status: 'not_affected', statement: '' }]
    const now = [aScan({ platform: AMD, result: { complete: true, report: aReport({ exempt }) } })]
    expect(compareImages(compared(now), compared(scansOf({ [AMD]: [old] }))).fixed).toEqual([])
  })

  test('what was not scanned is neither new nor fixed', () => {
    const failed = [aScan({ platform: AMD, result: { complete: false, reason: 'x' } })]
    expect(compareImages(compared(failed), compared(scansOf({ [AMD]: [old] })))).toEqual({ added: [], fixed: [] })
  })
})

test('new, fixed and unchanged are the findings of both, each once', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 20 })
  const images = fc.record({ [AMD]: ids, [ARM]: ids })
  fc.assert(
    fc.property(images, images, (now, before) => {
      const findings = (numbers: readonly number[]) => numbers.map(n => aVulnerability({ id: `CVE-2020-${n}` }))
      const scans = (image: Record<string, number[]>) =>
        scansOf({ [AMD]: findings(image[AMD] ?? []), [ARM]: findings(image[ARM] ?? []) })
      const { added, fixed } = compareImages(compared(scans(now)), compared(scans(before)))
      for (const platform of [AMD, ARM] as const) {
        const on = (list: typeof added) =>
          new Set(
            list.filter(({ platforms }) => platforms.includes(platform)).map(({ finding }) => identityOf(finding))
          )
        const here = new Set(findings(now[platform] ?? []).map(identityOf))
        const there = new Set(findings(before[platform] ?? []).map(identityOf))
        expect(on(added)).toEqual(without(here, there))
        expect(on(fixed)).toEqual(without(there, here))
      }
    })
  )
})

function without(a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> {
  return new Set([...a].filter(item => !b.has(item)))
}
