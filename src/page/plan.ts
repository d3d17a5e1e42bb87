import { clean } from '../render/escape.ts'
import { rebuildInWords, revokeInWords, type Step, type UrgentStep } from '../render/steps.ts'
import type { PageGroup } from './data.ts'
import type { Entry } from './entries.ts'

/** What is to be done about all images as groups of rows. */
export interface Grouping {
  readonly groups: readonly PageGroup[]
  /** The group under which an entry stands. */
  readonly groupOf: (entry: Entry) => number
  /** The group of a step; undefined where no row is about it. */
  readonly placeOf: (step: Step) => number | undefined
}

/** They stand after the steps, in this order. */
const WAITING: PageGroup = { title: 'Nothing to do yet', step: false }
const OTHERS: PageGroup = { title: 'Accepted, fixed and remarks', step: false }

/**
 * The steps that the page has rows for, in their order, and what no step is about.
 * @param steps made from the same findings as the entries.
 */
export function groupBySteps(steps: readonly UrgentStep[], entries: readonly Entry[]): Grouping {
  const stepOf = new Map<Entry['about'], Step>(
    steps.flatMap(({ step }) => step.fixes.map(({ finding }) => [finding, step] as const))
  )
  const stepFor = ({ list, about }: Entry) => (list === 'open' ? stepOf.get(about) : undefined)
  const used = new Set(entries.map(stepFor))
  const shown = steps.map(({ step }) => step).filter(step => used.has(step))
  const places = new Map(shown.map((step, place) => [step, place]))
  const groups = [...shown.map(step => ({ title: titleOf(step), step: true })), WAITING, OTHERS]
  const groupOf = (entry: Entry): number => {
    if (entry.list !== 'open') return shown.length + 1
    const step = stepFor(entry)
    return (step && places.get(step)) ?? shown.length
  }
  return { groups, groupOf, placeOf: step => places.get(step) }
}

/** What one does, in words: "Raise openssl 3.0.11 → 3.0.15". */
export function titleOf(step: Step): string {
  if (step.kind === 'revoke') return revokeInWords(step.fixes)
  if (step.kind === 'rebuild') return rebuildInWords(step, clean(step.base, 120))
  const from = step.from.slice(0, 3).map(version => clean(version, 60))
  const more = step.from.length > 3 ? `, +${step.from.length - 3}` : ''
  return `Raise ${clean(step.package, 120)} ${from.join(', ')}${more} → ${clean(step.to, 60)}`
}
