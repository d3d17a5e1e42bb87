/** A text with each run of white space as one space, and none at its ends. */
export function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** A text without the quotes that a shell would take away. */
export function unquoted(text: string): string {
  return text.replace(/["']/g, '')
}

/** The strings of an instruction in exec form, `["a", "b"]`; undefined for another form. */
export function execForm(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) && parsed.every(word => typeof word === 'string') ? parsed : undefined
  } catch {
    return undefined
  }
}

/** A text with the variables of a Dockerfile (`$NAME`, `${NAME}`, `${NAME:-default}`) left out: the pieces between them. */
export function literalPieces(text: string): readonly string[] {
  return text.split(/\$(?:\w+|\{[^{}]*\})/)
}

/** True when a text could be what the pieces become once something, or nothing, is filled in between them. */
export function fits(text: string, pieces: readonly string[]): boolean {
  const [first = '', ...others] = pieces
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  let position = first.length
  for (const piece of others) {
    const found = text.indexOf(piece, position)
    if (found < 0) return false
    position = found + piece.length
  }
  return position + last.length <= text.length
}
