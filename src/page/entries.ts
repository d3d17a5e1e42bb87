import { failsGate } from '../policy/evaluate.ts'
import type { AcceptedRisk } from '../policy/policy.ts'
import type { ImageOutcome, RunFacts } from '../render/outcome.ts'
import { mergeRemarks } from '../render/remarks.ts'
import { todayOf } from '../render/select.ts'
import type { Finding, Remark } from '../report/model.ts'
import { bySeverity, reaches } from '../report/severity.ts'
import type { PageList } from './data.ts'

/** What becomes one row. */
export interface Entry {
  /** Place among the images. */
  readonly image: number
  readonly list: PageList
  readonly about: Finding | Remark
  readonly platforms: readonly string[]
  /** By what it is hidden, in the list `accepted`. */
  readonly by?: AcceptedRisk
}

/**
 * Everything that could stand on the page: what is open and known to be exploited first, then most severe first; of one severity what is open
 * before what is accepted, fixed or remarked.
 */
export function entriesOf(images: readonly ImageOutcome[], run: RunFacts): Entry[] {
  const lists = [openEntries, acceptedEntries, fixedEntries, remarkEntries]
  const entries = lists.flatMap(list => images.flatMap((image, index) => list(image, index, run)))
  return entries.sort((a, b) => Number(isUrgent(b)) - Number(isUrgent(a)) || bySeverity(a.about, b.about))
}

function isUrgent({ list, about }: Entry): boolean {
  return list === 'open' && about.kind === 'vulnerability' && about.knownExploited === true
}

function openEntries({ findings }: ImageOutcome, image: number, run: RunFacts): Entry[] {
  const today = todayOf(run)
  return findings
    .filter(({ finding }) => reaches(finding.severity, run.minSeverity) || failsGate(finding, run.policy, today))
    .map(({ finding, platforms }) => ({ image, list: 'open', about: finding, platforms }))
}

function acceptedEntries({ suppressed }: ImageOutcome, image: number): Entry[] {
  return suppressed.map(({ finding, by, platforms }) => ({ image, list: 'accepted', about: finding, platforms, by }))
}

function fixedEntries({ baseline }: ImageOutcome, image: number, run: RunFacts): Entry[] {
  if (baseline?.state !== 'compared') return []
  return baseline.fixed
    .filter(({ finding }) => reaches(finding.severity, run.minSeverity))
    .map(({ finding, platforms }) => ({ image, list: 'fixed', about: finding, platforms }))
}

function remarkEntries(outcome: ImageOutcome, image: number): Entry[] {
  return mergeRemarks(outcome).map(({ remark, platforms }) => ({ image, list: 'remark', about: remark, platforms }))
}
