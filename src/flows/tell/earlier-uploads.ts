import { explain } from '../../github/advice.ts'
import type { GitHubClient } from '../../github/client.ts'
import { type FollowUp, followUp, needsEarlierUploads } from '../../render/follow-up.ts'
import type { JudgedImage } from '../../render/outcome.ts'
import { SARIF_TOOL } from '../../render/sarif-run.ts'
import type { Setting } from '../setting.ts'

/**
 * Asks GitHub, once and only where it can make a difference, what was uploaded to a ref before, and says what that calls for. Never throws:
 * what GitHub does not tell calls for nothing.
 * @param ref full, that of the uploads.
 * @param categoryOf the category under which this run uploads an image on a platform.
 */
export async function readFollowUp(
  { log }: Setting,
  client: Pick<GitHubClient, 'listAnalyses'>,
  ref: string,
  images: readonly JudgedImage[],
  categoryOf: (imageName: string, platform: string) => string
): Promise<FollowUp | undefined> {
  if (!needsEarlierUploads(images)) return undefined
  try {
    return followUp(images, await client.listAnalyses({ ref, toolName: SARIF_TOOL }), categoryOf)
  } catch (error) {
    log.debug(`What was uploaded to code scanning before is not known: ${explain(error, 'alerts').reason}`)
    return undefined
  }
}
