import type { PlatformFinding } from '../report/model.ts'
import { versionChanges } from './select.ts'

/** Versions of one package that are named. */
const MOST_CHANGES = 10

/** A finding in short for other programs: what it is, where, and what mends it, without its texts. */
export function entryOf({ finding, platforms }: PlatformFinding): object {
  const { kind, id, severity } = finding
  if (finding.kind === 'secret') return { kind, id, severity, path: finding.path, line: finding.line, platforms }
  const { ecosystem, package: name, knownExploited } = finding
  const changes = versionChanges(finding.occurrences).slice(0, MOST_CHANGES)
  return { kind, id, severity, ecosystem, package: name, changes, platforms, ...(knownExploited && { knownExploited }) }
}
