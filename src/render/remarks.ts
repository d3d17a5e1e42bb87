import type { Remark } from '../report/model.ts'
import { bySeverity } from '../report/severity.ts'
import { folded } from './blocks.ts'
import type { Part } from './budget.ts'
import { platformCell } from './cells.ts'
import { cell, code, link } from './escape.ts'
import type { JudgedImage } from './outcome.ts'
import { scannedPlatforms } from './select.ts'
import { fitting, line, severityCell, table, type View } from './tables.ts'

/** Below every rank of tables.ts: what is neither judged nor uploaded goes first when a document is too long. */
const RANK = 0

const KINDS: Readonly<Record<Remark['kind'], string>> = { misconfiguration: 'Misconfiguration', license: 'Licence' }

/** A remark and the platforms on which it was made. */
export interface PlatformRemark {
  readonly remark: Remark
  readonly platforms: readonly string[]
}

/** The remarks of all platforms that were scanned, each once, most severe first, misconfigurations before licences. */
export function mergeRemarks(image: JudgedImage): PlatformRemark[] {
  const merged = new Map<string, { remark: Remark; platforms: string[] }>()
  for (const { platform, result } of image.platforms) {
    for (const remark of result.complete ? (result.report.remarks ?? []) : []) {
      const key = JSON.stringify([remark.kind, remark.id, remark.subject, remark.title])
      const known = merged.get(key)
      if (known === undefined) merged.set(key, { remark, platforms: [platform] })
      else if (!known.platforms.includes(platform)) known.platforms.push(platform)
    }
  }
  const order = ['misconfiguration', 'license']
  return [...merged.values()].sort(
    (a, b) => bySeverity(a.remark, b.remark) || order.indexOf(a.remark.kind) - order.indexOf(b.remark.kind)
  )
}

/** Misconfigurations and licences as a table; nothing where there are none. */
export function remarkParts(image: JudgedImage, view: View): Part[] {
  const remarks = mergeRemarks(image)
  if (remarks.length === 0) return []
  const scanned = scannedPlatforms(image)
  const columns = ['Severity', 'Kind', 'Check or licence', 'Package or file', 'What it says', 'What to do']
  if (scanned.length > 1) columns.push('Platforms')
  const { first, omitted } = fitting(remarks, view)
  const rows = first.map(({ remark, platforms }) => {
    const cells = [severityCell(remark.severity), KINDS[remark.kind], link(remark.id, remark.url), code(remark.subject)]
    cells.push(cell(remark.title, 200), cell(remark.advice, 300))
    if (scanned.length > 1) cells.push(platformCell(platforms, scanned))
    return line(cells)
  })
  const title = `Misconfigurations and licences: ${remarks.length}, shown, not judged and not uploaded`
  return folded(title, [{ ...table(columns, rows, RANK, view), omitted }], view)
}
