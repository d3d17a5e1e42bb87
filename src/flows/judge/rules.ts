import type { GitHubClient } from '../../github/client.ts'
import type { AcceptedRisk } from '../../policy/policy.ts'
import type { Skipped } from '../../render/outcome.ts'
import type { ScanFiles } from '../scan/scan.ts'
import { ownFilesCount, requiredFile } from '../scan/workspace-files.ts'
import type { Setting } from '../setting.ts'
import { readAcceptedRisks } from './accepted-risks.ts'
import { readKnownExploited } from './known-exploited.ts'

/** What people wrote down beforehand about what may be found. */
export interface Rules {
  readonly accepted: readonly AcceptedRisk[]
  /** Names of the VEX documents that the pull request itself brings or changes. */
  readonly vexByPullRequest: readonly string[]
  readonly files: ScanFiles
  /** Ids of vulnerabilities that are known to be exploited. */
  readonly exploited: ReadonlySet<string>
  /** What could not be read. */
  readonly skipped: readonly Skipped[]
}

/**
 * Reads all of it.
 * @param client absent without a token.
 * @throws UserError for a file that was asked for and cannot be used.
 */
export async function readRules(setting: Setting, client: GitHubClient | undefined): Promise<Rules> {
  const [{ risks, vexFiles, vexByPullRequest, skipped }, secretConfig, exploited] = await Promise.all([
    readAcceptedRisks(setting, client),
    findSecretConfig(setting),
    readKnownExploited(setting, client)
  ])
  return {
    accepted: risks,
    vexByPullRequest,
    files: { secretConfig, vexFiles },
    exploited: exploited.ids,
    skipped: [...skipped, ...exploited.skipped]
  }
}

/** The file that `secret-config` names, unless it does not count. */
async function findSecretConfig(setting: Setting): Promise<string | undefined> {
  const name = setting.config.secretConfig
  if (name === undefined) return undefined
  const path = await requiredFile(setting, 'secret-config', name)
  if (ownFilesCount(setting)) return path
  setting.log.notice(
    'secret-config does not count in this run: it may sign, and the pull request itself could have changed it.'
  )
  return undefined
}
