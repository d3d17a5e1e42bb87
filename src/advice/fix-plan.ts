import { countBySeverity } from '../report/counts.ts'
import { identityOf, type PlatformFinding } from '../report/model.ts'
import { compareText } from '../report/order.ts'
import { SEVERITIES, type Severity } from '../report/severity.ts'
import { type Fixable, planRaise, type RaiseStep } from './raise.ts'

/** What a rebuild on today's image of the same `FROM` tag removes. */
export interface Rebuild {
  /** `debian:12` */
  readonly base: string
  /** `FROM` names a digest beside the tag, which has to be raised first. */
  readonly pinned?: true
  readonly fixes: readonly PlatformFinding[]
}

/** One thing that somebody can do, and what it removes. */
export type FixStep = ({ readonly kind: 'rebuild' } & Rebuild) | RaiseStep

/** What one does about the findings of an image: steps that remove most of the worst first. */
export interface FixPlan {
  readonly steps: readonly FixStep[]
  /** Vulnerabilities for which there is nothing to do yet. */
  readonly waiting: readonly PlatformFinding[]
}

/**
 * What to do about the vulnerabilities of an image. Each of them is either in one step or waiting; secrets are not part of the plan.
 * @param findings in the order of `compareFindings`, which they keep within a step.
 * @param rebuild what it removes needs no other step.
 */
export function planFixes(findings: readonly PlatformFinding[], rebuild?: Rebuild): FixPlan {
  const rebuilt = new Set(rebuild?.fixes.map(({ finding }) => identityOf(finding)))
  const isRebuilt = ({ finding }: PlatformFinding) => rebuilt.size > 0 && rebuilt.has(identityOf(finding))
  const vulnerabilities = findings.filter(({ finding }) => finding.kind === 'vulnerability')
  const fixes = vulnerabilities.filter(isRebuilt)
  const left = vulnerabilities.filter(item => !isRebuilt(item))
  const packages = Map.groupBy(left.filter(isFixable), ({ finding }) =>
    JSON.stringify([finding.ecosystem, finding.package])
  )
  const steps: FixStep[] = [...packages.values()].flatMap(items => planRaise(items as [Fixable, ...Fixable[]]))
  if (rebuild !== undefined && fixes.length > 0) {
    const { base, pinned } = rebuild
    steps.push({ kind: 'rebuild', base, ...(pinned && { pinned }), fixes })
  }
  return { steps: sortSteps(steps), waiting: left.filter(item => !isFixable(item)) }
}

function isFixable(item: PlatformFinding): item is Fixable {
  return item.finding.kind === 'vulnerability' && item.finding.fixable
}

/** By how many of the most severe findings they remove, then of the next; of equal ones the rebuild first, then by name. */
function sortSteps(steps: readonly FixStep[]): FixStep[] {
  const weighed = steps.map(step => ({ step, counts: countBySeverity(step.fixes) }))
  weighed.sort((a, b) => compareCounts(a.counts, b.counts) || compareNames(a.step, b.step))
  return weighed.map(({ step }) => step)
}

function compareCounts(a: Record<Severity, number>, b: Record<Severity, number>): number {
  const severity = SEVERITIES.find(severity => a[severity] !== b[severity])
  return severity === undefined ? 0 : b[severity] - a[severity]
}

function compareNames(a: FixStep, b: FixStep): number {
  if (a.kind === 'rebuild') return -1
  if (b.kind === 'rebuild') return 1
  return compareText(a.package, b.package) || compareText(a.ecosystem, b.ecosystem) || compareText(a.to, b.to)
}
