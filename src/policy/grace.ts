import type { Finding } from '../report/model.ts'
import { dayOf } from './calendar.ts'
import type { Policy } from './policy.ts'
import { violationOf } from './violation.ts'

const DAY_MS = 86_400_000

/**
 * Whole days, at least 1, until a vulnerability fails the gate that only `grace-days` still keeps from failing; undefined for what fails
 * today, and for what would never fail. It is the only place that knows about grace.
 *
 * Days are days of the calendar in UTC: with `critical=7`, what was published at any hour of the 1st counts from the 8th on, and has one day
 * left on the 7th. A publication date that is unknown, or lies in the future, gives no grace; nor does known exploitation with
 * `fail-on-known-exploited`.
 * @param today `YYYY-MM-DD` in UTC.
 */
export function daysOfGrace(finding: Finding, policy: Policy, today: string): number | undefined {
  if (finding.kind === 'secret' || violationOf(finding, policy) !== 'severity') return undefined
  const days = policy.graceDays[finding.severity] ?? 0
  if (days === 0) return undefined
  const published = /^\d{4}-\d{2}-\d{2}T/.test(finding.published) ? dayOf(new Date(finding.published)) : undefined
  if (published === undefined || published > today) return undefined
  const left = days - (Date.parse(today) - Date.parse(published)) / DAY_MS
  return left >= 1 ? left : undefined
}
