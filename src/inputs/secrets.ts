/** A mask of fewer characters would blacken innocent parts of the log. */
const SHORTEST_MASK = 4

/** Shorter lines of a PEM (its last one) are too few bits to be worth the same. */
const SHORTEST_PEM_LINE = 12

/**
 * What of a secret must never be seen: the whole of a one-line value; of a PEM every line that is long enough to be secret, also when it
 * was wrapped in base64, has literal `\n`, or lost its line breaks.
 */
export function secretLines(value: string): readonly string[] {
  const given = value.trim()
  if (given === '') return []
  const decoded = Buffer.from(given, 'base64').toString('latin1')
  const forms = decoded.includes('-----BEGIN ') ? [given, decoded] : [given]
  if (!forms.some(form => form.includes('-----BEGIN ') || form.includes('\n')))
    return given.length < SHORTEST_MASK ? [] : [given]
  const lines = forms
    .flatMap(form => form.split(/\\n|\s+/))
    .filter(line => line.length >= SHORTEST_PEM_LINE && !line.includes('-----'))
  return [...new Set(lines)]
}
