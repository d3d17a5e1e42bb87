import type { PlatformFinding, Vulnerability } from '../report/model.ts'
import { compareText } from '../report/order.ts'
import { leastAbove, leastFixedFrom, parseFixed } from './fixed-versions.ts'
import { compareVersions } from './versions.ts'

/** Raising one package to one version, and what that removes. */
export interface RaiseStep {
  readonly kind: 'raise'
  readonly ecosystem: string
  readonly package: string
  /** Installed versions, each once, lowest first. */
  readonly from: readonly string[]
  /** The least version that fixes everything in `fixes`. Where nobody knows the order of versions: as the advisory gives it (`1.2, 2.0`). */
  readonly to: string
  readonly fixes: readonly PlatformFinding[]
}

/** A vulnerability with a fix, on the platforms where it is. */
export type Fixable = PlatformFinding & { readonly finding: Vulnerability }

/** The versions that an advisory's text lists. */
type ListedOf = (fixed: string) => readonly string[]

/** What has to be done to get rid of one finding. */
interface Need {
  readonly item: Fixable
  /** What the advisories say, each text once. */
  readonly fixed: readonly string[]
  /** For each installed version the least one that fixes it; undefined where that cannot be told for all of them. */
  readonly least: readonly string[] | undefined
}

/**
 * The steps that fix the vulnerabilities of one package: one, where the order of its versions is known. Otherwise one for each answer that
 * the advisories give.
 * @param items of one ecosystem and package, each with a fix.
 */
export function planRaise(items: readonly [Fixable, ...Fixable[]]): RaiseStep[] {
  const { ecosystem, package: name } = items[0].finding
  const listedOf = remember(fixed => parseFixed(ecosystem, fixed))
  const needs = findNeeds(ecosystem, items, listedOf)
  const known = needs.filter(({ least }) => least !== undefined)
  const unknown = needs.filter(({ least }) => least === undefined)
  const groups = [...Map.groupBy(unknown, ({ fixed }) => fixed.join(', '))]
  if (known.length > 0) groups.unshift([leastForAll(ecosystem, known, listedOf), known])
  return groups.map(([to, group]) => {
    const fixes = group.map(({ item }) => item)
    return { kind: 'raise', ecosystem, package: name, from: installedOf(ecosystem, fixes), to, fixes }
  })
}

function findNeeds(ecosystem: string, items: readonly Fixable[], listedOf: ListedOf): Need[] {
  // Most findings of a package have installed and fixed version in common with others.
  const leastOf = remember((installed: string) =>
    remember((fixed: string) => leastAbove(ecosystem, listedOf(fixed), installed))
  )
  return items.map(item => {
    const fixable = item.finding.occurrences.filter(({ fixed }) => fixed !== '')
    const least = fixable.map(({ installed, fixed }) => leastOf(installed)(fixed))
    return {
      item,
      fixed: [...new Set(fixable.map(({ fixed }) => fixed))],
      least: least.every(version => version !== undefined) ? least : undefined
    }
  })
}

/** From the highest of what each finding needs upwards, until every advisory agrees. */
function leastForAll(ecosystem: string, needs: readonly Need[], listedOf: ListedOf): string {
  const lists = [...new Set(needs.flatMap(({ fixed }) => fixed))].map(listedOf)
  const least = [...new Set(needs.flatMap(need => need.least ?? []))]
  let version = least.reduce((a, b) => ((compareVersions(ecosystem, a, b) ?? 0) < 0 ? b : a))
  for (;;) {
    const next = lists.reduce((candidate, list) => leastFixedFrom(ecosystem, list, candidate), version)
    if (next === version) return version
    version = next
  }
}

function installedOf(ecosystem: string, items: readonly Fixable[]): string[] {
  const versions = items.flatMap(({ finding }) =>
    finding.occurrences.flatMap(({ installed, fixed }) => (fixed === '' ? [] : [installed]))
  )
  return [...new Set(versions)].sort((a, b) => compareVersions(ecosystem, a, b) || compareText(a, b))
}

/** `work`, done once for each argument. */
function remember<T>(work: (argument: string) => T): (argument: string) => T {
  const known = new Map<string, T>()
  return argument => {
    if (!known.has(argument)) known.set(argument, work(argument))
    return known.get(argument) as T
  }
}
