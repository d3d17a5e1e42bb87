import type { Finding, Occurrence } from './model.ts'
import { bySeverity } from './severity.ts'

/** For sorting texts by UTF-16 code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/**
 * For sorting findings: what is known to be exploited first, then most severe first; of the same severity secrets before vulnerabilities, then by package (a secret: path) and id.
 * Ecosystems come last, so that the order is total over findings of different identity.
 */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    Number(isExploited(b)) - Number(isExploited(a)) ||
    bySeverity(a, b) ||
    compareText(a.kind, b.kind) ||
    compareText(subjectOf(a), subjectOf(b)) ||
    compareText(a.id, b.id) ||
    compareText(ecosystemOf(a), ecosystemOf(b))
  )
}

/** Occurrences of one vulnerability by path, then version, then what else tells them apart; those that are equal in all of it once. */
export function sortOccurrences(occurrences: readonly Occurrence[]): Occurrence[] {
  const sorted = occurrences.toSorted(compareOccurrences)
  return sorted.filter((occurrence, i) => {
    const previous = sorted[i - 1]
    return previous === undefined || compareOccurrences(previous, occurrence) !== 0
  })
}

function compareOccurrences(a: Occurrence, b: Occurrence): number {
  return (
    compareText(a.path, b.path) ||
    compareText(a.installed, b.installed) ||
    compareText(a.fixed, b.fixed) ||
    compareText(a.purl, b.purl) ||
    compareText(a.layer?.diffId ?? '', b.layer?.diffId ?? '')
  )
}

function isExploited(finding: Finding): boolean {
  return finding.kind === 'vulnerability' && finding.knownExploited === true
}

function subjectOf(finding: Finding): string {
  return finding.kind === 'secret' ? finding.path : finding.package
}

function ecosystemOf(finding: Finding): string {
  return finding.kind === 'secret' ? '' : finding.ecosystem
}
