import type { Part } from './budget.ts'
import { clean } from './escape.ts'
import type { View } from './tables.ts'

/** Parts under a title that is escaped already: behind a click, or under a heading where the document is open. */
export function folded(title: string, parts: readonly Part[], view: View): Part[] {
  if (view.open) return [`${'#'.repeat(view.level + 2)} ${title}\n\n`, ...parts]
  return [`<details><summary>${title}</summary>\n\n`, ...parts, '</details>\n\n']
}

/** A title over parts that are not folded, in bold where headings would be too loud. */
export function heading(title: string, view: View): string {
  return view.open ? `${'#'.repeat(view.level + 2)} ${title}\n\n` : `**${title}**\n\n`
}

/** A fenced block whose fence is longer than any run of backticks in it. */
export function fenced(text: string, language: string): string {
  const lines = text.slice(0, 4000).split('\n')
  const shown = lines.map(one => (/^ */.exec(one)?.[0] ?? '') + clean(one, 1000))
  const block = shown.join('\n')
  // Of what is shown: invisible characters may have kept runs apart.
  const longest = Math.max(2, ...[...block.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${block}\n${fence}\n\n`
}
