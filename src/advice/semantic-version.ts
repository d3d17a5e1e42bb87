import compare from 'semver/functions/compare.js'
import valid from 'semver/functions/valid.js'
import { compareDigits } from './digits.ts'

/**
 * The order of Semantic Versioning, with a leading `v` and with fewer or more than three numbers (NuGet has four); missing ones are 0.
 * Source: https://semver.org, section 11.
 * @returns negative, 0 or positive; undefined when one of them is no such version.
 */
export function compareSemanticVersions(a: string, b: string): number | undefined {
  const [x, y] = [parse(a), parse(b)]
  if (x === undefined || y === undefined) return undefined
  return compareNumbers(x.numbers, y.numbers) || compare(x.preRelease, y.preRelease)
}

/**
 * The same for numbers alone: what comes before and after a release is named differently in each ecosystem that has its own words for it.
 * @returns negative, 0 or positive; undefined when one of them has more than numbers.
 */
export function compareNumericVersions(a: string, b: string): number | undefined {
  const isNumeric = (version: string) => /^v?\d+(\.\d+)*$/i.test(version)
  return isNumeric(a) && isNumeric(b) ? compareSemanticVersions(a, b) : undefined
}

interface SemanticVersion {
  readonly numbers: readonly string[]
  /** What follows the numbers, as a version that semver takes: `0.0.0-rc.1`. */
  readonly preRelease: string
}

function parse(version: string): SemanticVersion | undefined {
  const [, numbers, rest = ''] = /^v?(\d+(?:\.\d+)*)([-+].*)?$/i.exec(version) ?? []
  const preRelease = `0.0.0${rest}`
  return numbers === undefined || valid(preRelease) === null ? undefined : { numbers: numbers.split('.'), preRelease }
}

function compareNumbers(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = compareDigits(a[i] ?? '', b[i] ?? '')
    if (order !== 0) return order
  }
  return 0
}
