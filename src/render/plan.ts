import type { FixStep } from '../advice/fix-plan.ts'
import { oncePer } from '../lib/once-per.ts'
import { countBySeverity } from '../report/counts.ts'
import { identityOf, type PlatformFinding } from '../report/model.ts'
import { SEVERITIES } from '../report/severity.ts'
import { folded, heading } from './blocks.ts'
import type { Part, Rows } from './budget.ts'
import { code, prose } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { comparedWith, gateFindings, planOf } from './select.ts'
import { RANK, type View } from './tables.ts'
import { plural } from './words.ts'

/** Steps that are shown; what more there is must not push the findings out. */
const MOST_STEPS = { comment: 10, open: 200 } as const

/**
 * What to do: what fixes the gate first, then what this change brought, then the rest; and for how many findings there is nothing to do
 * yet. In a comment on a change that brought something, what was there before is only counted; where nothing is new and nothing fails, all of
 * it is folded.
 */
export function planParts(image: ImageOutcome, run: RunFacts, view: View): Part[] {
  const { steps, waiting } = planOf(image)
  const added = identitiesOf(comparedWith(image)?.added ?? [])
  const { shown, rest } = chooseSteps(steps, identitiesOf(gateFindings(image, run)), added, view)
  const lines = [
    ...secretLine(image),
    ...shown.map(step => `${stepInWords(step)}: ${fixesInWords(step.fixes, added)}`),
    ...(rest.length === 0 ? [] : [restInWords(rest, view)]),
    ...(waiting.length === 0 ? [] : [`No fix yet: ${countInWords(waiting)}`]),
    ...rebuildLine(image)
  ]
  if (lines.length === 0) return []
  const rows: Rows = {
    rank: RANK.plan,
    before: '',
    rows: lines.map(one => `- ${one}\n`),
    after: '\n',
    more: dropped => `${plural(dropped, 'more line')} of the fix plan ${view.rest}.\n\n`
  }
  if (added.size > 0 || image.verdict.result !== 'pass') return [heading('Fix plan', view), rows]
  return folded(`Fix plan: ${plural(steps.length, 'step')}`, [rows], view)
}

/** The first steps, the most urgent first, in a comment only those that are news where there are any; and those that are left. */
function chooseSteps(
  steps: readonly FixStep[],
  failing: ReadonlySet<string>,
  added: ReadonlySet<string>,
  view: View
): { shown: readonly FixStep[]; rest: readonly FixStep[] } {
  const fixesSome = ({ fixes }: FixStep, wanted: ReadonlySet<string>) =>
    fixes.some(({ finding }) => wanted.has(identityOf(finding)))
  const urgencyOf = (step: FixStep) => (fixesSome(step, failing) ? 0 : fixesSome(step, added) ? 1 : 2)
  const urgencies = new Map(steps.map(step => [step, urgencyOf(step)]))
  const ordered = [0, 1, 2].flatMap(urgency => steps.filter(step => urgencies.get(step) === urgency))
  const isNews = (step: FixStep) => added.size === 0 || step.kind === 'rebuild' || urgencies.get(step) !== 2
  const shown = view.open ? ordered.slice(0, MOST_STEPS.open) : ordered.filter(isNews).slice(0, MOST_STEPS.comment)
  return { shown, rest: ordered.filter(step => !shown.includes(step)) }
}

const identitiesOf = oncePer(
  (findings: readonly PlatformFinding[]): ReadonlySet<string> =>
    new Set(findings.map(({ finding }) => identityOf(finding)))
)

function restInWords(steps: readonly FixStep[], view: View): string {
  const fixes = steps.flatMap(step => step.fixes)
  return `${plural(steps.length, 'more step')}: ${steps.length === 1 ? 'fixes' : 'fix'} ${countInWords(fixes)}, ${view.rest}`
}

function secretLine({ findings }: ImageOutcome): string[] {
  const secrets = findings.filter(({ finding }) => finding.kind === 'secret')
  if (secrets.length === 0) return []
  return [
    `Revoke ${plural(secrets.length, 'secret')} and keep ${secrets.length === 1 ? 'it' : 'them'} out of the build`
  ]
}

function stepInWords(step: FixStep): string {
  if (step.kind === 'rebuild') return `Rebuild on today's ${code(step.base)}`
  const from = step.from.slice(0, 3).map(version => code(version, 60))
  if (step.from.length > from.length) from.push(`+${step.from.length - from.length}`)
  return `${code(step.package)} ${from.join(', ')} → ${code(step.to, 60)}`
}

/** "fixes 6 (1 critical), 2 of them new". */
function fixesInWords(fixes: readonly PlatformFinding[], added: ReadonlySet<string>): string {
  const fresh = fixes.filter(({ finding }) => added.has(identityOf(finding))).length
  const word = fresh === 0 ? '' : fresh === fixes.length ? ', new in this change' : `, ${fresh} of them new`
  return `fixes ${countInWords(fixes)}${word}`
}

/** How many, and how many of the worst: "23 (4 critical)". */
function countInWords(findings: readonly PlatformFinding[]): string {
  const counts = countBySeverity(findings)
  const worst = SEVERITIES.find(severity => counts[severity] > 0)
  if (worst === undefined) return `${findings.length}`
  return counts[worst] === findings.length
    ? `${findings.length} ${worst}`
    : `${findings.length} (${counts[worst]} ${worst})`
}

/** What is to be said of a rebuild that fixes nothing. */
function rebuildLine({ rebuild }: ImageOutcome): string[] {
  if (rebuild === undefined || (rebuild.state === 'newer' && rebuild.fixes.length > 0)) return []
  if (rebuild.state === 'unknown') return [`Whether a rebuild would help is not known: ${prose(rebuild.reason, 300)}`]
  const why = rebuild.state === 'current' ? ': the image is built on it already' : ''
  return [`A rebuild on today's ${code(rebuild.base)} fixes nothing${why}`]
}
