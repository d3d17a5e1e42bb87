import type { AcceptedRisk } from '../policy/policy.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { todayOf } from './select.ts'

/** Accepted risks that hide nothing, each in the order of the run's accepted risks. */
export interface UnusedRisks {
  /** They no longer count, whether what they are about was found or not. */
  readonly expired: readonly AcceptedRisk[]
  /** They count, and nothing was found that they match. */
  readonly unmatched: readonly AcceptedRisk[]
}

/** What somebody should clear away. Dismissed alerts are not among it: GitHub closes them when what they are about is gone. */
export function unusedRisks(images: readonly ImageOutcome[], run: RunFacts): UnusedRisks {
  const matched = new Set(images.flatMap(({ suppressed }) => suppressed.map(({ by }) => keyOf(by))))
  const today = todayOf(run)
  const written = run.accepted.filter(({ alert }) => alert === undefined)
  const isExpired = ({ expires }: AcceptedRisk) => expires !== undefined && expires <= today
  return {
    expired: written.filter(isExpired),
    unmatched: written.filter(risk => !isExpired(risk) && !matched.has(keyOf(risk)))
  }
}

/** Tells accepted risks apart, whatever their reason and end. */
export function keyOf({ source, id, kind, paths, purls, alert }: AcceptedRisk): string {
  return JSON.stringify([source, id, kind, paths, purls, alert])
}
