import { clean } from '../render/escape.ts'

/** HTML that may stand on the page as it is. Made by `html` only. */
export interface Markup {
  readonly html: string
}

/** What may be put into a template: texts are escaped, lists are joined, nothing stays nothing. */
export type Piece = string | number | Markup | readonly Piece[] | undefined

/**
 * Template of HTML: `html\`<p title="${text}">${text}</p>\``. Every text put in is made one line without invisible characters
 * or spaces around it, and escaped so that it is text within elements and within attributes in double quotes.
 */
export function html(template: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return { html: template.map((part, i) => part + textOf(pieces[i])).join('') }
}

function textOf(piece: Piece): string {
  if (piece === undefined) return ''
  if (typeof piece === 'string') return escapeHtml(clean(piece, 2000))
  if (typeof piece === 'number') return String(piece)
  return 'html' in piece ? piece.html : piece.map(textOf).join('')
}

/** Text as content of an element or of an attribute in quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, character => `&#${character.charCodeAt(0)};`)
}

/** JSON as content of a `<script>`: nothing in it can end the element or begin a comment, and it stays the same JSON. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
