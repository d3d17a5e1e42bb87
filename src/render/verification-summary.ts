import { bytes, fitTo, type Part, type Rows } from './budget.ts'
import { code, prose, proseWithCode } from './escape.ts'
import { SUMMARY_LIMIT } from './summary.ts'
import {
  type CheckedImage,
  linesInWords,
  OUTCOME_WORDS,
  passes,
  reasonWithRemedy,
  resultInLine,
  shortReference,
  type VerificationRun
} from './verification-words.ts'

/** What goes first when there is too much: notes, then rows of the table, then reasons. */
const RANK = { notes: 0, table: 1, reasons: 2 } as const

/** The job summary of verify/ as Markdown, at most SUMMARY_LIMIT bytes: result, table, why images are refused, what else is worth knowing. */
export function renderVerificationSummary({ images, warnings, notes }: VerificationRun): string {
  const refused = images.filter(image => !passes(image))
  const icon = refused.length > 0 ? '❌' : warnings.length > 0 ? '⚠️' : '✅'
  const parts: Part[] = [
    `## ${icon} ${resultInLine(images)}\n\n`,
    ...warnings.map(warning => `> [!WARNING]\n> ${proseWithCode(`${warning}.`, 1500)}\n\n`),
    // Refused ones stand where nothing is cut off.
    tableOf([...refused, ...images.filter(passes)]),
    list('### Why\n\n', RANK.reasons, refused.map(whyOf)),
    list('### Notes\n\n', RANK.notes, [
      ...images.flatMap(notesOf),
      ...notes.map(note => proseWithCode(`${note}.`, 1000))
    ])
  ]
  return fitTo(parts, SUMMARY_LIMIT, bytes).text
}

function tableOf(images: readonly CheckedImage[]): Rows {
  const rows = images.map(({ outcome, reference, digest, signer, rule, lines }) => {
    const name = [
      code(shortReference(reference), 300),
      ...(lines.length === 0 ? [] : [code(linesInWords(lines), 200)])
    ].join('<br>')
    const icon = outcome === 'verified' ? '✅' : '❌'
    const cells = [
      `${icon} ${OUTCOME_WORDS[outcome]}`,
      name,
      code(digest ?? ''),
      code(signer ?? '', 300),
      code(rule ?? '', 200)
    ]
    return `| ${cells.join(' | ')} |\n`
  })
  const before = '| Outcome | Image | Digest | Signer | Rule |\n| --- | --- | --- | --- | --- |\n'
  return {
    rank: RANK.table,
    before,
    rows,
    after: '\n',
    more: dropped => `${dropped} more do not fit into this summary.\n\n`
  }
}

function list(title: string, rank: number, entries: readonly string[]): Rows {
  const rows = entries.map(entry => `- ${entry}\n`)
  return {
    rank,
    before: title,
    rows,
    after: '\n',
    more: dropped => `${dropped} more do not fit into this summary.\n\n`
  }
}

function whyOf(image: CheckedImage): string {
  return `${code(shortReference(image.reference), 300)}: **${OUTCOME_WORDS[image.outcome]}**: ${proseWithCode(reasonWithRemedy(image), 2000)}`
}

function notesOf({ reference, notes }: CheckedImage): string[] {
  return notes.map(note => `${code(shortReference(reference), 300)}: ${prose(`${note}.`, 1000)}`)
}
