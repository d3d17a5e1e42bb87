import { compareDigits } from './digits.ts'

/**
 * The order of dpkg: `[epoch:]upstream[-revision]`, where `~` comes before everything, even before the end.
 * Source: deb-version(7), section "Sorting algorithm".
 * @returns negative, 0 or positive; undefined when one of them is no such version.
 */
export function compareDebVersions(a: string, b: string): number | undefined {
  const [x, y] = [parse(a), parse(b)]
  if (x === undefined || y === undefined) return undefined
  return compareDigits(x.epoch, y.epoch) || compareParts(x.upstream, y.upstream) || compareParts(x.revision, y.revision)
}

interface DebVersion {
  readonly epoch: string
  readonly upstream: string
  readonly revision: string
}

function parse(version: string): DebVersion | undefined {
  const [, epoch = '0', rest] = /^(?:(\d+):)?([A-Za-z0-9.+~:-]+)$/.exec(version) ?? []
  if (rest === undefined) return undefined
  const hyphen = rest.lastIndexOf('-')
  return hyphen < 0
    ? { epoch, upstream: rest, revision: '' }
    : { epoch, upstream: rest.slice(0, hyphen), revision: rest.slice(hyphen + 1) }
}

/** Compares what is no digit, then a number, then what is no digit again. */
function compareParts(a: string, b: string): number {
  const [x, y] = [a, b].map(text => [...text.matchAll(/(\D*)(\d*)/g)])
  for (let i = 0; i < Math.max(x?.length ?? 0, y?.length ?? 0); i++) {
    const [, words = '', digits = ''] = x?.[i] ?? []
    const [, otherWords = '', otherDigits = ''] = y?.[i] ?? []
    const order = compareWords(words, otherWords) || compareDigits(digits, otherDigits)
    if (order !== 0) return order
  }
  return 0
}

function compareWords(a: string, b: string): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = weight(a[i]) - weight(b[i])
    if (order !== 0) return order
  }
  return 0
}

/** `~` before the end, the end before letters, letters before everything else. */
function weight(character: string | undefined): number {
  if (character === undefined) return 0
  if (character === '~') return -1
  return character.charCodeAt(0) + (/[A-Za-z]/.test(character) ? 0 : 256)
}
