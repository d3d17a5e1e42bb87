import { createHash } from 'node:crypto'

/** What an issue of ours remembers for later runs, besides its marker. */
export type IssueNote =
  /** `known`: short digests of what failed when it was written. */
  { readonly failing: true; readonly known: readonly string[] } | { readonly failing: false }

/** Findings that are remembered; with all of them a note has 3,600 characters. */
const MOST_KNOWN = 400

/** A note on what fails. Of more than 400 failures the first are remembered. */
export function noteOf(failures: readonly string[]): IssueNote {
  return { failing: true, known: failures.slice(0, MOST_KNOWN).map(shortDigest) }
}

/** The note's line, without a line break. GitHub keeps it in the issue's source and does not show it. */
export function renderNote(note: IssueNote): string {
  return note.failing ? `<!-- imgguard failing=${note.known.join(',')} -->` : '<!-- imgguard clean -->'
}

const NOTE = /^<!-- imgguard (?:clean|failing=((?:[0-9a-f]{8},){0,399}[0-9a-f]{8})?) -->$/

/** The note on an issue's second line, or nothing. */
export function parseNote(body: string): IssueNote | undefined {
  const [, line = ''] = body.split(/\r?\n/, 2)
  const match = NOTE.exec(line)
  if (match === null) return undefined
  if (line.includes(' clean ')) return { failing: false }
  return { failing: true, known: match[1]?.split(',') ?? [] }
}

/** True when something fails that the note does not know. */
export function hasMore(failures: readonly string[], known: readonly string[]): boolean {
  const all = new Set(known)
  return failures.slice(0, MOST_KNOWN).some(failure => !all.has(shortDigest(failure)))
}

function shortDigest(failure: string): string {
  return createHash('sha256').update(failure).digest('hex').slice(0, 8)
}
