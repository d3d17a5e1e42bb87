import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { bytes, fitTo } from '../../../src/render/budget.ts'
import type { ImageOutcome } from '../../../src/render/outcome.ts'
import { mergeRemarks, remarkParts } from '../../../src/render/remarks.ts'
import { RANK, type View } from '../../../src/render/tables.ts'
import type { Remark } from '../../../src/report/model.ts'
import { scanned } from '../../fixtures/findings.ts'
import { anImage } from '../../fixtures/outcome.ts'

const OPEN: View = { level: 2, open: true, titles: true, wholeDigests: true, rest: 'do not fit' }

const ROOT: Remark = {
  kind: 'misconfiguration',
  id: 'DS-0002',
  severity: 'high',
  title: "Image user should not be 'root'",
  subject: '',
  advice: "Add 'USER <non root user name>' line to the Dockerfile",
  url: 'https://avd.aquasec.com/misconfig/ds-0002'
}
const GPL: Remark = {
  kind: 'license',
  id: 'GPL-3.0-only',
  severity: 'high',
  title: 'restricted',
  subject: 'bash',
  advice: '',
  url: ''
}

function imageWith(...remarks: readonly (readonly Remark[])[]): ImageOutcome {
  const names = ['linux/amd64', 'linux/arm64']
  return anImage({ platforms: remarks.map((list, index) => scanned(names[index] ?? '', { remarks: list })) })
}

test('each is listed once with its platforms, most severe first', () => {
  const low: Remark = { ...ROOT, id: 'DS-0026', severity: 'low' }
  expect(mergeRemarks(imageWith([low, GPL, ROOT], [GPL]))).toEqual([
    { remark: ROOT, platforms: ['linux/amd64'] },
    { remark: GPL, platforms: ['linux/amd64', 'linux/arm64'] },
    { remark: low, platforms: ['linux/amd64'] }
  ])
})

test('a table says that they are neither judged nor uploaded', () => {
  const { text } = fitTo(remarkParts(imageWith([ROOT], [GPL]), OPEN), 10_000, bytes)
  expect(text).toContain('#### Misconfigurations and licences: 2, shown, not judged and not uploaded')
  expect(text).toContain(
    "| 🟠 High | Misconfiguration | [DS-0002](<https://avd.aquasec.com/misconfig/ds-0002>) |  | Image user should not be 'root' |"
  )
  expect(text).toMatch(/\| Licence \| GPL-3\.0-only \| `bash` \| restricted \| {2}\| arm64 \|/)
})

test('nothing where there is none, and an unfinished platform has none', () => {
  const failed = { platform: 'linux/amd64', result: { complete: false, reason: 'x' } } as const
  expect(remarkParts(anImage({ platforms: [failed] }), OPEN)).toEqual([])
  expect(remarkParts(imageWith([]), OPEN)).toEqual([])
})

test('their rows go before all others, and are counted', () => {
  const [, rows] = remarkParts(imageWith([ROOT, GPL]), OPEN)
  const lowest = Math.min(...Object.values(RANK).filter(rank => typeof rank === 'number'))
  expect(rows).toMatchObject({ rank: expect.any(Number) })
  if (typeof rows !== 'object' || typeof rows.rank !== 'number') throw new Error('no rows')
  expect(rows.rank).toBeLessThan(lowest)
  expect(fitTo([rows], 100, bytes).text).toContain('2 more do not fit.')
})

test('of very many only as many rows are made as could fit, and the rest are counted', () => {
  const many = Array.from({ length: 100_000 }, (_, index): Remark => ({ ...GPL, subject: `package-${index}` }))
  const [title, rows] = remarkParts(imageWith(many), OPEN)
  expect(title).toContain('Misconfigurations and licences: 100000,')
  if (typeof rows !== 'object') throw new Error('no rows')
  expect(rows.rows.length).toBeLessThan(20_000)
  expect(rows.rows.length + (rows.omitted ?? 0)).toBe(100_000)
})

test('a row stays a row, whatever the image says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), said => {
      const hostile: Remark = { ...GPL, id: said, title: said, subject: said, advice: `|\n${said}`, url: said }
      const [, rows] = remarkParts(imageWith([hostile]), OPEN)
      if (typeof rows !== 'object') throw new Error('no rows')
      expect(rows.rows).toHaveLength(1)
      expect(rows.rows[0]?.match(/\|/g)).toHaveLength(7)
      expect(rows.rows[0]?.indexOf('\n')).toBe((rows.rows[0]?.length ?? 0) - 1)
    })
  )
})
