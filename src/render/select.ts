import { failsGate } from '../policy/evaluate.ts'
import type { Occurrence, PlatformFinding } from '../report/model.ts'
import { reaches } from '../report/severity.ts'
import type { JudgedImage, RunFacts } from './outcome.ts'

/** The findings that fail the gate, and all others that are severe enough to be shown; each most severe first, as given. */
export function splitFindings(
  image: JudgedImage,
  run: RunFacts
): { failing: PlatformFinding[]; others: PlatformFinding[] } {
  const failing: PlatformFinding[] = []
  const others: PlatformFinding[] = []
  for (const found of image.findings) {
    if (failsGate(found.finding, run.policy)) failing.push(found)
    else if (reaches(found.finding.severity, run.minSeverity)) others.push(found)
  }
  return { failing, others }
}

/** The vulnerabilities that have a fix somewhere. */
export function fixableOf(findings: readonly PlatformFinding[]): PlatformFinding[] {
  return findings.filter(({ finding }) => finding.kind === 'vulnerability' && finding.fixable)
}

/** What changes: "3.0.11 → 3.0.15", each pair of versions once; "no fix" where there is none. */
export function versionChanges(occurrences: readonly Occurrence[]): string[] {
  return [...new Set(occurrences.map(({ installed, fixed }) => `${installed} → ${fixed || 'no fix'}`))]
}

/** Platforms that were scanned to the end. */
export function scannedPlatforms(image: JudgedImage): string[] {
  return image.platforms.filter(({ result }) => result.complete).map(({ platform }) => platform)
}
