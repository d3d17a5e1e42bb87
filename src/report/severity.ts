/** Every severity that Trivy knows, most severe first. Source: trivy-db pkg/types/types.go, `SeverityNames`. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'unknown'] as const

/** One of them. */
export type Severity = (typeof SEVERITIES)[number]

/** A severity from which on something happens, or never. */
export type Threshold = Severity | 'none'

/** True when `severity` is as bad as `threshold` or worse; never for `none`. */
export function reaches(severity: Severity, threshold: Threshold): boolean {
  return threshold !== 'none' && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold)
}

/** For sorting: most severe first. */
export function bySeverity(a: { severity: Severity }, b: { severity: Severity }): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
}

/** Trivy's word (`HIGH`) as ours; anything else is `unknown`. */
export function parseSeverity(word: string): Severity {
  const lower = word.toLowerCase()
  return SEVERITIES.find(severity => severity === lower) ?? 'unknown'
}
