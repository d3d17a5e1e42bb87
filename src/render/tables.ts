import type { AcceptedRisk, Suppressed } from '../policy/policy.ts'
import { countBySeverity } from '../report/counts.ts'
import type { Finding, PlatformFinding, Secret, Vulnerability } from '../report/model.ts'
import { SEVERITIES, type Severity } from '../report/severity.ts'
import type { Rows } from './budget.ts'
import { cell, code, link } from './escape.ts'
import type { ImageOutcome } from './outcome.ts'
import { fixableOf, scannedPlatforms } from './select.ts'
import { coverageInWords, daysUntil, shortDigest, totalInWords } from './words.ts'

/** How much a document shows. */
export interface View {
  /** Markdown heading level of the document's title. */
  readonly level: number
  /** False: everything but the findings that fail the gate is folded. */
  readonly open: boolean
  /** Whether vulnerabilities are shown with their titles. */
  readonly titles: boolean
  /** Whether digests are shown whole. */
  readonly wholeDigests: boolean
  /** Where dropped rows are found: "in the [job summary](…)". */
  readonly rest: string
}

/** Which rows stay longest when a document is too long, in rising order. */
export const RANK = {
  unmatched: 1,
  accepted: 2,
  others: 3,
  otherSecrets: 4,
  notDone: 5,
  platforms: 6,
  failing: 7,
  images: 8
} as const

const ICONS: Readonly<Record<Severity, string>> = { critical: '🔴', high: '🟠', medium: '🟡', low: '🔵', unknown: '⚪' }

const MOST_PLACES = 5

/** "🔴 Critical": the word is there for those who cannot see the colour. */
export function severityCell(severity: Severity): string {
  return `${ICONS[severity]} ${capital(severity)}`
}

/** Findings of each severity: vulnerabilities, how many of them can be fixed, and secrets where there are any. */
export function countTable(image: ImageOutcome): string {
  const vulnerabilities = image.findings.filter(({ finding }) => finding.kind === 'vulnerability')
  const secrets = image.findings.filter(({ finding }) => finding.kind === 'secret')
  const rows = [
    countLine('**Vulnerabilities**', vulnerabilities),
    countLine('of which fixable', fixableOf(vulnerabilities)),
    ...(secrets.length === 0 ? [] : [countLine('**Secrets**', secrets)])
  ]
  return `${line(['', ...SEVERITIES.map(capital)])}|---|${'--:|'.repeat(SEVERITIES.length)}\n${rows.join('')}\n`
}

function countLine(title: string, findings: readonly PlatformFinding[]): string {
  const counts = countBySeverity(findings)
  return line([title, ...SEVERITIES.map(severity => `${counts[severity]}`)])
}

/** Each platform with its own digest, what it holds and how many findings it has. */
export function platformTable(image: ImageOutcome, view: View): Rows {
  const rows = image.platforms.map(({ platform, digest, result }) => {
    const found = image.findings.filter(({ platforms }) => platforms.includes(platform))
    const coverage = result.complete
      ? cell(coverageInWords(result.report), 300)
      : `not scanned: ${cell(result.reason, 200)}`
    const total = result.complete ? totalInWords(found) : 'unknown'
    return line([code(platform, 40), total, coverage, code(shortDigest(digest ?? ''))])
  })
  return table(['Platform', 'Findings', 'What it holds', 'Digest'], rows, RANK.platforms, view)
}

/** Vulnerabilities with what mends them and where they are. */
export function vulnerabilityTable(
  found: readonly PlatformFinding[],
  image: ImageOutcome,
  view: View,
  rank: number
): Rows {
  const scanned = scannedPlatforms(image)
  const columns = ['Severity', 'Vulnerability', 'Package', 'Installed → Fixed', 'Where']
  if (scanned.length > 1) columns.push('Platforms')
  if (view.titles) columns.push('Title')
  const rows = found.flatMap(({ finding, platforms }) => {
    if (finding.kind !== 'vulnerability') return []
    const cells = [severityCell(finding.severity), advisoryLink(finding), code(finding.package)]
    cells.push(fixCell(finding), placeCell(finding))
    if (scanned.length > 1) cells.push(platformCell(platforms, scanned))
    if (view.titles) cells.push(cell(finding.title))
    return [line(cells)]
  })
  return table(columns, rows, rank, view)
}

