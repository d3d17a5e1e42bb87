import { type FixPlan, planFixes } from '../advice/fix-plan.ts'
import { oncePer, oncePerPair } from '../lib/once-per.ts'
import { dayOf } from '../policy/calendar.ts'
import { failsGate } from '../policy/evaluate.ts'
import { identityOf, type Occurrence, type PlatformFinding } from '../report/model.ts'
import { reaches } from '../report/severity.ts'
import type { Baseline, ImageOutcome, JudgedImage, RunFacts } from './outcome.ts'

/** What fails the gate by itself, and what is only shown. */
interface Split {
  readonly failing: readonly PlatformFinding[]
  readonly others: readonly PlatformFinding[]
}

/** The findings that fail the gate, and all others that are severe enough to be shown; each most severe first, as given. */
export const splitFindings = oncePerPair((image: JudgedImage, run: RunFacts): Split => split(image.findings, run))

/** What of an image's findings is shown where; each list in the order of the image's findings, what fails the gate first. */
export interface Sections {
  /** What the baseline does not have; empty without a baseline. */
  readonly added: readonly PlatformFinding[]
  /** What turns the step red and is not new. */
  readonly failing: readonly PlatformFinding[]
  /** All others that are severe enough to be shown. */
  readonly others: readonly PlatformFinding[]
  /** What the baseline has and the image has not, down to the severity that is shown. */
  readonly fixed: readonly PlatformFinding[]
  /** How many are counted, but not severe enough to be shown. */
  readonly hidden: number
}

/** Sorts an image's findings by what a reader asks first: is it new, does it fail the gate. */
export const sectionsOf = oncePerPair((image: JudgedImage, run: RunFacts): Sections => {
  const all = splitFindings(image, run)
  const hidden = image.findings.length - all.failing.length - all.others.length
  const baseline = comparedWith(image)
  if (baseline === undefined) return { added: [], ...all, fixed: [], hidden }
  const added = split(baseline.added, run)
  const unchanged = split(unchangedOf(image, baseline.added), run)
  const counts = image.gate.scope === 'all'
  return {
    added: [...added.failing, ...added.others],
    failing: counts ? unchanged.failing : [],
    others: counts ? unchanged.others : [...unchanged.failing, ...unchanged.others],
    fixed: baseline.fixed.filter(({ finding }) => reaches(finding.severity, run.minSeverity)),
    hidden
  }
})

/** The findings that fail the gate: all, or of those only the new ones, as its scope says. */
export const gateFindings = oncePerPair((image: JudgedImage, run: RunFacts): readonly PlatformFinding[] => {
  if (image.gate.scope === 'all') return splitFindings(image, run).failing
  return split(comparedWith(image)?.added ?? [], run).failing
})

/** The baseline that an image was compared with, if it was. */
export function comparedWith({ baseline }: JudgedImage): Extract<Baseline, { state: 'compared' }> | undefined {
  return baseline?.state === 'compared' ? baseline : undefined
}

/** What to do about an image's vulnerabilities, planned once for all who are told. */
export const planOf = oncePer(
  ({ findings, rebuild }: ImageOutcome): FixPlan =>
    planFixes(findings, rebuild?.state === 'newer' ? rebuild : undefined)
)

/** The day of the run, `YYYY-MM-DD` in UTC. */
export function todayOf(run: Pick<RunFacts, 'now'>): string {
  return dayOf(run.now) ?? ''
}

/** The vulnerabilities that have a fix somewhere. */
export function fixableOf(findings: readonly PlatformFinding[]): PlatformFinding[] {
  return findings.filter(({ finding }) => finding.kind === 'vulnerability' && finding.fixable)
}

/** What changes: "3.0.11 → 3.0.15", each pair of versions once; "no fix" where there is none. */
export function versionChanges(occurrences: readonly Occurrence[]): string[] {
  return [...new Set(occurrences.map(({ installed, fixed }) => `${installed} → ${fixed || 'no fix'}`))]
}

/** Platforms that were scanned to the end. */
export function scannedPlatforms(image: JudgedImage): string[] {
  return image.platforms.filter(({ result }) => result.complete).map(({ platform }) => platform)
}

function split(findings: readonly PlatformFinding[], run: RunFacts): Split {
  const today = todayOf(run)
  const failing: PlatformFinding[] = []
  const others: PlatformFinding[] = []
  for (const found of findings) {
    if (failsGate(found.finding, run.policy, today)) failing.push(found)
    else if (reaches(found.finding.severity, run.minSeverity)) others.push(found)
  }
  return { failing, others }
}

/** The image's findings with the platforms on which the baseline has them, too. */
function unchangedOf(image: JudgedImage, added: readonly PlatformFinding[]): PlatformFinding[] {
  const newOn = new Map(added.map(({ finding, platforms }) => [identityOf(finding), platforms]))
  return image.findings.flatMap(({ finding, platforms }) => {
    const here = newOn.get(identityOf(finding)) ?? []
    const rest = platforms.filter(platform => !here.includes(platform))
    return rest.length === 0 ? [] : [{ finding, platforms: rest }]
  })
}
