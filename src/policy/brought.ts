import type { AcceptedRisk } from './policy.ts'

/** What is said not to be done where the base cannot be read, so that nothing could be marked. */
export const MARKING = 'what this pull request itself accepts'

/**
 * Marks the risks that a pull request itself accepts: those that the base does not have. One whose reason or expiry is another counts as new, since
 * nobody has agreed to it yet; one that only moved within the file or to another of the same kind does not.
 * @param risks of the pull request's files.
 * @param base all risks of the base's files.
 */
export function markBrought(risks: readonly AcceptedRisk[], base: readonly AcceptedRisk[]): AcceptedRisk[] {
  const known = new Set(base.map(contentOf))
  return risks.map(risk => (known.has(contentOf(risk)) ? risk : { ...risk, byPullRequest: true }))
}

function contentOf({ id, kind, paths, purls, expires, reason }: AcceptedRisk): string {
  return JSON.stringify([id, kind, paths.toSorted(), purls.toSorted(), expires, reason])
}
