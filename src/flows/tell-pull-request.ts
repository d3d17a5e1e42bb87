import type { GitHubClient } from '../github/client.ts'
import { attempt } from '../publish/attempt.ts'
import { publishComment } from '../publish/comment.ts'
import { commentKey } from '../publish/marker.ts'
import type { Published } from '../publish/result.ts'
import { renderComment } from '../render/comment.ts'
import type { ImageOutcome, RunFacts } from '../render/outcome.ts'
import { recognisedNothing } from '../report/model.ts'
import { reaches } from '../report/severity.ts'
import { circumstanceOf, type Setting } from './setting.ts'

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
    publishComment(client, {
      pullRequest: comment.pullRequest,
      key: commentKey({
        workflowFile: context.workflowFile,
        job: context.job,
        images: images.map(({ name }) => name),
        commentKey: config.commentKey ?? [...new Set(platforms)].sort().join(',')
      }),
      run: { id: context.runId, attempt: context.runAttempt, sha: context.sha },
      body: renderComment(images, facts),
      when,
      worthTelling: images.some(image => isWorthTelling(image, config.minSeverity)),
      failed: images.some(({ verdict, signing }) => verdict.result !== 'pass' || signing.state === 'failed'),
      circumstance: circumstanceOf(context)
    })
  )
}

/** What a reviewer would want to know of an image that passes: findings, accepted risks, and that nothing was recognised. */
function isWorthTelling(
  { findings, suppressed, platforms }: ImageOutcome,
  minSeverity: Setting['config']['minSeverity']
): boolean {
  return (
    suppressed.length > 0 ||
    findings.some(({ finding }) => reaches(finding.severity, minSeverity)) ||
    platforms.some(({ result }) => result.complete && recognisedNothing(result.report))
  )
}
