import { clean } from '../render/escape.ts'
import type { ImageOutcome, RunFacts } from '../render/outcome.ts'
import type { UrgentStep } from '../render/steps.ts'
import { identityOf } from '../report/model.ts'
import { SEVERITIES } from '../report/severity.ts'
import type { PageData, PageList, PageRow } from './data.ts'
import { type Entry, entriesOf } from './entries.ts'
import { intern } from './intern.ts'
import { type Grouping, groupBySteps } from './plan.ts'
import { type Lists, rowOf } from './rows.ts'

/** Most rows of a page, and about how many characters they and their texts may have together: browsers open that at once. */
const MOST_ROWS = 20_000
const MOST_LENGTH = 24_000_000

/** What the page's program shows, and the groups that the steps' buttons lead to. */
export interface Assembled {
  readonly data: PageData
  readonly placeOf: Grouping['placeOf']
}

/**
 * Everything that the page's program shows. What is too much is left out from the least severe, and counted in `totals`.
 * @param steps made from the findings of these images.
 */
export function assemble(images: readonly ImageOutcome[], run: RunFacts, steps: readonly UrgentStep[]): Assembled {
  const entries = entriesOf(images, run)
  const kept = entries.slice(0, MOST_ROWS)
  const { groups, groupOf, placeOf } = groupBySteps(steps, kept)
  const freshOf = newOn(images)
  const lists: Lists = { platforms: intern(), layers: intern(), packages: intern(), texts: intern() }
  const rows: PageRow[] = []
  let length = 0
  for (const entry of kept) {
    const known = lists.texts.all.length
    const row = rowOf(entry, { group: groupOf(entry), fresh: freshOf(entry) }, lists, run)
    length += JSON.stringify(row).length
    for (const text of lists.texts.all.slice(known)) length += text.length
    if (length > MOST_LENGTH) break
    rows.push(row)
  }
  const data = {
    severities: SEVERITIES,
    images: images.map(({ name }) => clean(name, 200)),
    platforms: lists.platforms.all,
    layers: lists.layers.all,
    packages: lists.packages.all,
    groups,
    texts: lists.texts.all,
    rows,
    totals: totalsOf(entries)
  }
  return { data, placeOf }
}

function totalsOf(entries: readonly Entry[]): Record<PageList, number> {
  const totals: Record<PageList, number> = { open: 0, accepted: 0, fixed: 0, remark: 0 }
  for (const { list } of entries) totals[list] += 1
  return totals
}

/** On which platforms a finding is new against its image's baseline. */
function newOn(images: readonly ImageOutcome[]): (entry: Entry) => readonly string[] {
  const byImage = images.map(
    ({ baseline }) =>
      new Map(
        baseline?.state === 'compared'
          ? baseline.added.map(({ finding, platforms }) => [identityOf(finding), platforms] as const)
          : []
      )
  )
  return ({ image, about, list }) => {
    if (list !== 'open' || (about.kind !== 'vulnerability' && about.kind !== 'secret')) return []
    return byImage[image]?.get(identityOf(about)) ?? []
  }
}
