import { parse } from 'yaml'

interface Entry {
  readonly description: string
  readonly required?: boolean
  readonly default?: string
}

/**
 * A page with its tables made anew from an action.yml. A table stands between `<!-- NAME -->` and `<!-- /NAME -->`.
 * @param name of the page, for the error.
 * @throws Error when a place for a table is missing.
 */
export function withTables(name: string, page: string, action: string): string {
  const { inputs, outputs } = parse(action) as { inputs: Record<string, Entry>; outputs: Record<string, Entry> }
  const inputRows = Object.entries(inputs).map(([name, entry]) => [`\`${name}\``, defaultOf(entry), textOf(entry)])
  const outputRows = Object.entries(outputs).map(([name, entry]) => [`\`${name}\``, textOf(entry)])
  const tables = {
    inputs: table(['Input', 'Default', 'Meaning'], inputRows),
    outputs: table(['Output', 'Meaning'], outputRows)
  }
  const missing = Object.keys(tables).find(place => !placeOf(place).test(page))
  if (missing !== undefined) throw new Error(`${name} has no place for the table "${missing}"`)
  return Object.entries(tables).reduce((filled, [place, content]) => fill(filled, place, content), page)
}

function defaultOf(entry: Entry): string {
  if (entry.required) return 'required'
  return entry.default === undefined ? '' : `\`${entry.default}\``
}

function textOf(entry: Entry): string {
  return entry.description.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|')
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')
}

function fill(text: string, place: string, content: string): string {
  return text.replace(placeOf(place), (_, start: string, end: string) => `${start}${content}\n${end}`)
}

function placeOf(name: string): RegExp {
  return new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`)
}
