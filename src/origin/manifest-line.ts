/** Directories that a package manager fills: what lies in them is in no repository, and a file of the same name outside is another one. */
const FILLED = ['node_modules', 'site-packages', 'dist-packages', 'vendor', 'gems', 'bower_components']
const MOST_CANDIDATES = 6

/** One package in one version. */
export interface NamedVersion {
  readonly package: string
  readonly version: string
}

/** Says on which line of a file a package stands in a version, from 1; undefined unless that is one line. */
export type FindLine = (wanted: NamedVersion) => number | undefined

/**
 * Where in the checkout the file could be that lies in the image under `path`: `srv/app/go.mod`, `app/go.mod`, `go.mod`.
 * @param path inside the image.
 * @returns the longest first; empty for a file that a package manager has put there.
 */
export function candidatesFor(path: string): readonly string[] {
  const steps = path.split('/').filter(step => step !== '')
  if (steps.some(step => step === '..' || step === '.' || FILLED.includes(step))) return []
  return steps.map((_, index) => steps.slice(index).join('/')).slice(-MOST_CANDIDATES)
}

/**
 * Reads a manifest or lock file, whatever its format: a package stands where its name is, and its version beside it or on the next line.
 * Linear in the text, whatever is asked for afterwards.
 */
export function readManifest(text: string): FindLine {
  const lines = text.split(/\r\n?|\n/).map(wordsOf)
  const byWord = new Map<string, number[]>()
  for (const [index, words] of lines.entries()) {
    for (const word of words) {
      const found = byWord.get(word)
      if (found === undefined) byWord.set(word, [index])
      else found.push(index)
    }
  }
  return wanted => {
    const named = (byWord.get(wanted.package) ?? []).slice(0, MOST_LINES)
    const sure = named.filter(index => [index, index + 1].some(near => lines[near]?.has(wanted.version)))
    const [line] = sure
    return line === undefined || sure.length > 1 ? undefined : line + 1
  }
}

/** A package that stands on more lines than this has no line of its own. */
const MOST_LINES = 50

/** Names and versions on a line, without what stands before a version: `^1.2.3`, `v1.2.3`. */
function wordsOf(line: string): ReadonlySet<string> {
  const words = line.slice(0, 2_000).split(/[^\w@/.+-]+/)
  return new Set(
    words.flatMap(word => {
      const at = word.lastIndexOf('@')
      const parts = at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word]
      return parts.flatMap(part => (/^v\d/.test(part) ? [part, part.slice(1)] : [part])).filter(Boolean)
    })
  )
}
