import type { PlatformFinding } from './model.ts'
import { SEVERITIES, type Severity } from './severity.ts'

/** Number of findings, vulnerabilities and secrets alike, by severity; every severity is there, with 0 where it has none. */
export function countBySeverity(findings: readonly PlatformFinding[]): Record<Severity, number> {
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 }
  for (const { finding } of findings) counts[finding.severity] += 1
  return counts
}

/** Number of vulnerabilities of which at least one occurrence has a fix. Secrets have none: they must be revoked. */
export function fixableCount(findings: readonly PlatformFinding[]): number {
  return findings.filter(({ finding }) => finding.kind === 'vulnerability' && finding.fixable).length
}

/** `1 critical and 2 high`; severities without findings are left out; empty when there are none. */
export function countsInWords(counts: Readonly<Record<Severity, number>>): string {
  const words = SEVERITIES.filter(severity => counts[severity] > 0).map(severity => `${counts[severity]} ${severity}`)
  const last = words.pop() ?? ''
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`
}
