/**
 * Rows that are shown together, in a table or a list. Rows are dropped whole and from the end, so what is left is always well-formed.
 */
export interface Rows {
  /**
   * Rows of a lower rank are dropped first; of equal rank, those that come later in the document. One for all rows, or one for each, which
   * never rises from row to row (`neverRising`).
   */
  readonly rank: number | readonly number[]
  /** What opens the table, with its line break; left out when no row is left. */
  readonly before: string
  /** Each with its line break. */
  readonly rows: readonly string[]
  /** How many more there would be behind these, which can never fit and were not made. */
  readonly omitted?: number
  /** What closes it. */
  readonly after: string
  /** The line that says how many rows were dropped, with its line break. */
  readonly more: (dropped: number) => string
}

/** Text that always stays, or rows. */
export type Part = string | Rows

/** Number of UTF-16 units. GitHub counts characters of some kind; no way of counting gives more than this one. */
export const characters = (text: string): number => text.length

/** Number of bytes in UTF-8. */
export const bytes = (text: string): number => new TextEncoder().encode(text).length

/** Ranks by which rows can be dropped from the end: none is higher than one before it, because each is raised to those behind it. */
export function neverRising(ranks: readonly number[]): number[] {
  let highest = Number.NEGATIVE_INFINITY
  return ranks
    .toReversed()
    .map(rank => {
      highest = Math.max(highest, rank)
      return highest
    })
    .reverse()
}

/**
 * Joins the parts and drops rows until the document fits.
 * @param limit in the unit of `size`.
 * @param size must add up: the size of a text is the sum of those of its pieces.
 * @returns the document, and whether it fits; it does not when what must stay is already too long.
 */
export function fitTo(
  parts: readonly Part[],
  limit: number,
  size: (text: string) => number
): { text: string; fits: boolean } {
  const tables = parts.filter(part => typeof part !== 'string').filter(part => part.rows.length > 0)
  const measured = tables.map(rows => measure(rows, size))
  const fixed = parts.reduce((sum, part) => sum + (typeof part === 'string' ? size(part) : 0), 0)
  let total = measured.reduce((sum, table) => sum + table.sizeWith(table.kept), fixed)
  for (const { table, from } of byExpendability(measured)) {
    if (total <= limit) break
    total -= shorten(table, from, total - limit)
  }
  const kept = new Map(measured.map(table => [table.rows, table.kept]))
  const text = parts.map(part => (typeof part === 'string' ? part : print(part, kept.get(part) ?? 0))).join('')
  return { text, fits: total <= limit }
}

/** Rows, how many of them stay, and how long they are with any number of them. */
interface Measured {
  readonly rows: Rows
  readonly sizeWith: (kept: number) => number
  kept: number
}

function measure(rows: Rows, size: (text: string) => number): Measured {
  const frame = size(rows.before) + size(rows.after)
  const upTo = [0]
  for (const row of rows.rows) upTo.push((upTo.at(-1) ?? 0) + size(row))
  const sizeWith = (kept: number): number => (kept === 0 ? 0 : frame + (upTo[kept] ?? 0)) + size(restOf(rows, kept))
  return { rows, sizeWith, kept: rows.rows.length }
}

/** The runs of rows of equal rank, each by the row with which it begins, the most expendable first. */
function byExpendability(measured: readonly Measured[]): { table: Measured; from: number; rank: number }[] {
  const runs = measured.flatMap(table => {
    const { rank, rows } = table.rows
    if (typeof rank === 'number') return [{ table, from: 0, rank }]
    return rows.flatMap((_, row) =>
      row > 0 && rank[row] === rank[row - 1] ? [] : [{ table, from: row, rank: rank[row] ?? 0 }]
    )
  })
  return runs.reverse().sort((a, b) => a.rank - b.rank)
}

/** Keeps as many rows as can stay so that `need` is saved, else what saves most, but all before `from`. Returns what is saved. */
function shorten(table: Measured, from: number, need: number): number {
  const full = table.sizeWith(table.kept)
  let best = { kept: table.kept, saved: 0 }
  for (let kept = table.kept - 1; kept >= from && best.saved < need; kept--) {
    const saved = full - table.sizeWith(kept)
    if (saved > best.saved) best = { kept, saved }
  }
  table.kept = best.kept
  return best.saved
}

function print(rows: Rows, kept: number): string {
  if (rows.rows.length === 0) return ''
  const shown = kept === 0 ? '' : rows.before + rows.rows.slice(0, kept).join('') + rows.after
  return shown + restOf(rows, kept)
}

function restOf(rows: Rows, kept: number): string {
  const dropped = rows.rows.length - kept + (rows.omitted ?? 0)
  return dropped === 0 ? '' : rows.more(dropped)
}
