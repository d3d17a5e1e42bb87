/** What Go's `unicode.IsSpace` says yes to, as a class of a regular expression. */
export const SPACE = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'

/** That at the beginning of a text. */
export const LEADING_SPACE = new RegExp(`^${SPACE}+`)

/** What Go's `\s` matches, and no more; a dot of Go's matches everything but `\n`, as `[^\n]` does here. */
const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*([^\n]+?)[\t\n\f\r ]*$/
const NAMES = ['syntax', 'escape', 'check']

/**
 * Reads a parser directive of a Dockerfile: `syntax`, `escape` or `check`.
 * Source: moby/buildkit, frontend/dockerfile/parser/directives.go.
 * @param comment a line without its comment sign.
 * @returns the name in lower case; undefined for a comment that is none.
 */
export function readDirective(comment: string): { readonly name: string; readonly value: string } | undefined {
  const [, name = '', value = ''] = DIRECTIVE.exec(comment.replace(LEADING_SPACE, '')) ?? []
  const key = name.toLowerCase()
  return NAMES.includes(key) ? { name: key, value } : undefined
}
