import { bytes, fitTo } from './budget.ts'
import { compactDocument, detailedDocument } from './document.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import type { View } from './tables.ts'

/**
 * Longest summary in bytes. The runner drops a step's summary of more than 1 MiB
 * (actions/runner src/Runner.Worker/FileCommandManager.cs, AttachmentSizeLimit), and others may have written to the same file.
 */
export const SUMMARY_LIMIT = 900 * 1024

/**
 * The job summary as Markdown: what the comment says, unfolded, with every finding and its title, at most SUMMARY_LIMIT bytes.
 * @param images at least one.
 */
export function renderSummary(images: readonly ImageOutcome[], run: RunFacts): string {
  const view: View = { level: 2, open: true, titles: true, wholeDigests: true, rest: 'do not fit into this summary' }
  const detailed = fitTo(detailedDocument(images, run, view), SUMMARY_LIMIT, bytes)
  return detailed.fits ? detailed.text : fitTo(compactDocument(images, run, view), SUMMARY_LIMIT, bytes).text
}
