import { compareText } from '../report/order.ts'
import { compareDigits } from './digits.ts'

/**
 * The order of Maven: numbers and words, `alpha < beta < milestone < rc < snapshot < "" < sp < any other word < number`.
 * Source: https://maven.apache.org/pom.html#version-order-specification, and org.apache.maven.artifact.versioning.ComparableVersion.
 * @returns negative, 0 or positive; undefined when one of them is no version (a range, a `${property}`).
 */
export function compareMavenVersions(a: string, b: string): number | undefined {
  const [x, y] = [parse(a), parse(b)]
  if (x === undefined || y === undefined) return undefined
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const order = compareTokens(x[i] ?? absent(y[i]), y[i] ?? absent(x[i]))
    if (order !== 0) return order
  }
  return 0
}

interface Token {
  /** What stands before it. */
  readonly separator: '.' | '-'
  /** Digits, or a word in lower case. */
  readonly text: string
}

/** Words that have a place of their own. The empty one is the release itself. */
const QUALIFIERS = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp']
const ALIASES: ReadonlyMap<string, string> = new Map(Object.entries({ cr: 'rc', final: '', ga: '', release: '' }))
const SHORT: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', m: 'milestone' }

function parse(version: string): readonly Token[] | undefined {
  return /^[a-z0-9]([\w.+-]*[\w+])?$/i.test(version) ? withoutNulls(tokensOf(version.toLowerCase())) : undefined
}

function tokensOf(version: string): Token[] {
  const parts = version
    .replace(/(?<![a-z])[abm](?=\d)/g, letter => SHORT[letter] ?? letter)
    // A change between digits and letters counts as a hyphen.
    .replace(/(?<=\d)(?=[^\d.-])|(?<=[^\d.-])(?=\d)/g, '-')
    .split(/([.-])/)
  return parts.flatMap((text, i) => {
    if (i % 2 === 1) return []
    // A word after a dot counts as one after a hyphen.
    const separator = parts[i - 1] === '-' || /^\D/.test(text) ? '-' : '.'
    return [{ separator, text: ALIASES.get(text) ?? (text || '0') } as const]
  })
}

/** Without the zeros and empty words at the end and before each hyphen: `1.0.0-foo.0` is `1-foo`. */
function withoutNulls(tokens: readonly Token[]): readonly Token[] {
  const kept: Token[] = []
  let atEnd = true
  for (const token of tokens.toReversed()) {
    if (atEnd && /^0*$/.test(token.text)) continue
    kept.push(token)
    atEnd = token.separator === '-'
  }
  return kept.reverse()
}

/** What stands where one version has no token any more. */
function absent(other: Token | undefined): Token {
  return { separator: other?.separator ?? '.', text: other !== undefined && isNumber(other) ? '0' : '' }
}

/** Words come before numbers, numbers after a hyphen before those after a dot. */
function compareTokens(a: Token, b: Token): number {
  if (!isNumber(a) || !isNumber(b)) return Number(isNumber(a)) - Number(isNumber(b)) || compareWords(a.text, b.text)
  return compareText(a.separator, b.separator) || compareDigits(a.text, b.text)
}

function compareWords(a: string, b: string): number {
  return rank(a) - rank(b) || compareText(a, b)
}

function rank(word: string): number {
  const place = QUALIFIERS.indexOf(word)
  return place < 0 ? QUALIFIERS.length : place
}

function isNumber({ text }: Token): boolean {
  return /^\d/.test(text)
}
