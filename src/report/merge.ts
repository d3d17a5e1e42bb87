import {
  type Finding,
  identityOf,
  type Occurrence,
  type PlatformFinding,
  type Secret,
  type Vulnerability
} from './model.ts'
import { compareFindings, sortOccurrences } from './order.ts'
import { bySeverity } from './severity.ts'

/**
 * Each finding once, with all platforms on which it was found, in the order of `compareFindings`.
 *
 * The most severe one gives severity and texts. Occurrences of several platforms that have path and versions in common are one:
 * that they lie in different layers or are built for different processors is no news to a reader.
 * @param found in the order in which platforms are to be listed.
 */
export function mergeFound(found: readonly PlatformFinding[]): PlatformFinding[] {
  const merged = new Map<string, { finding: Finding; platforms: string[] }>()
  for (const { finding, platforms } of found) {
    const key = identityOf(finding)
    const known = merged.get(key)
    if (known === undefined) {
      merged.set(key, { finding, platforms: [...platforms] })
      continue
    }
    known.finding = mergeFindings(known.finding, finding)
    for (const platform of platforms) if (!known.platforms.includes(platform)) known.platforms.push(platform)
  }
  return [...merged.values()].sort((a, b) => compareFindings(a.finding, b.finding))
}

/** Of two secrets of one rule in one file: the more severe one; of equally severe ones that on the earlier line. */
export function worseSecret(a: Secret, b: Secret): Secret {
  return (bySeverity(a, b) || a.line - b.line) <= 0 ? a : b
}

function mergeFindings(a: Finding, b: Finding): Finding {
  if (a.kind === 'secret') return b.kind === 'secret' ? worseSecret(a, b) : a
  return b.kind === 'secret' ? a : mergeVulnerabilities(a, b)
}

function mergeVulnerabilities(a: Vulnerability, b: Vulnerability): Vulnerability {
  return {
    ...(bySeverity(a, b) <= 0 ? a : b),
    fixable: a.fixable || b.fixable,
    occurrences: mergeOccurrences([...a.occurrences, ...b.occurrences])
  }
}

function mergeOccurrences(occurrences: readonly Occurrence[]): Occurrence[] {
  const merged = new Map<string, Occurrence>()
  for (const occurrence of occurrences) {
    const key = JSON.stringify([occurrence.path, occurrence.installed, occurrence.fixed])
    const known = merged.get(key)
    merged.set(key, known === undefined ? occurrence : { ...known, purl: commonPurl(known.purl, occurrence.purl) })
  }
  return sortOccurrences([...merged.values()])
}

/**
 * What two package URLs of the same package have in common: all, or what stands before the qualifiers (`?arch=amd64`), or nothing.
 * An accepted risk for one processor must not hide what is on another.
 */
function commonPurl(a: string, b: string): string {
  if (a === b) return a
  const [short, other] = [a, b].map(purl => purl.replace(/[?#].*$/s, ''))
  return short !== undefined && short === other ? short : ''
}
