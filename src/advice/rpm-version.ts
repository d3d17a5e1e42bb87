import { compareText } from '../report/order.ts'
import { compareDigits } from './digits.ts'

/**
 * The order of RPM: `[epoch:]version[-release]`, where `~` comes before the end and `^` right after it.
 * Source: rpm-version(7); rpmio/rpmvercmp.cc of https://github.com/rpm-software-management/rpm.
 * @returns negative, 0 or positive; undefined when one of them is no such version.
 */
export function compareRpmVersions(a: string, b: string): number | undefined {
  const [x, y] = [parse(a), parse(b)]
  if (x === undefined || y === undefined) return undefined
  return compareDigits(x.epoch, y.epoch) || compareParts(x.version, y.version) || compareParts(x.release, y.release)
}

interface RpmVersion {
  readonly epoch: string
  readonly version: string
  readonly release: string
}

function parse(text: string): RpmVersion | undefined {
  const [, epoch = '0', version, release = ''] =
    /^(?:(\d+):)?([A-Za-z0-9._+~^]+)(?:-([A-Za-z0-9._+~^-]+))?$/.exec(text) ?? []
  return version === undefined ? undefined : { epoch, version, release }
}

/** Separators are nothing by themselves: `2.0` and `2_0` are equal. */
function compareParts(a: string, b: string): number {
  const [x, y] = [segmentsOf(a), segmentsOf(b)]
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const order = compareSegments(x[i], y[i])
    if (order !== 0) return order
  }
  return 0
}

function segmentsOf(text: string): readonly string[] {
  return text.match(/\d+|[A-Za-z]+|[~^]/g) ?? []
}

/** Undefined is the end. From low to high: `~`, the end, `^`, words, numbers. */
function compareSegments(a: string | undefined, b: string | undefined): number {
  const [rankA, rankB] = [rank(a), rank(b)]
  if (rankA !== rankB) return rankA - rankB
  if (a === undefined || b === undefined) return 0
  return /^\d/.test(a) ? compareDigits(a, b) : compareText(a, b)
}

function rank(segment: string | undefined): number {
  if (segment === undefined) return 1
  if (segment === '~') return 0
  if (segment === '^') return 2
  return /^\d/.test(segment) ? 4 : 3
}
