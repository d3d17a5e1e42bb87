import { characters, fitTo } from './budget.ts'
import { compactDocument, detailedDocument, type PreviousCommit } from './document.ts'
import { link } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import type { View } from './tables.ts'

/**
 * Longest comment, with its marker. GitHub refuses bodies of more than 65,536 characters
 * ("Body is too long (maximum is 65536 characters)"); the difference covers other ways of counting.
 */
export const COMMENT_LIMIT = 60_000

/** Characters that are left free for the marker by which the comment is found again. */
export const MARKER_ROOM = 1_000

/**
 * The pull request comment, as Markdown without the marker: at most COMMENT_LIMIT - MARKER_ROOM characters.
 * @param images at least one.
 * @param previous how the commit ended about which the comment spoke before, when that was bad and this is not.
 */
export function renderComment(images: readonly ImageOutcome[], run: RunFacts, previous?: PreviousCommit): string {
  const summary = link('job summary', run.runUrl, run.serverUrl)
  const view: View = { level: 3, open: false, titles: false, wholeDigests: false, rest: `in the ${summary}` }
  const limit = COMMENT_LIMIT - MARKER_ROOM
  const detailed = fitTo(detailedDocument(images, run, view, previous), limit, characters)
  return detailed.fits ? detailed.text : fitTo(compactDocument(images, run, view, previous), limit, characters).text
}
