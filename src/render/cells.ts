import { leastAbove, parseFixed } from '../advice/fixed-versions.ts'
import { daysOfGrace } from '../policy/grace.ts'
import type { Finding, Occurrence, Secret, Source, Vulnerability } from '../report/model.ts'
import { cell, cleanEnd, code, codeLink } from './escape.ts'
import type { RunFacts } from './outcome.ts'
import { todayOf } from './select.ts'
import { advisoryLink, severityCell, type View } from './tables.ts'
import { daysUntil, plural, shortPath } from './words.ts'

const MOST_PLACES = 5

/** Longest paths in a table that must be narrow, and in one that need not. */
const LONGEST_PATH = { narrow: 24, wide: 60 } as const

/** A secret is known by nothing but its path, of which the end says most. */
const LONGEST_SECRET_PATH = 80

/** "🔴 Critical", and what makes it more or less urgent: that it is exploited, or that its grace is not over. */
export function urgencyCell(finding: Finding, run: RunFacts): string {
  const days = daysOfGrace(finding, run.policy, todayOf(run))
  return [
    severityCell(finding.severity),
    ...(finding.kind === 'vulnerability' && finding.knownExploited ? ['**known exploited**'] : []),
    ...(days === undefined ? [] : [`due in ${plural(days, 'day')}`])
  ].join('<br>')
}

/** "`3.0.11` → `3.0.15`", each pair of versions once; of several fixed versions a comment shows the least one that is higher. */
export function fixCell({ ecosystem, occurrences }: Vulnerability, view: View): string {
  const shown = ({ installed, fixed }: Occurrence): string =>
    view.open ? fixed : (leastAbove(ecosystem, parseFixed(ecosystem, fixed), installed) ?? fixed)
  return some(
    occurrences.map(one => `${code(one.installed)} → ${code(shown(one)) || 'no fix'}`),
    '<br>'
  )
}

/** Installed versions, each once. */
export function versionCell(finding: Vulnerability): string {
  return some(finding.occurrences.map(({ installed }) => code(installed)))
}

/**
 * Where it lies: the line that brought it in, linked, where that is known, else the path inside the image, a package's shortened in a
 * comment. Of secrets, and in a document with room for both, both.
 */
export function placeCell(finding: Finding, run: RunFacts, view: View): string {
  if (finding.kind === 'secret') return secretPlace(finding, run)
  return some(finding.occurrences.map(occurrence => placeOf(occurrence, finding.ecosystem, run, view)))
}

function placeOf(occurrence: Occurrence, ecosystem: string, run: RunFacts, view: View): string {
  const path = pathOf(occurrence.path, view)
  if (occurrence.source === undefined) return path || cell(`${ecosystem} package`)
  const source = sourceLink(occurrence.source, run)
  return view.open && path !== '' ? `${source}: ${path}` : source
}

function secretPlace(finding: Secret, run: RunFacts): string {
  const path = secretPathCell(finding)
  const place = finding.line > 0 ? `${path}, line ${finding.line}` : path
  return finding.source === undefined ? place : `${place}, by ${sourceLink(finding.source, run)}`
}

/** The path of a secret, or as much of its end as a table has room for. */
export function secretPathCell({ path }: Secret): string {
  return code(cleanEnd(path, LONGEST_SECRET_PATH))
}

function pathOf(path: string, view: View): string {
  return code(shortPath(path, view.open ? LONGEST_PATH.wide : LONGEST_PATH.narrow))
}

/** "`Dockerfile:6`", linked to the file as it is at the run's commit; "base (`Dockerfile:1`)" for what the base image brings. */
function sourceLink({ file, line, base }: Source, run: RunFacts): string {
  const segments = file.split('/')
  const isInside = segments.every(segment => !['', '.', '..'].includes(segment))
  const path = segments.map(encodeURIComponent).join('/')
  const url = isInside ? `${run.serverUrl}/${run.repository}/blob/${run.sourceSha}/${path}#L${line}` : ''
  const shown = codeLink(`${shortPath(file, LONGEST_PATH.narrow)}:${line}`, url, run.serverUrl)
  return base ? `base (${shown})` : shown
}

/** "all", or which; without the operating system where all platforms have the same. */
export function platformCell(platforms: readonly string[], scanned: readonly string[]): string {
  if (platforms.length === scanned.length) return 'all'
  const [system] = (scanned[0] ?? '').split('/')
  const same = scanned.every(platform => platform.startsWith(`${system}/`))
  return some(platforms.map(platform => cell(same ? platform.slice(`${system}/`.length) : platform, 40)))
}

/** The finding's id with its advisory, or a secret's rule. */
export function nameCell(finding: Finding): string {
  return finding.kind === 'vulnerability' ? advisoryLink(finding) : code(finding.id)
}

/** "2026-12-01 (in 11 days)", "2026-11-01 (expired)". */
export function expiryCell(expires: string, now: Date): string {
  const days = daysUntil(expires, now)
  if (Number.isNaN(days)) return cell(expires)
  return `${cell(expires)} (${days > 0 ? `in ${plural(days, 'day')}` : 'expired'})`
}

/** Each once, the first five. */
function some(items: readonly string[], separator = ', '): string {
  const all = [...new Set(items)]
  const left = all.length - MOST_PLACES
  return [...all.slice(0, MOST_PLACES), ...(left > 0 ? [`+${left}`] : [])].join(separator)
}
