import type { FixStep, Rebuild } from '../advice/fix-plan.ts'
import { oncePer } from '../lib/once-per.ts'
import { identityOf, type PlatformFinding } from '../report/model.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { comparedWith, gateFindings, planOf } from './select.ts'
import { plural, totalInWords } from './words.ts'

/** Something to do: a step of the fix plan, or what no plan has, to revoke the secrets that were found. */
export type Step = FixStep | { readonly kind: 'revoke'; readonly fixes: readonly PlatformFinding[] }

/** By whose findings a step is urgent, the most urgent first. */
const URGENCIES = ['secrets', 'gate', 'new', 'rest'] as const

/** A step, for which image it is, and how urgent. */
export interface UrgentStep {
  readonly step: Step
  readonly image: ImageOutcome
  readonly urgency: (typeof URGENCIES)[number]
}

/**
 * What to do about images, the most urgent first: secrets, then what fixes the gate, then what this change brought, then the rest. Steps
 * of the same urgency keep the order of the images and of their plans.
 */
export function stepsOf(images: readonly ImageOutcome[], run: RunFacts): UrgentStep[] {
  const steps = images.flatMap(image => {
    const urgencyOf = urgenciesIn(image, run)
    return [...revocation(image), ...planOf(image).steps].map(step => ({ step, image, urgency: urgencyOf(step) }))
  })
  return URGENCIES.flatMap(urgency => steps.filter(one => one.urgency === urgency))
}

function revocation({ findings }: ImageOutcome): Step[] {
  const fixes = findings.filter(({ finding }) => finding.kind === 'secret')
  return fixes.length === 0 ? [] : [{ kind: 'revoke', fixes }]
}

function urgenciesIn(image: ImageOutcome, run: RunFacts): (step: Step) => UrgentStep['urgency'] {
  const failing = identitiesOf(gateFindings(image, run))
  const added = addedIn(image)
  const fixesSome = ({ fixes }: Step, wanted: ReadonlySet<string>) =>
    fixes.some(({ finding }) => wanted.has(identityOf(finding)))
  return step => {
    if (step.kind === 'revoke') return 'secrets'
    if (fixesSome(step, failing)) return 'gate'
    return fixesSome(step, added) ? 'new' : 'rest'
  }
}

const identitiesOf = oncePer(
  (findings: readonly PlatformFinding[]): ReadonlySet<string> =>
    new Set(findings.map(({ finding }) => identityOf(finding)))
)

/** Identities of what the baseline does not have; empty without a baseline. */
export function addedIn(image: ImageOutcome): ReadonlySet<string> {
  return identitiesOf(comparedWith(image)?.added ?? [])
}

/** "fixes 6 (1 critical and 5 high), 2 of them new"; empty for a step whose name says it. */
export function effectInWords({ step, image }: UrgentStep): string {
  if (step.kind === 'revoke') return ''
  const added = addedIn(image)
  const fresh = step.fixes.filter(({ finding }) => added.has(identityOf(finding))).length
  const all = comparedWith(image)?.signedScan ? ', new since the signed scan' : ', new in this change'
  const word = fresh === 0 ? '' : fresh === step.fixes.length ? all : `, ${fresh} of them new`
  return `fixes ${totalInWords(step.fixes)}${word}`
}

/** "Revoke 2 secrets and keep them out of the build". */
export function revokeInWords({ length }: readonly PlatformFinding[]): string {
  return `Revoke ${plural(length, 'secret')} and keep ${length === 1 ? 'it' : 'them'} out of the build`
}

/** What one does to have today's base. @param base as it is to be shown. */
export function rebuildInWords({ pinned }: Pick<Rebuild, 'pinned'>, base: string): string {
  return pinned ? `Raise the digest of ${base} in FROM and rebuild` : `Rebuild on today's ${base}`
}

/** On what a rebuild would be: "on today's debian:12". @param base as it is to be shown. */
export function todaysBase({ pinned }: Pick<Rebuild, 'pinned'>, base: string): string {
  return pinned ? `with today's digest of ${base} in FROM` : `on today's ${base}`
}
