/** Of the words that are known the one that was probably meant: at most a third of its letters are wrong. Undefined when none is near. */
function nearest<T extends string>(word: string, known: readonly T[]): T | undefined {
  const lower = word.toLowerCase().slice(0, 64)
  const ranked = known
    .map(candidate => ({ candidate, distance: distance(lower, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.candidate
}

/** What to say of a word that is not known: `did you mean match?`, or what it can be. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === undefined ? `it can be ${known.join(', ')}` : `did you mean ${near}?`
}

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries())
      next.push(Math.min((row[j] ?? 0) + (letter === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    row = next
  }
  return row.at(-1) ?? 0
}
