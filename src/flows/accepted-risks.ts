import { readFile } from 'node:fs/promises'
import { parseIgnoreFile } from '../policy/ignore-file.ts'
import type { AcceptedRisk } from '../policy/policy.ts'
import type { Setting } from './setting.ts'
import { ownFilesCount, requiredFile, workspaceFile } from './workspace-files.ts'

/** Trivy's names; read when they exist. */
const DEFAULT_FILES = ['.trivyignore', '.trivyignore.yaml']

/**
 * Reads every ignore file of the workspace that counts.
 * @throws UserError for a file that was asked for and is not there, or that cannot be understood: silence would show less than there is.
 */
export async function readAcceptedRisks(setting: Setting): Promise<readonly AcceptedRisk[]> {
  const files = await ignoreFiles(setting)
  if (files.length > 0 && !ownFilesCount(setting)) {
    setting.log.notice(
      'Ignore files do not count in this run: it may sign, and the pull request itself could have changed them.'
    )
    return []
  }
  const lists = await Promise.all(
    files.map(async ({ name, path }) => parseIgnoreFile(name, await readFile(path, 'utf8')))
  )
  return lists.flat()
}

async function ignoreFiles(setting: Setting): Promise<readonly { readonly name: string; readonly path: string }[]> {
  const asked = setting.config.ignoreFiles
  if (asked.length > 0)
    return Promise.all(asked.map(async name => ({ name, path: await requiredFile(setting, 'ignore-file', name) })))
  const found = await Promise.all(DEFAULT_FILES.map(async name => ({ name, path: await workspaceFile(setting, name) })))
  return found.flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }]))
}
