import type { GitHubClient } from '../../github/client.ts'
import { attempt } from '../../publish/attempt.ts'
import { type IssuePlan, publishIssue } from '../../publish/issue.ts'
import { commentKey } from '../../publish/marker.ts'
import type { Published } from '../../publish/result.ts'
import { isFailing, renderIssue } from '../../render/issue.ts'
import type { ImageOutcome, RunFacts } from '../../render/outcome.ts'
import { promotionFailure } from '../../render/promotion-words.ts'
import { gateFindings } from '../../render/select.ts'
import { missedSignature } from '../../render/signature-words.ts'
import { identityOf } from '../../report/model.ts'
import type { Setting } from '../setting.ts'

/**
 * Keeps the issue of each image current, for runs without a pull request. Images of one name share an issue. Never throws.
 * @param client absent without a token.
 * @returns what came of it; of several issues one that could not be told, else the first. Undefined when there is nothing to tell.
 */
export async function tellIssue(
  setting: Setting,
  client: GitHubClient | undefined,
  images: readonly ImageOutcome[],
  facts: RunFacts
): Promise<Published | undefined> {
  const { config, abilities } = setting
  if (config.issue === 'never' || !abilities.issue.allowed) return undefined
  if (client === undefined) return { state: 'skipped', reason: 'github-token is empty' }
  const told: Published[] = []
  for (const sameName of Map.groupBy(images, ({ name }) => name).values())
    told.push(
      await attempt(
        async () => (await setting.whileTelling(publishIssue(client, planOf(setting, sameName, facts)))) ?? NOTHING
      )
    )
  return told.find(({ state }) => state === 'skipped') ?? told.find(outcome => outcome !== NOTHING)
}

/** There was nothing to tell: no issue, and none is needed. */
const NOTHING: Published = { state: 'published' }

function planOf({ config, context }: Setting, images: readonly ImageOutcome[], facts: RunFacts): IssuePlan {
  const failing = images.filter(isFailing)
  return {
    key: commentKey({
      workflowFile: context.workflowFile,
      job: context.job,
      images: images.slice(0, 1).map(({ name }) => name),
      // Not the platforms that the image happens to have: an issue outlives the day on which one is added.
      commentKey: config.commentKey ?? (config.platforms === 'all' ? '' : config.platforms.toSorted().join(','))
    }),
    run: { id: context.runId, attempt: context.runAttempt, sha: context.sha },
    failing: failing.length > 0,
    failures: failing.flatMap(image => failuresOf(image, facts)),
    ...renderIssue(images, facts)
  }
}

/**
 * What fails, in texts that do not change from run to run. What could not be looked at is none, be it a scan or a signature: somebody who has
 * closed the issue is not to be called back by a registry that was away for an hour.
 */
function failuresOf(image: ImageOutcome, facts: RunFacts): string[] {
  const { gate, signing } = image
  const missed = missedSignature(image)
  const findings = gateFindings(image, facts).map(({ finding }) => identityOf(finding))
  return [
    ...(signing.state === 'failed' ? ['signature'] : []),
    ...(missed === undefined || missed.state === 'unreachable' ? [] : [`signature ${missed.state}`]),
    ...(promotionFailure(image) === undefined ? [] : ['promotion']),
    ...findings,
    ...(findings.length === 0 ? gate.reasons : [])
  ]
}
