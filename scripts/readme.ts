import { parse } from 'yaml'

interface Entry {
  readonly description: string
  readonly required?: boolean
  readonly default?: string
}

/**
 * README.md with its tables made anew from action.yml. A table stands between `<!-- NAME -->` and `<!-- /NAME -->`.
 * @throws Error when a place for a table is missing.
 */
export function withTables(readme: string, action: string): string {
  const { inputs, outputs } = parse(action) as { inputs: Record<string, Entry>; outputs: Record<string, Entry> }
  const inputRows = Object.entries(inputs).map(([name, entry]) => [`\`${name}\``, defaultOf(entry), textOf(entry)])
  const outputRows = Object.entries(outputs).map(([name, entry]) => [`\`${name}\``, textOf(entry)])
  const filled = fill(readme, 'inputs', table(['Input', 'Default', 'Meaning'], inputRows))
  return fill(filled, 'outputs', table(['Output', 'Meaning'], outputRows))
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

function fill(text: string, name: string, content: string): string {
  const place = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`)
  if (!place.test(text)) throw new Error(`README.md has no place for the table "${name}"`)
  return text.replace(place, (_, start: string, end: string) => `${start}${content}\n${end}`)
}
