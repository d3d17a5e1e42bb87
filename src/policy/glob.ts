/** Longest glob that is accepted, in UTF-16 code units. */
export const MAX_GLOB_LENGTH = 1024
/** Most patterns that `{a,b}{c,d}…` may stand for. */
const MAX_ALTERNATIVES = 64

const STAR = Symbol('matches any number of things')
type OneCharacter = (character: string) => boolean
type Segment = readonly (typeof STAR | OneCharacter)[]

/**
 * A glob as Trivy's ignore files have it, made into a test for paths.
 *
 * `*` any characters but `/`, `**` as a whole segment any number of directories, `?` one character, `[a-z]` and `[^a-z]` or
 * `[!a-z]` one of a set, `{a,b}` either, a backslash before a character takes its meaning away. Names that begin with a dot are like any other.
 *
 * Not made into a regular expression: both the glob and the path may come from a stranger, and one could be made that takes
 * years to match. This takes at most the product of both lengths. Rules: https://github.com/bmatcuk/doublestar#patterns
 * @throws Error that says in a few words what is wrong with the glob.
 */
export function compileGlob(glob: string): (path: string) => boolean {
  if (glob.length > MAX_GLOB_LENGTH) throw new Error(`is longer than ${MAX_GLOB_LENGTH} characters`)
  const alternatives = expandBraces(glob).map(pattern =>
    pattern.split('/').map(segment => (segment === '**' ? STAR : parseSegment(segment)))
  )
  return path => {
    const segments = path.split('/').map(segment => [...segment])
    return alternatives.some(pattern => matches(pattern, segments, fitsSegment))
  }
}

function fitsSegment(segment: Segment, characters: readonly string[]): boolean {
  return matches(segment, characters, (fits, character) => fits(character))
}

/** Whether the pattern fits all of the items. It is enough to go back to the last star: an earlier one can gain nothing more. */
function matches<P, T>(
  pattern: readonly (P | typeof STAR)[],
  items: readonly T[],
  fits: (part: P, item: T) => boolean
) {
  let [part, item, afterStar, retry] = [0, 0, -1, 0]
  while (item < items.length) {
    const expected = pattern[part]
    if (expected === STAR) {
      part += 1
      ;[afterStar, retry] = [part, item]
    } else if (expected !== undefined && fits(expected, items[item] as T)) {
      part += 1
      item += 1
    } else if (afterStar >= 0) {
      retry += 1
      ;[part, item] = [afterStar, retry]
    } else {
      return false
    }
  }
  return pattern.slice(part).every(rest => rest === STAR)
}

function parseSegment(segment: string): Segment {
  const parts: (typeof STAR | OneCharacter)[] = []
  const characters = [...segment]
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] as string
    if (character === '*') {
      if (parts.at(-1) !== STAR) parts.push(STAR)
    } else if (character === '?') {
      parts.push(() => true)
    } else if (character === '[') {
      const set = parseSet(characters, at + 1)
      parts.push(set.fits)
      at = set.end
    } else {
      if (character === '\\') at += 1
      const literal = characters[at]
      if (literal === undefined) throw new Error('has a backslash with nothing after it')
      parts.push(candidate => candidate === literal)
    }
  }
  return parts
}

/** Reads `a-z0]` from `start`; `end` is where the closing bracket is. */
function parseSet(characters: readonly string[], start: number): { fits: OneCharacter; end: number } {
  const ranges: (readonly [from: string, to: string])[] = []
  const negated = characters[start] === '^' || characters[start] === '!'
  let at = negated ? start + 1 : start
  if (characters[at] === ']') throw new Error('has an empty "[]"')
  const next = () => {
    if (characters[at] === '\\') at += 1
    const character = characters[at]
    if (character === undefined) throw new Error('has a "[" without "]" in the same segment')
    at += 1
    return character
  }
  while (characters[at] !== ']') {
    const from = next()
    const isRange = characters[at] === '-' && characters[at + 1] !== ']'
    if (isRange) at += 1
    ranges.push([from, isRange ? next() : from])
  }
  const inRanges = (character: string) =>
    ranges.some(([from, to]) => codePoint(from) <= codePoint(character) && codePoint(character) <= codePoint(to))
  return { fits: character => inRanges(character) !== negated, end: at }
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0
}

/** `a{b,c}` as `ab` and `ac`; braces that are escaped or in a set are left as they are. */
function expandBraces(glob: string): string[] {
  const done: string[] = []
  const open = [glob]
  for (let pattern = open.pop(); pattern !== undefined; pattern = open.pop()) {
    const brace = firstBrace(pattern)
    if (brace === undefined) done.push(pattern)
    else open.push(...brace)
    if (done.length + open.length > MAX_ALTERNATIVES)
      throw new Error(`stands for more than ${MAX_ALTERNATIVES} patterns`)
  }
  return done
}

/** The pattern with its first `{…}` replaced by each of the alternatives in it; undefined where there is none. */
function firstBrace(pattern: string): string[] | undefined {
  const cuts: number[] = []
  let depth = 0
  for (const { index, 0: token } of pattern.matchAll(/\\.|\[(?:\\.|[^\]/\\])*\]|[{},]/gsu)) {
    if (token === '{') depth += 1
    if (token === '}') depth -= 1
    if (depth < 0) throw new Error('has a "}" without "{"')
    const isCut = (token === '{' && depth === 1) || (token === ',' && depth === 1) || (token === '}' && depth === 0)
    if (isCut) cuts.push(index)
    if (token === '}' && depth === 0) {
      const [before, after] = [pattern.slice(0, cuts[0]), pattern.slice(index + 1)]
      return cuts.slice(1).map((end, i) => before + pattern.slice((cuts[i] ?? 0) + 1, end) + after)
    }
  }
  if (depth > 0) throw new Error('has a "{" without "}"')
  return undefined
}
