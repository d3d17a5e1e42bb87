import type { Vulnerability } from '../report/model.ts'
import type { Severity } from '../report/severity.ts'
import { neverRising, type Rows } from './budget.ts'
import { link } from './escape.ts'

/** How much a document shows. */
export interface View {
  /** Markdown heading level of the document's title. */
  readonly level: number
  /** False, a comment on a pull request: short, and what is not news is folded. */
  readonly open: boolean
  /** Whether vulnerabilities are shown with their titles. */
  readonly titles: boolean
  /** Whether digests are shown whole. */
  readonly wholeDigests: boolean
  /** Where dropped rows are found: "in the [job summary](…)". */
  readonly rest: string
}

/** Which rows stay longest when a document is too long, in rising order. Rows of findings have a rank for each severity. */
export const RANK = {
  unmatched: 1,
  accepted: 2,
  unchanged: { critical: 7, high: 6, medium: 4, low: 3, unknown: 3 },
  fixed: 5,
  platforms: 8,
  added: { critical: 12, high: 11, medium: 10, low: 9, unknown: 9 },
  failing: 13,
  notDone: 14,
  plan: 15,
  acceptedHere: 16,
  images: 17
} as const

const ICONS: Readonly<Record<Severity, string>> = { critical: '🔴', high: '🟠', medium: '🟡', low: '🔵', unknown: '⚪' }

/** "🔴 Critical": the word is there for those who cannot see the colour. */
export function severityCell(severity: Severity): string {
  return `${ICONS[severity]} ${capital(severity)}`
}

/** Rows that a table can have before it is certain that not all of them fit: a row of findings has 100 characters and more. */
const MOST_ROWS = { comment: 1_000, open: 12_000 } as const

/** The first of many things, of which each will be a row, and how many are left out because they could never fit. */
export function fitting<T>(all: readonly T[], view: View): { readonly first: readonly T[]; readonly omitted: number } {
  const first = all.slice(0, view.open ? MOST_ROWS.open : MOST_ROWS.comment)
  return { first, omitted: all.length - first.length }
}

/** A table whose dropped rows are counted in a line beneath it. */
export function table(columns: readonly string[], rows: readonly string[], rank: Rows['rank'], view: View): Rows {
  return {
    rank: typeof rank === 'number' ? rank : neverRising(rank),
    before: `${line(columns)}|${'---|'.repeat(columns.length)}\n`,
    rows,
    after: '\n',
    more: dropped => `${dropped} more ${view.rest}.\n\n`
  }
}

/** One row of a table; the cells are escaped already. */
export function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}

/** The vulnerability's id, linked to the advisory that the scanner names, else to the page that the id itself leads to. */
export function advisoryLink(finding: Vulnerability): string {
  const given = link(finding.id, finding.url)
  return given.startsWith('[') ? given : link(finding.id, advisoryPage(finding.id))
}

/** With its first letter as a capital. */
export function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

/** The page to which a vulnerability's id itself leads; empty for an id that is neither a CVE's nor GitHub's. */
export function advisoryPage(id: string): string {
  if (/^CVE-\d{4}-\d{4,}$/.test(id)) return `https://nvd.nist.gov/vuln/detail/${id}`
  return /^GHSA(-[0-9a-z]{4}){3}$/.test(id) ? `https://github.com/advisories/${id}` : ''
}
