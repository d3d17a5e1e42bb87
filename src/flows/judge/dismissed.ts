import { explain } from '../../github/advice.ts'
import type { GitHubClient } from '../../github/client.ts'
import { messageOf } from '../../lib/errors.ts'
import { acceptedByDismissal } from '../../policy/dismissed.ts'
import type { AcceptedRisk } from '../../policy/policy.ts'
import type { Skipped } from '../../render/outcome.ts'
import { SARIF_TOOL } from '../../render/sarif-run.ts'
import type { Setting } from '../setting.ts'
import { categoryBy } from '../tell/tell-code-scanning.ts'

/** What dismissed alerts accept in this run. */
export interface Dismissed {
  readonly risks: readonly AcceptedRisk[]
  readonly skipped: readonly Skipped[]
}

/**
 * Reads what `accept-dismissed` accepts; asks nobody when it accepts nothing. Never throws: what cannot be read is not accepted.
 * @param client absent without a token.
 * @param images of this run with the platforms that were scanned.
 */
export async function readDismissed(
  setting: Setting,
  client: GitHubClient | undefined,
  images: readonly { readonly name: string; readonly platforms: readonly string[] }[]
): Promise<Dismissed> {
  const { config, context } = setting
  const { pullRequest, serverUrl, repository } = context
  if (config.acceptDismissed.length === 0) return { risks: [], skipped: [] }
  if (client === undefined) return nothing('github-token is empty', 'leave `github-token` out')
  if (pullRequest !== undefined && pullRequest.author === undefined)
    return nothing(`${context.event} does not name the author of its pull request, whose own dismissals do not count`)
  try {
    const ref = `refs/heads/${await client.defaultBranch()}`
    const { alerts, all } = await client.dismissedAlerts(SARIF_TOOL, ref)
    const url = `${serverUrl}/${repository.fullName}/security/code-scanning/`
    const risks = acceptedByDismissal(
      alerts.map(alert => ({ ...alert, url: `${url}${alert.number}` })),
      {
        reasons: config.acceptDismissed,
        images,
        categoryOf: categoryBy(setting),
        ...(pullRequest?.author === undefined ? {} : { author: pullRequest.author })
      }
    )
    return all ? { risks, skipped: [] } : { ...nothing(`only the newest ${alerts.length} were read`), risks }
  } catch (error) {
    // Before the first upload there is nothing that could have been dismissed.
    if (/no analysis found/i.test(messageOf(error))) return { risks: [], skipped: [] }
    const { reason, remedy } = explain(error, 'alerts')
    return nothing(reason, remedy)
  }
}

function nothing(reason: string, remedy?: string): Dismissed {
  const what = 'dismissed alerts'
  return { risks: [], skipped: [remedy === undefined ? { what, reason } : { what, reason, remedy }] }
}
