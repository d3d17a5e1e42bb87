import { bytes, fitTo, type Part, type Rows } from './budget.ts'
import { code, prose, proseWithCode } from './escape.ts'
import { SUMMARY_LIMIT } from './summary.ts'
import {
  type CheckedImage,
  linesInWords,
  OUTCOME_WORDS,
  passes,
  resultInLine,
  sentence,
  shortReference,
  shortSigner,
  type VerificationRun,
  whyRefused
} from './verification-words.ts'
import { shortDigest } from './words.ts'

/** What goes first when there is too much: notes, then rows of the table, then reasons. */
const RANK = { notes: 0, table: 1, reasons: 2 } as const

/** Characters in a line of a cell, so that the table has no more than 900 pixels, about what GitHub shows. */
const WIDTH = { image: 33, signer: 25, rule: 24 } as const
const MOST_IN_CELL = 300

/** The job summary of verify/ as Markdown, at most SUMMARY_LIMIT bytes: result, table, why images are refused, what else is worth knowing. */
export function renderVerificationSummary({ images, warnings, notes }: VerificationRun): string {
  const refused = images.filter(image => !passes(image))
  const icon = refused.length > 0 ? '❌' : warnings.length > 0 ? '⚠️' : '✅'
  const parts: Part[] = [
    `## ${icon} ${resultInLine(images)}\n\n`,
    ...warnings.map(warning => `> [!WARNING]\n> ${proseWithCode(sentence(warning), 1500)}\n\n`),
    // Refused ones stand where nothing is cut off.
    tableOf([...refused, ...images.filter(passes)]),
    list('### Why\n\n', RANK.reasons, refused.map(whyOf)),
    list('### Notes\n\n', RANK.notes, [
      ...images.flatMap(notesOf),
      ...notes.map(note => proseWithCode(sentence(note), 1000))
    ])
  ]
  return fitTo(parts, SUMMARY_LIMIT, bytes).text
}

function tableOf(images: readonly CheckedImage[]): Rows {
  const rows = images.map(image => {
    const { outcome, signer = '', rule = '' } = image
    const cells = [
      `${passes(image) ? '✅' : '❌'} ${OUTCOME_WORDS[outcome]}`,
      nameOf(image),
      // Who vouches for an identity stands in the rule, and in results.
      inLines(shortSigner(signer).replace(/ \(issuer \S+\)$/, ''), WIDTH.signer),
      inLines(rule, WIDTH.rule)
    ]
    return `| ${cells.join(' | ')} |\n`
  })
  const before = '| Outcome | Image | Signer | Rule |\n| --- | --- | --- | --- |\n'
  return {
    rank: RANK.table,
    before,
    rows,
    after: '\n',
    more: dropped => `${dropped} more do not fit into this summary.\n\n`
  }
}

/** The name, the digest under it, whether it was given or found out, and the lines that name it. */
function nameOf({ reference, digest, lines }: CheckedImage): string {
  const name = digest === undefined ? reference : reference.replace(`@${digest}`, '')
  const parts = [shortReference(name), shortDigest(digest ?? ''), linesInWords(lines)]
  return parts
    .filter(part => part !== '')
    .map(part => inLines(part, WIDTH.image))
    .join('<br>')
}

/**
 * Code of at most so many characters a line, broken behind a space, slash, comma or at sign where there is one: a browser breaks none of the long
 * words that names are.
 */
function inLines(text: string, width: number): string {
  const shown = text.length > MOST_IN_CELL ? `${text.slice(0, MOST_IN_CELL - 1)}…` : text
  const pieces = shown.match(new RegExp(`[^\\s/@,]{1,${width - 1}}[\\s/@,]?|[\\s/@,]`, 'gu')) ?? []
  const lines: string[] = []
  for (const piece of pieces) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + piece.trimEnd().length <= width) lines[lines.length - 1] = line + piece
    else lines.push(piece)
  }
  return lines.map(line => code(line.trim())).join('<br>')
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
  return `${code(shortReference(image.reference), 300)}: **${OUTCOME_WORDS[image.outcome]}**${proseWithCode(whyRefused(image), 2000)}`
}

function notesOf({ reference, notes }: CheckedImage): string[] {
  return notes.map(note => `${code(shortReference(reference), 300)}: ${prose(sentence(note), 1000)}`)
}
