import { describe, expect, test } from '@jest/globals'
import { fixedByRebuild, type Rebased } from '../../../src/advice/rebuild.ts'
import type { Finding } from '../../../src/report/model.ts'
import { onPlatforms } from '../../fixtures/findings.ts'
import { anOccurrence, aSecret, aVulnerability } from '../../fixtures/outcome.ts'

const [BASE, UPPER_BASE, OWN] = ['sha256:b1', 'sha256:b2', 'sha256:a1']

/** A vulnerability that lies in layers, in the base's lowest one unless told otherwise; undefined: in one that nobody knows. */
function found(id: string, ...layers: readonly (string | undefined)[]) {
  const lies = layers.length === 0 ? [BASE] : layers
  const occurrences = lies.map(diffId =>
    anOccurrence(diffId === undefined ? {} : { layer: { digest: 'sha256:c', diffId } })
  )
  return aVulnerability({ id, occurrences })
}

function on(findings: readonly Finding[], today: readonly Finding[] = []): Rebased {
  return { findings, layers: [BASE, UPPER_BASE], today }
}

/** Ids of what a rebuild fixes, all findings being on each platform. */
function fixed(platforms: Readonly<Record<string, Rebased>>, ...names: readonly string[]): string[] {
  const all = new Map(Object.values(platforms).flatMap(({ findings }) => findings.map(one => [one.id, one])))
  const asked = names.length === 0 ? Object.keys(platforms) : names
  return fixedByRebuild(
    [...all.values()].map(finding => onPlatforms(finding, ...asked)),
    new Map(Object.entries(platforms))
  ).map(({ finding }) => finding.id)
}

test("what lies in the base alone and is not in today's base is fixed, in the order of the findings", () => {
  const findings = [found('CVE-3', UPPER_BASE), found('CVE-1'), found('CVE-2', BASE, UPPER_BASE)]
  expect(fixed({ amd64: on(findings, [found('CVE-1', 'sha256:other')]) })).toEqual(['CVE-3', 'CVE-2'])
})

describe('stays', () => {
  test.each([
    ['what lies in a layer of our own', found('CVE-1', OWN)],
    ['what lies in a layer of our own as well', found('CVE-1', BASE, OWN)],
    ['what lies in a layer that nobody knows', found('CVE-1', BASE, undefined)],
    ['a secret, which is mended by revoking it', aSecret({ layer: { digest: 'sha256:c', diffId: BASE } })]
  ])('%s', (_, finding) => expect(fixed({ amd64: on([finding]) })).toEqual([]))

  test('another package of the same vulnerability does not keep it', () => {
    const other = aVulnerability({ id: 'CVE-1', package: 'another' })
    expect(fixed({ amd64: on([found('CVE-1')], [other]) })).toEqual(['CVE-1'])
  })

  test('what is not gone on every platform where it is', () => {
    const platforms = { amd64: on([found('CVE-1')]), arm64: on([found('CVE-1')], [found('CVE-1')]) }
    expect(fixed(platforms)).toEqual([])
    expect(fixed(platforms, 'amd64')).toEqual(['CVE-1'])
    expect(fixed({ amd64: on([found('CVE-1')]) }, 'amd64', 'riscv64')).toEqual([])
    expect(fixedByRebuild([{ finding: found('CVE-1'), platforms: [] }], new Map())).toEqual([])
  })
})
