/**
 * Rows that are shown together, in a table or a list. Rows are dropped whole and from the end, so what is left is always well-formed.
 */
export interface Rows {
  /** Rows of a lower rank are dropped first; of equal rank, those that come later in the document. */
  readonly rank: number
  /** What opens the table, with its line break; left out when no row is left. */
  readonly before: string
  /** Each with its line break. */
  readonly rows: readonly string[]
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
  const kept = new Map<Rows, number>()
  let total = parts.reduce(
    (sum, part) => sum + size(typeof part === 'string' ? part : print(part, part.rows.length)),
    0
  )
  for (const rows of byExpendability(parts)) {
    if (total <= limit) break
    const shorter = shorten(rows, total - limit, size)
    kept.set(rows, shorter.kept)
    total -= shorter.saved
  }
  const text = parts
    .map(part => (typeof part === 'string' ? part : print(part, kept.get(part) ?? part.rows.length)))
    .join('')
  return { text, fits: total <= limit }
}

function byExpendability(parts: readonly Part[]): Rows[] {
  const rows = parts.filter(part => typeof part !== 'string').filter(part => part.rows.length > 0)
  return rows.reverse().sort((a, b) => a.rank - b.rank)
}

/** The most rows that can stay so that `need` is saved; none when that is not enough. */
function shorten(rows: Rows, need: number, size: (text: string) => number): { kept: number; saved: number } {
  const frame = size(rows.before) + size(rows.after)
  const sizes = rows.rows.map(size)
  const full = frame + sizes.reduce((sum, one) => sum + one, 0)
  let content = full
  for (let kept = sizes.length - 1; kept > 0; kept--) {
    content -= sizes[kept] ?? 0
    const saved = full - content - size(rows.more(sizes.length - kept))
    if (saved >= need) return { kept, saved }
  }
  return { kept: 0, saved: full - size(rows.more(sizes.length)) }
}

function print(rows: Rows, kept: number): string {
  const dropped = rows.rows.length - kept
  if (rows.rows.length === 0) return ''
  if (kept === 0) return rows.more(dropped)
  return rows.before + rows.rows.slice(0, kept).join('') + rows.after + (dropped === 0 ? '' : rows.more(dropped))
}
