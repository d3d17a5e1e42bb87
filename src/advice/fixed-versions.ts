import { compareVersions } from './versions.ts'

/**
 * The versions that an advisory lists as fixed, one per line that is maintained.
 * @param fixed as in an occurrence: `1.2.3, 2.0.1`. Some advisories have constraints: `~> 1.2.3, >= 2.0.1, < 3.0.0`; of those count the
 *   lower bounds.
 * @returns by the order of the ecosystem, lowest first; empty when there is none, or when one of them has no place in the order.
 */
export function parseFixed(ecosystem: string, fixed: string): readonly string[] {
  const entries = fixed.split(',').map(entry => {
    const [, operator = '', version = ''] = /^([<>=!~^]*)\s*(.*)$/s.exec(entry.trim()) ?? []
    return { operator, version }
  })
  const versions = entries
    .filter(({ operator, version }, i) => {
      const next = entries[i + 1]
      // "~> 4.2.5, >= 4.2.5.1" is one constraint: 4.2.5 itself does not meet it.
      const isNarrowed =
        operator === '~>' && next?.operator === '>=' && next.version.startsWith(version.replace(/[^.]*$/, ''))
      return version !== '' && !isNarrowed && !/^(<=?|>|!=)$/.test(operator)
    })
    .map(({ version }) => version)
  if (versions.some(version => compareVersions(ecosystem, version, version) === undefined)) return []
  return versions.sort((a, b) => compareVersions(ecosystem, a, b) ?? 0)
}

/**
 * The least listed version that is higher than the installed one.
 * @param listed what parseFixed returns.
 * @returns undefined when there is none, or when the installed one has no place in the order.
 */
export function leastAbove(ecosystem: string, listed: readonly string[], installed: string): string | undefined {
  return listed.find(version => (compareVersions(ecosystem, version, installed) ?? 0) > 0)
}

/**
 * The least version that has the fix, from `version` upwards: `version` itself, or one that is listed.
 *
 * A version between two listed ones has the fix only when it is on the line of the lower one: with 2.1.3 and 3.1.0 listed, 2.2.0 has it
 * and 3.0.0 has not.
 * @param listed what parseFixed returns.
 * @param version one that has a place in the order.
 */
export function leastFixedFrom(ecosystem: string, listed: readonly string[], version: string): string {
  const index = listed.findIndex(other => (compareVersions(ecosystem, other, version) ?? 0) > 0)
  const [below, above] = [listed[index - 1], listed[index]]
  if (above === undefined) return version
  const isFixed =
    below !== undefined && (compareVersions(ecosystem, below, version) === 0 || isOnLine(version, below, above))
  return isFixed ? version : above
}

/** True when a version begins with the numbers that tell the line of `fixed` from the next one: 1.25 of 1.25.9 and 1.26.4. */
function isOnLine(version: string, fixed: string, next: string): boolean {
  const [own, numbers, others] = [version, fixed, next].map(numbersOf) as [number[], number[], number[]]
  const length = Math.max(numbers.length, others.length)
  const at = (list: readonly number[], i: number) => list[i] ?? 0
  for (let i = 0; i < length; i++) {
    if (at(own, i) !== at(numbers, i)) return false
    if (at(numbers, i) !== at(others, i)) return true
  }
  return false
}

function numbersOf(version: string): number[] {
  return (/^v?(\d+(?:\.\d+)*)/i.exec(version)?.[1] ?? '').split('.').map(Number)
}
