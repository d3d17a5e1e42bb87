import { countBySeverity, countsInWords } from '../report/counts.ts'
import { renderComment } from './comment.ts'
import { plain } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { promotionFailure } from './promotion-words.ts'
import { gateFindings } from './select.ts'
import { missedSignature, signatureWord } from './signature-words.ts'

/** What an issue says. */
export interface IssueText {
  /** Plain text of one line; GitHub takes 256 characters. */
  readonly title: string
  /** Markdown without a marker, not longer than a comment by more than a few words. */
  readonly body: string
}

const MAX_TITLE = 200

/** True when something is wrong with an image that somebody should mend: its gate, its scan, its signature or its tags. */
export function isFailing(image: ImageOutcome): boolean {
  const { verdict, gate, signing } = image
  if (verdict.result === 'incomplete' || gate.reasons.length > 0 || signing.state === 'failed') return true
  return missedSignature(image) !== undefined || promotionFailure(image) !== undefined
}

/**
 * The issue about one image: what the comment says of it, and what becomes of the issue.
 * @param images what was found under one name, such as two digests of one repository; at least one.
 */
export function renderIssue(images: readonly ImageOutcome[], run: RunFacts): IssueText {
  const failing = images.filter(isFailing)
  const name = images[0]?.name ?? ''
  const end =
    failing.length > 0
      ? 'The next run brings this issue up to date, and closes it when the image passes. Closed by hand, it stays closed until something else fails.'
      : 'The image passes. The issue is opened again when it does not.'
  return {
    title: plain(`imgguard: ${name} ${wordsOf(failing, run)}`, MAX_TITLE),
    body: `${renderComment(images, run)}\n<sub>${end}</sub>\n`
  }
}

/** The worst of what is wrong: "fails: 2 critical". */
function wordsOf(failing: readonly ImageOutcome[], run: RunFacts): string {
  if (failing.length === 0) return 'passes'
  const gates = failing.filter(({ gate }) => gate.reasons.length > 0)
  const findings = gates.flatMap(image => gateFindings(image, run))
  if (findings.length > 0) return `fails: ${countsInWords(countBySeverity(findings))}`
  if (gates[0] !== undefined) return `fails: ${gates[0].gate.reasons[0]}`
  const missed = failing.find(image => missedSignature(image) !== undefined)
  if (missed !== undefined) return `fails: ${signatureWord(missed)}`
  if (failing.some(({ verdict }) => verdict.result === 'incomplete')) return 'was not wholly scanned'
  return failing.some(({ signing }) => signing.state === 'failed')
    ? 'is not signed as it should be'
    : 'was not promoted as it should be'
}
