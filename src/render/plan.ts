import { folded, heading } from './blocks.ts'
import type { Part, Rows } from './budget.ts'
import { code, prose } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { planOf } from './select.ts'
import {
  addedIn,
  effectInWords,
  rebuildInWords,
  revokeInWords,
  type Step,
  stepsOf,
  todaysBase,
  type UrgentStep
} from './steps.ts'
import { RANK, type View } from './tables.ts'
import { plural, totalInWords } from './words.ts'

/** Steps that are shown; what more there is must not push the findings out. */
const MOST_STEPS = { comment: 10, open: 200 } as const

/**
 * What to do, the most urgent first, and for how many findings there is nothing to do yet. In a comment on a change that brought
 * something, what was there before is only counted; where nothing is new and nothing fails, all of it is folded.
 */
export function planParts(image: ImageOutcome, run: RunFacts, view: View): Part[] {
  const steps = stepsOf([image], run)
  const { waiting } = planOf(image)
  const { shown, rest } = chooseSteps(steps, addedIn(image).size > 0, view)
  const lines = [
    ...shown.map(one => [stepInWords(one.step), effectInWords(one)].filter(words => words !== '').join(': ')),
    ...(rest.length === 0 ? [] : [restInWords(rest, view)]),
    ...(waiting.length === 0 ? [] : [`No fix yet: ${totalInWords(waiting)}`]),
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
  if (addedIn(image).size > 0 || image.verdict.result !== 'pass') return [heading('Fix plan', view), rows]
  return folded(`Fix plan: ${plural(steps.length, 'step')}`, [rows], view)
}

/** The first steps, in a comment only those that are news where there are any; and those that are left. */
function chooseSteps(
  steps: readonly UrgentStep[],
  hasNews: boolean,
  view: View
): { shown: readonly UrgentStep[]; rest: readonly UrgentStep[] } {
  const isNews = ({ step, urgency }: UrgentStep) => !hasNews || step.kind === 'rebuild' || urgency !== 'rest'
  const shown = view.open ? steps.slice(0, MOST_STEPS.open) : steps.filter(isNews).slice(0, MOST_STEPS.comment)
  return { shown, rest: steps.filter(step => !shown.includes(step)) }
}

function restInWords(steps: readonly UrgentStep[], view: View): string {
  const fixes = steps.flatMap(({ step }) => step.fixes)
  return `${plural(steps.length, 'more step')}: ${steps.length === 1 ? 'fixes' : 'fix'} ${totalInWords(fixes)}, ${view.rest}`
}

function stepInWords(step: Step): string {
  if (step.kind === 'revoke') return revokeInWords(step.fixes)
  if (step.kind === 'rebuild') return rebuildInWords(step, code(step.base))
  const from = step.from.slice(0, 3).map(version => code(version, 60))
  if (step.from.length > from.length) from.push(`+${step.from.length - from.length}`)
  return `${code(step.package)} ${from.join(', ')} → ${code(step.to, 60)}`
}

/** What is to be said of a rebuild that fixes nothing. */
function rebuildLine({ rebuild }: ImageOutcome): string[] {
  if (rebuild === undefined || (rebuild.state === 'newer' && rebuild.fixes.length > 0)) return []
  if (rebuild.state === 'unknown') return [`Whether a rebuild would help is not known: ${prose(rebuild.reason, 300)}`]
  const base = code(rebuild.base)
  if (rebuild.state === 'newer') return [`A rebuild ${todaysBase(rebuild, base)} fixes nothing`]
  return [`A rebuild on today's ${base} fixes nothing: the image is built on it already`]
}
