import type { Finding } from '../report/model.ts'
import { reaches } from '../report/severity.ts'
import type { Policy } from './policy.ts'

/** What the policy has against a finding: that it is exploited (`fail-on-known-exploited`), or its severity. */
export type Violation = 'exploitation' | 'severity'

/**
 * What the policy has against a finding, whatever the day; undefined when it has nothing. With `ignore-unfixed` a vulnerability without
 * a fix violates nothing, even one that is exploited: nobody could act on it.
 */
export function violationOf(finding: Finding, policy: Policy): Violation | undefined {
  if (finding.kind === 'secret') return reaches(finding.severity, policy.failOnSecret) ? 'severity' : undefined
  if (!finding.fixable && policy.ignoreUnfixed) return undefined
  if (finding.knownExploited && policy.failOnKnownExploited) return 'exploitation'
  return reaches(finding.severity, policy.failOn) ? 'severity' : undefined
}
