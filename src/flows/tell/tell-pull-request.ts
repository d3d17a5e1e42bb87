import type { GitHubClient } from '../../github/client.ts'
import { MARKING } from '../../policy/brought.ts'
import { attempt } from '../../publish/attempt.ts'
import { publishComment } from '../../publish/comment.ts'
import { type CommentState, commentKey } from '../../publish/marker.ts'
import type { Published } from '../../publish/result.ts'
import { renderComment } from '../../render/comment.ts'
import type { ImageOutcome, RunFacts } from '../../render/outcome.ts'
import { comparedWith } from '../../render/select.ts'
import { recognisedNothing } from '../../report/model.ts'
import { reaches } from '../../report/severity.ts'
import { circumstanceOf, type Setting } from '../setting.ts'

/**
 * Keeps the one comment of these images on the pull request current. Never throws.
 * @param client absent without a token.
 * @param platforms of the images, as far as they were known before the scan: what tells the comments of a matrix apart.
 * @returns undefined when there is no pull request to tell.
 */
export async function tellPullRequest(
  setting: Setting,
  client: GitHubClient | undefined,
  images: readonly ImageOutcome[],
  facts: RunFacts,
  platforms: readonly string[]
): Promise<Published | undefined> {
  const { config, context, abilities } = setting
  const { comment } = abilities
  const when = config.comment
  if (!comment.allowed || when === 'never') return undefined
  if (client === undefined) return { state: 'skipped', reason: 'github-token is empty' }
  return attempt(() =>
    setting.whileTelling(
      publishComment(client, {
        pullRequest: comment.pullRequest,
        key: commentKey({
          workflowFile: context.workflowFile,
          job: context.job,
          images: images.map(({ name }) => name),
          commentKey: config.commentKey ?? [...new Set(platforms)].sort().join(',')
        }),
        run: { id: context.runId, attempt: context.runAttempt, sha: facts.sha },
        state: stateOf(images),
        body: previous => renderComment(images, facts, previous),
        when,
        worthTelling:
          facts.accepted.some(({ byPullRequest }) => byPullRequest) ||
          images.some(image => isWorthTelling(image, facts, config.minSeverity)),
        failed: stateOf(images) !== 'pass',
        circumstance: circumstanceOf(context)
      })
    )
  )
}

/** How the worst of the images ended, as the step's colour would say without `on-fail`. */
function stateOf(images: readonly ImageOutcome[]): CommentState {
  if (images.some(({ verdict }) => verdict.result === 'incomplete')) return 'incomplete'
  return images.some(({ gate, signing }) => gate.reasons.length > 0 || signing.state === 'failed') ? 'fail' : 'pass'
}

/**
 * What a reviewer would want to know of an image that does not fail: what the pull request brings, mends or accepts (or may accept, where that is
 * not known), and that nothing was recognised; where there is nothing to compare with, everything that was found or accepted.
 */
function isWorthTelling(
  image: ImageOutcome,
  { skipped }: RunFacts,
  minSeverity: Setting['config']['minSeverity']
): boolean {
  const { findings, suppressed, platforms } = image
  const isUnmarked = skipped.some(({ what }) => what === MARKING)
  const baseline = comparedWith(image)
  const told = baseline === undefined ? findings : [...baseline.added, ...baseline.fixed]
  return (
    suppressed.some(({ by }) => baseline === undefined || by.byPullRequest || (isUnmarked && !by.alert)) ||
    told.some(({ finding }) => reaches(finding.severity, minSeverity)) ||
    platforms.some(({ result }) => result.complete && recognisedNothing(result.report))
  )
}
