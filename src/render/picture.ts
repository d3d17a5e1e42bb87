import { countBySeverity } from '../report/counts.ts'
import { SEVERITIES, type Severity } from '../report/severity.ts'
import type { JudgedImage } from './outcome.ts'

/** Blocks of the longest bar; a line stays under 45 characters, which a narrow window shows without scrolling. */
const LONGEST = 20

/**
 * Findings by severity as bars, now and, where there is a baseline, before: a fenced block, empty when there is nothing to draw.
 *
 * Drawn with block characters and not with Mermaid: GitHub documents no diagrams in job summaries and GitHub Enterprise Server lags behind, so
 * that readers could meet the diagram's source; besides, Mermaid's bar chart (`xychart-beta`) draws two rows of bars over one another. Text
 * is drawn everywhere, in the reader's own colours. Only numbers and fixed words get in.
 */
export function severityPicture(image: JudgedImage): string {
  const { baseline, findings } = image
  const now = countBySeverity(findings)
  const before = baseline?.state === 'compared' ? countBySeverity(baseline.before) : undefined
  const shown = SEVERITIES.filter(severity => now[severity] > 0 || (before?.[severity] ?? 0) > 0)
  if (shown.length === 0) return ''
  const most = Math.max(...shown.flatMap(severity => [now[severity], before?.[severity] ?? 0]))
  const lines = shown.flatMap(severity => barsOf(severity, { now: now[severity], before: before?.[severity] }, most))
  const title = before === undefined ? 'Findings by severity' : 'Findings by severity, now and in the baseline'
  return `**${title}**\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n\n`
}

function barsOf(
  severity: Severity,
  count: { readonly now: number; readonly before: number | undefined },
  most: number
): string[] {
  const digits = `${most}`.length
  const bar = (number: number) => '█'.repeat(number === 0 ? 0 : Math.max(1, Math.round((number / most) * LONGEST)))
  const line = (name: string, when: string, number: number) =>
    `${name.padEnd(8)}  ${when}${`${number}`.padStart(digits)}  ${bar(number)}`.trimEnd()
  if (count.before === undefined) return [line(severity, '', count.now)]
  return [line(severity, 'now     ', count.now), line('', 'before  ', count.before)]
}
