import { type Advice, explain } from '../../github/advice.ts'
import type { GitHubClient } from '../../github/client.ts'
import { ownFilesCount, repositoryPath } from '../scan/workspace-files.ts'
import type { Setting } from '../setting.ts'

/** Files of the commit that a pull request wants to change: those that are there, by the names that were asked for. */
export type BaseFiles = { readonly texts: ReadonlyMap<string, string>; readonly commit: string } | Advice

/** True when what the pull request's own files accept does not count, only what its base accepts: `ignore-from`, or because it may sign. */
export function onlyBaseCounts(setting: Setting): boolean {
  const { config, context } = setting
  return (context.pullRequest !== undefined && config.ignoreFrom === 'base') || !ownFilesCount(setting)
}

/**
 * Reads files as the pull request's base has them, from GitHub: a checkout is mostly too shallow to hold them.
 * @param client absent without a token.
 * @param names as inputs name them, relative to the workspace.
 * @returns what it read, or why it could not: of several files all or none.
 * @throws UserError for a path outside of the repository.
 */
export async function readBaseFiles(
  setting: Setting,
  client: GitHubClient | undefined,
  names: readonly string[]
): Promise<BaseFiles> {
  const { event, pullRequest } = setting.context
  const commit = pullRequest?.baseSha
  const paths = names.map(name => [name, repositoryPath(setting, name)] as const)
  if (client === undefined) return { reason: 'github-token is empty', remedy: 'leave `github-token` out' }
  if (commit === undefined) return { reason: `${event} does not name the base commit of its pull request` }
  try {
    const found = await Promise.all(
      paths.map(async ([name, path]) => [name, await client.fileAt(path, commit)] as const)
    )
    const texts = new Map(found.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])))
    return { texts, commit: commit.slice(0, 7) }
  } catch (error) {
    return explain(error, 'files')
  }
}
