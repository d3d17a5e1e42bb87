import { plain } from './escape.ts'
import {
  type CheckedImage,
  linesInWords,
  OUTCOME_WORDS,
  passes,
  reasonAfterOutcome,
  remedyOf,
  shortReference,
  shortSigner,
  type VerificationRun
} from './verification-words.ts'
import { shortDigest } from './words.ts'

/** Images that the log lists: more than anybody reads. */
const MOST_ROWS = 200

const HEADER = ['OUTCOME', 'IMAGE', 'DIGEST', 'SIGNER', 'RULE'] as const
/** Longest cells in UTF-16 units. */
const WIDEST = [34, 80, 19, 90, 60] as const

/**
 * What the log shows: a table of all images, then for each that is refused why, with what to do, and what else is worth knowing. Every line begins
 * with a word of ours, and none can be taken for a workflow command.
 */
export function renderVerificationTable({ images, warnings, notes }: VerificationRun): string {
  const shown = images.slice(0, MOST_ROWS)
  const refused = shown.filter(image => !passes(image))
  const lines = [
    ...warnings.map(warning => `Warning: ${plain(warning, 1000)}`),
    ...columns(shown.map(cellsOf)),
    ...(images.length > shown.length ? [`  ${images.length - shown.length} more`] : []),
    ...refused.flatMap(refusal),
    ...shown.flatMap(({ reference, notes }) =>
      notes.map(note => `Note on ${plain(shortReference(reference), 300)}: ${plain(note, 1000)}`)
    ),
    ...notes.map(note => `Note: ${plain(note, 1000)}`)
  ]
  return lines.join('\n')
}

function refusal(image: CheckedImage): string[] {
  const remedy = remedyOf(image)
  return [
    '',
    `Refused ${plain(nameWithLines(image), 400)}: ${OUTCOME_WORDS[image.outcome]}${plain(reasonAfterOutcome(image), 2000)}`,
    ...(remedy === undefined ? [] : [`  What to do: ${plain(remedy, 1000)}`])
  ]
}

function nameWithLines({ reference, lines }: CheckedImage): string {
  const name = shortReference(reference)
  return lines.length === 0 ? name : `${name} (${linesInWords(lines)})`
}

function cellsOf({ outcome, reference, digest, signer, rule }: CheckedImage): string[] {
  return [
    OUTCOME_WORDS[outcome],
    shortReference(reference),
    digest === undefined ? '' : shortDigest(digest),
    shortSigner(signer ?? ''),
    rule ?? ''
  ]
}

/** Nothing for no rows; a column in which nothing stands is left out. */
function columns(rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const shown = HEADER.map((title, column) => [
    title,
    ...rows.map(row => plain(row[column] ?? '', WIDEST[column] ?? 0))
  ]).filter(([, ...cells]) => cells.some(text => text !== ''))
  const widths = shown.map(cells => Math.max(...cells.map(({ length }) => length)))
  return [undefined, ...rows].map((_, index) =>
    `  ${shown.map((cells, column) => (cells[index] ?? '').padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()
  )
}
