import type { FixPlan, FixStep } from '../advice/fix-plan.ts'
import { clean } from '../render/escape.ts'
import type { PageGroup } from './data.ts'
import type { Entry } from './entries.ts'

/** All plans of a run as groups of rows. */
export interface Grouping {
  readonly groups: readonly PageGroup[]
  /** The group under which an entry stands. */
  readonly groupOf: (entry: Entry) => number
  /** The group of a step; undefined where no row is about it. */
  readonly placeOf: (step: FixStep) => number | undefined
}

/** They stand after the steps, in this order. */
const WAITING: PageGroup = { title: 'Nothing to do yet', step: false }
const SECRETS: PageGroup = { title: 'Secrets: revoke them, and take them out of the layer', step: false }
const OTHERS: PageGroup = { title: 'Accepted, fixed and remarks', step: false }

/**
 * The steps that the page has rows for, in the order of the plans, and what no step is about.
 * @param plans made from the same findings as the entries.
 */
export function groupByPlan(plans: readonly FixPlan[], entries: readonly Entry[]): Grouping {
  const stepOf = new Map(
    plans.flatMap(({ steps }) => steps.flatMap(step => step.fixes.map(({ finding }) => [finding, step] as const)))
  )
  const used = new Set(entries.map(entry => stepFor(entry)))
  const steps = plans.flatMap(plan => plan.steps).filter(step => used.has(step))
  const places = new Map(steps.map((step, place) => [step, place]))
  const groups = [...steps.map(step => ({ title: titleOf(step), step: true })), WAITING, SECRETS, OTHERS]

  function stepFor({ list, about }: Entry): FixStep | undefined {
    return list === 'open' && about.kind === 'vulnerability' ? stepOf.get(about) : undefined
  }
  const groupOf = (entry: Entry): number => {
    const { list, about } = entry
    if (list !== 'open') return steps.length + 2
    if (about.kind === 'secret') return steps.length + 1
    const step = stepFor(entry)
    return (step && places.get(step)) ?? steps.length
  }
  return { groups, groupOf, placeOf: step => places.get(step) }
}

/** What one does, in words: "Raise openssl 3.0.11 → 3.0.15". */
export function titleOf(step: FixStep): string {
  if (step.kind === 'rebuild') return `Rebuild on today's ${clean(step.base, 120)}`
  const from = step.from.slice(0, 3).map(version => clean(version, 60))
  const more = step.from.length > 3 ? `, +${step.from.length - 3}` : ''
  return `Raise ${clean(step.package, 120)} ${from.join(', ')}${more} → ${clean(step.to, 60)}`
}
