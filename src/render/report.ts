import type { ImageOutcome, RunFacts } from './outcome.ts'

/**
 * The whole result as JSON for other programs: every image with every finding, what hides which, and how it was made. Holds no secret's text.
 * @param images at least one.
 */
export function renderReport(images: readonly ImageOutcome[], run: RunFacts): string {
  const { repository, sha, runUrl, policy, versions, databaseUpdatedAt, skipped } = run
  return `${JSON.stringify({ version: 1, repository, sha, runUrl, madeAt: run.now.toISOString(), versions, databaseUpdatedAt, policy, images, skipped })}\n`
}