/** Secrets by rule and place; what they say is not known here. */
export function secretTable(found: readonly PlatformFinding[], image: ImageOutcome, view: View, rank: number): Rows {
  const scanned = scannedPlatforms(image)
  const columns = ['Severity', 'Secret', 'Rule', 'Where']
  if (scanned.length > 1) columns.push('Platforms')
  const rows = found.flatMap(({ finding, platforms }) => {
    if (finding.kind !== 'secret') return []
    const cells = [severityCell(finding.severity), cell(finding.title), code(finding.id), secretPlace(finding)]
    if (scanned.length > 1) cells.push(platformCell(platforms, scanned))
    return [line(cells)]
  })
  return table(columns, rows, rank, view)
}

/** Findings that somebody accepted, who said so where, and until when. */
export function acceptedTable(suppressed: readonly Suppressed[], view: View, now: Date): Rows {
  const rows = suppressed.map(({ finding, by }) =>
    line([
      severityCell(finding.severity),
      nameOf(finding),
      subjectOf(finding),
      cell(by.reason),
      code(by.source),
      expiryCell(by, now)
    ])
  )
  return table(
    ['Severity', 'Finding', 'Package or file', 'Reason', 'Accepted in', 'Expires'],
    rows,
    RANK.accepted,
    view
  )
}

/** Accepted risks that hid nothing, and may be out of date. */
export function unmatchedTable(risks: readonly AcceptedRisk[], view: View, now: Date): Rows {
  const rows = risks.map(risk => line([code(risk.id), code(risk.source), cell(risk.reason), expiryCell(risk, now)]))
  return table(['Finding', 'Accepted in', 'Reason', 'Expires'], rows, RANK.unmatched, view)
}

/** A table whose dropped rows are counted in a line beneath it. */
export function table(columns: readonly string[], rows: readonly string[], rank: number, view: View): Rows {
  return {
    rank,
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
  return given.startsWith('[') ? given : link(finding.id, pageOf(finding.id))
}

function pageOf(id: string): string {
  if (/^CVE-\d{4}-\d{4,}$/.test(id)) return `https://nvd.nist.gov/vuln/detail/${id}`
  return /^GHSA(-[0-9a-z]{4}){3}$/.test(id) ? `https://github.com/advisories/${id}` : ''
}

function fixCell(finding: Vulnerability): string {
  const changes = finding.occurrences.map(({ installed, fixed }) => `${code(installed)} → ${code(fixed) || 'no fix'}`)
  return some([...new Set(changes)])
}

function placeCell(finding: Vulnerability): string {
  const places = new Set(
    finding.occurrences.map(({ path }) => (path === '' ? cell(`${finding.ecosystem} package`) : code(path)))
  )
  return some([...places])
}

function secretPlace(finding: Secret): string {
  return finding.line > 0 ? `${code(finding.path)}, line ${finding.line}` : code(finding.path)
}

function platformCell(platforms: readonly string[], scanned: readonly string[]): string {
  if (platforms.length === scanned.length) return 'all'
  return some(platforms.map(platform => cell(platform, 40)))
}

function some(items: readonly string[]): string {
  const shown = items.slice(0, MOST_PLACES).join(', ')
  return items.length > MOST_PLACES ? `${shown}, +${items.length - MOST_PLACES}` : shown
}

function nameOf(finding: Finding): string {
  return finding.kind === 'vulnerability' ? advisoryLink(finding) : code(finding.id)
}

function subjectOf(finding: Finding): string {
  return finding.kind === 'vulnerability' ? code(finding.package) : secretPlace(finding)
}

function expiryCell(risk: AcceptedRisk, now: Date): string {
  if (risk.expires === undefined) return 'never'
  const days = daysUntil(risk.expires, now)
  if (Number.isNaN(days)) return cell(risk.expires)
  const when = days > 1 ? `in ${days} days` : days === 1 ? 'in 1 day' : 'expired'
  return `${cell(risk.expires)} (${when})`
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
