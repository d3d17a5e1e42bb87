import { createHash } from 'node:crypto'

/** What an issue of ours remembers for later runs, besides its marker. */
export type IssueNote = FailingNote | { readonly failing: false }

/** What failed when the note was written. */
export interface FailingNote {
  readonly failing: true
  /** Short digests, in rising order: of all that failed, or of as many as a note has room for, those that come first. */
  readonly known: readonly string[]
  /** How many things failed: more than are known when there was no room for all. */
  readonly count: number
}

/** Digests that are remembered; with all of them a note has 3,600 characters. */
const MOST_KNOWN = 400

/** A note on what fails. Of more than 400 failures those with the lowest digests are remembered. */
export function noteOf(failures: readonly string[]): FailingNote {
  const digests = digestsOf(failures)
  return { failing: true, known: digests.slice(0, MOST_KNOWN), count: digests.length }
}

/** The note's line, without a line break. GitHub keeps it in the issue's source and does not show it. */
export function renderNote(note: IssueNote): string {
  if (!note.failing) return '<!-- imgguard clean -->'
  const of = note.count > note.known.length ? ` of=${note.count}` : ''
  return `<!-- imgguard failing=${note.known.join(',')}${of} -->`
}

const NOTE = /^<!-- imgguard (?:clean|failing=((?:[0-9a-f]{8},){0,399}[0-9a-f]{8})?(?: of=(\d{1,9}))?) -->$/

/** The note on an issue's second line, or nothing. */
export function parseNote(body: string): IssueNote | undefined {
  const [, line = ''] = body.split(/\r?\n/, 2)
  const match = NOTE.exec(line)
  if (match === null) return undefined
  if (line.includes(' clean ')) return { failing: false }
  const known = match[1]?.split(',') ?? []
  return { failing: true, known, count: Math.max(known.length, Number(match[2] ?? 0)) }
}

/**
 * True when something fails that the note does not tell of. Of what came behind the last digest that a note had room for, nobody can say
 * whether it is new: there only the number counts, so that what is fixed never makes the next look new.
 */
export function hasMore(failures: readonly string[], { known, count }: FailingNote): boolean {
  const digests = digestsOf(failures)
  const all = new Set(known)
  const last = count > known.length ? known.at(-1) : undefined
  const comparable = last === undefined ? digests : digests.filter(digest => digest <= last)
  return digests.length > count || comparable.some(digest => !all.has(digest))
}

/** In rising order, each once: an order that stays when something goes. */
function digestsOf(failures: readonly string[]): string[] {
  return [...new Set(failures.map(shortDigest))].sort()
}

function shortDigest(failure: string): string {
  return createHash('sha256').update(failure).digest('hex').slice(0, 8)
}
