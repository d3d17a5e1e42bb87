import { compareText } from '../report/order.ts'
import { compareDigits } from './digits.ts'

/**
 * The order of apk: `digits{.digits}[letter]{_suffix[digits]}[~hash][-rdigits]`.
 * Source: doc/apk-version.8.scd and src/version.c of https://gitlab.alpinelinux.org/alpine/apk-tools.
 * @returns negative, 0 or positive; undefined when one of them is no such version.
 */
export function compareApkVersions(a: string, b: string): number | undefined {
  const [x, y] = [parse(a), parse(b)]
  if (x === undefined || y === undefined) return undefined
  for (let i = 0; ; i++) {
    const [token, other] = [x[i] ?? END, y[i] ?? END]
    if (token.kind !== other.kind) return compareKinds(token, other)
    if (token.kind === Kind.end) return 0
    const order = compareTokens(token, other)
    if (order !== 0) return order
  }
}

/** In the order in which they may follow each other. */
const Kind = { first: 0, digits: 1, letter: 2, suffix: 3, suffixDigits: 4, hash: 5, revision: 6, end: 7 } as const

interface Token {
  readonly kind: (typeof Kind)[keyof typeof Kind]
  readonly text: string
}

const END: Token = { kind: Kind.end, text: '' }

/** Those before the empty one come before the version without a suffix. */
const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p']
const VERSION = /^\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*(?:~[0-9a-f]+)?(?:-r\d+)?$/
const TOKEN = /^\d+|\.\d+|_[a-z]+|~[0-9a-f]+|-r\d+|[a-z]|\d+/g
const KINDS: Readonly<Record<string, Token['kind']>> = {
  '.': Kind.digits,
  _: Kind.suffix,
  '~': Kind.hash,
  '-': Kind.revision
}

function parse(version: string): readonly Token[] | undefined {
  if (!VERSION.test(version)) return undefined
  return version.match(TOKEN)?.map(tokenOf)
}

function tokenOf(text: string, index: number): Token {
  const kind = KINDS[text.charAt(0)]
  if (kind !== undefined) return { kind, text: text.slice(kind === Kind.revision ? 2 : 1) }
  if (index === 0) return { kind: Kind.first, text }
  return { kind: /\d/.test(text) ? Kind.suffixDigits : Kind.letter, text }
}

/** Two tokens of one kind. */
function compareTokens({ kind, text }: Token, other: Token): number {
  if (kind === Kind.suffix) return SUFFIXES.indexOf(text) - SUFFIXES.indexOf(other.text)
  const isFraction = kind === Kind.digits && (text.startsWith('0') || other.text.startsWith('0'))
  if (isFraction || kind === Kind.letter || kind === Kind.hash) return compareText(text, other.text)
  return compareDigits(text, other.text)
}

/** The longer version is the higher one, unless it goes on with a suffix that stands for something before the release. */
function compareKinds(a: Token, b: Token): number {
  if (isBeforeRelease(a)) return -1
  if (isBeforeRelease(b)) return 1
  return b.kind - a.kind
}

function isBeforeRelease({ kind, text }: Token): boolean {
  return kind === Kind.suffix && SUFFIXES.indexOf(text) < SUFFIXES.indexOf('')
}
