import { LEADING_SPACE, readDirective, SPACE } from './directives.ts'
import { execForm } from './words.ts'

/** One instruction as the builder divides a Dockerfile, before anything is made of its arguments. */
export interface Divided {
  /** In upper case: `RUN`. */
  readonly keyword: string
  /** Its first line, from 1. */
  readonly line: number
  /** Values such as `--mount=…` that stand before the arguments, without the quotes and escapes that the builder takes away. */
  readonly flags: readonly string[]
  /** The arguments on one line. */
  readonly text: string
  /** Lines of here-documents, with their delimiters. */
  readonly heredoc: readonly string[]
}

const ONE_SPACE = new RegExp(`^${SPACE}$`)
const WITH_HEREDOC = ['RUN', 'COPY', 'ADD']

/**
 * Divides a Dockerfile line by line exactly as BuildKit does: what one reader takes for an instruction and the other for part of a here-document
 * or of a continued line would be an image that is pulled and that nobody looked at.
 * Source: moby/buildkit, frontend/dockerfile/parser (parser.go, directives.go, split_command.go).
 * @returns undefined for what BuildKit refuses, and for a here-document whose delimiter is not read here.
 */
export function divideInstructions(text: string): readonly Divided[] | undefined {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map(line => withoutEnd(line, /\r/))
  const escapeCharacter = escapeOf(lines)
  if (escapeCharacter === undefined) return undefined
  const found: Divided[] = []
  for (let at = 0; at < lines.length; ) {
    const line = at + 1
    const logical = joined(lines, at, escapeCharacter)
    at = logical.next
    if (logical.text === '') continue
    const { keyword, flags, text } = command(logical.text, escapeCharacter)
    const delimiters = heredocsOf(keyword, text, logical.text, escapeCharacter)
    if (delimiters === undefined) return undefined
    const start = at
    for (const ends of delimiters) {
      while (at < lines.length && !ends(lines[at] ?? '')) at += 1
      if (at === lines.length) return undefined
      at += 1
    }
    found.push({ keyword, line, flags, text, heredoc: lines.slice(start, at) })
  }
  return found
}

/** The keyword, its flags and the rest of what stands on one line; for what `ONBUILD` holds as well. */
export function command(line: string, escapeCharacter: string): Pick<Divided, 'keyword' | 'flags' | 'text'> {
  const [, keyword = '', rest = ''] = /^([^\t\v\f\r ]*)[\t\v\f\r ]*([\s\S]*)$/.exec(trimmed(line)) ?? []
  const { flags, text } = divideFlags(rest, escapeCharacter)
  return { keyword: keyword.toUpperCase(), flags, text: trimmed(text) }
}

/** The parser directive `escape`; undefined where it is none of the two that there are, or a directive stands there twice. */
function escapeOf(lines: readonly string[]): string | undefined {
  const seen = new Map<string, string>()
  for (const line of lines) {
    const comment = line.replace(LEADING_SPACE, '')
    const directive = comment.startsWith('#') ? readDirective(comment.slice(1)) : undefined
    if (directive === undefined) break
    if (seen.has(directive.name)) return undefined
    seen.set(directive.name, directive.value)
  }
  const escapeCharacter = seen.get('escape') ?? '\\'
  return escapeCharacter === '\\' || escapeCharacter === '`' ? escapeCharacter : undefined
}

/** One line with those that continue it. Two escape characters at its end are no continuation. */
function joined(lines: readonly string[], first: number, escapeCharacter: string): { text: string; next: number } {
  let text = ''
  for (let at = first; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const bare = line.replace(LEADING_SPACE, '')
    if (bare.startsWith('#') || (at > first && bare === '')) {
      if (at === first) return { text: '', next: at + 1 }
      continue
    }
    const own = at === first ? bare : line
    const kept = withoutEnd(own, /[ \t]/)
    if (!kept.endsWith(escapeCharacter) || kept.endsWith(escapeCharacter + escapeCharacter))
      return { text: text + own, next: at + 1 }
    text += kept.slice(0, -1)
  }
  return { text, next: lines.length }
}

/** Byte by byte, as BuildKit does it. */
function divideFlags(rest: string, escapeCharacter: string): { flags: readonly string[]; text: string } {
  const bytes = Buffer.from(rest, 'utf8').toString('latin1')
  const flags: string[] = []
  let at = 0
  for (;;) {
    while (at < bytes.length && ONE_SPACE.test(bytes.charAt(at))) at += 1
    if (!bytes.startsWith('--', at)) break
    const { word, end } = readWord(bytes, at, escapeCharacter)
    at = end
    if (word === '--') break
    flags.push(word)
  }
  return { flags, text: Buffer.from(bytes.slice(at), 'latin1').toString('utf8') }
}

/** One word without its quotes and escapes; white space in quotes belongs to it. */
function readWord(bytes: string, start: number, escapeCharacter: string): { word: string; end: number } {
  let word = ''
  let quote = ''
  let at = start
  for (; at < bytes.length; at += 1) {
    const character = bytes.charAt(at)
    if (quote === '' && ONE_SPACE.test(character)) break
    if (character === quote) quote = ''
    else if (quote === '' && /["']/.test(character)) quote = character
    else if (character === escapeCharacter) {
      at += 1
      word += bytes.charAt(at)
    } else word += character
  }
  return { word, end: at }
}

/** Whether a line ends a here-document. */
type Delimiter = (line: string) => boolean

/** The here-documents that a line opens; undefined where it is not clear whether it does. */
function heredocsOf(
  keyword: string,
  text: string,
  line: string,
  escapeCharacter: string
): readonly Delimiter[] | undefined {
  const inner = keyword === 'ONBUILD' ? command(text, escapeCharacter) : { keyword, text }
  if (!line.includes('<<') || !WITH_HEREDOC.includes(inner.keyword) || execForm(inner.text) !== undefined) return []
  const words = shellWords(line)
  const opening = (words ?? line.split(/\s+/)).flatMap(word => /^\d*<<(-?)\s*([^<]+)$/.exec(word)?.slice(1, 3) ?? [])
  if (opening.length === 0) return []
  const found: Delimiter[] = []
  for (let at = 0; at < opening.length; at += 2) {
    const [, , name] = /^(["']?)([^"'\\$\s]+)\1$/.exec(opening[at + 1] ?? '') ?? []
    if (name === undefined || words === undefined) return undefined
    found.push(opening[at] === '-' ? line => line.replace(/^\t+/, '') === name : line => line === name)
  }
  return found
}

/** The words of a line with their quotes; undefined where a quote or brace does not end, or a variable has more than a name. */
function shellWords(line: string): readonly string[] | undefined {
  if (/\$\{(?!\w+\})/.test(line)) return undefined
  const pieces = /(?:\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\s'"\\])+|\s+/y
  const words: string[] = []
  let end = 0
  for (let match = pieces.exec(line); match !== null; match = pieces.exec(line)) {
    if (match[0].trim() !== '') words.push(match[0])
    end = pieces.lastIndex
  }
  return end === line.length ? words : undefined
}

function trimmed(text: string): string {
  return withoutEnd(text.replace(LEADING_SPACE, ''), ONE_SPACE)
}

/** Without what of this kind stands at the end; an expression for all of it would take the square of the time. */
function withoutEnd(text: string, kind: RegExp): string {
  let end = text.length
  while (end > 0 && kind.test(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}
