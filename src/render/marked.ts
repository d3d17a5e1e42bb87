import { oncePerPair } from '../lib/once-per.ts'
import { identityOf, type PlatformFinding } from '../report/model.ts'
import type { JudgedImage, RunFacts } from './outcome.ts'
import { comparedWith, gateFindings, splitFindings } from './select.ts'

/** A finding with what a reader of a short list must know of it. */
export interface MarkedFinding {
  readonly found: PlatformFinding
  /** It turns the step red: where only new findings count, old ones never do. */
  readonly fails: boolean
  /** The baseline does not have it, on some platform at least. */
  readonly isNew: boolean
  readonly isExploited: boolean
}

/**
 * The findings that are severe enough to be shown: those that fail the gate first, and of those and of the others new ones first; within
 * that as given, most severe first.
 */
export const markFindings = oncePerPair((image: JudgedImage, run: RunFacts): readonly MarkedFinding[] => {
  const identities = (findings: readonly PlatformFinding[]) =>
    new Set(findings.map(({ finding }) => identityOf(finding)))
  const failing = identities(gateFindings(image, run))
  const added = identities(comparedWith(image)?.added ?? [])
  const shown = splitFindings(image, run)
  const marked = [...shown.failing, ...shown.others].map(found => {
    const key = identityOf(found.finding)
    const isExploited = found.finding.kind === 'vulnerability' && found.finding.knownExploited === true
    return { found, fails: failing.has(key), isNew: added.has(key), isExploited }
  })
  return marked.sort((a, b) => Number(b.fails) - Number(a.fails) || Number(b.isNew) - Number(a.isNew))
})
