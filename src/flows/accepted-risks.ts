import { readFile, realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { messageOf, UserError } from '../lib/errors.ts'
import { isObject } from '../lib/json.ts'
import { parseIgnoreFile } from '../policy/ignore-file.ts'
import type { AcceptedRisk } from '../policy/policy.ts'
import type { Setting } from './setting.ts'

/** Trivy's names; read when they exist. */
const DEFAULT_FILES = ['.trivyignore', '.trivyignore.yaml']
const MAX_BYTES = 1024 * 1024

/**
 * Reads every ignore file of the workspace that counts.
 *
 * On a pull request that may sign none counts: its own files could accept what it brings, before anybody has reviewed them.
 * @throws UserError for a file that was asked for and is not there, or that cannot be understood: silence would show less than there is.
 */
export async function readAcceptedRisks({
  config,
  context,
  abilities,
  log
}: Setting): Promise<readonly AcceptedRisk[]> {
  if (context.event === 'pull_request' && abilities.sign.allowed) {
    log.notice(
      'Ignore files do not count in this run: it may sign, and the pull request itself could have changed them.'
    )
    return []
  }
  const asked = config.ignoreFiles
  const names = asked.length > 0 ? asked : DEFAULT_FILES
  const lists = await Promise.all(
    names.map(async name => {
      const text = await readText(context.workspace, name, asked.length > 0)
      return text === undefined ? [] : parseIgnoreFile(name, text)
    })
  )
  return lists.flat()
}

async function readText(workspace: string, name: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(await fileInside(workspace, name), 'utf8')
  } catch (error) {
    if (error instanceof UserError) throw error
    const absent = isObject(error) && error['code'] === 'ENOENT'
    if (absent && !required) return undefined
    if (absent)
      throw new UserError(
        `ignore-file names ${name}, which is not in the workspace; check the path, and that actions/checkout runs before this step`
      )
    throw new UserError(`the ignore file ${name} cannot be read: ${messageOf(error)}`)
  }
}

/** A link in the checkout could lead anywhere, and a file that cannot be parsed is quoted in the log. */
async function fileInside(workspace: string, name: string): Promise<string> {
  const path = await realpath(resolve(workspace, name))
  const fromWorkspace = relative(await realpath(workspace), path)
  if (fromWorkspace.startsWith('..') || isAbsolute(fromWorkspace))
    throw new UserError(`the ignore file ${name} lies outside the workspace; put the file itself into the repository`)
  const found = await stat(path)
  if (!found.isFile() || found.size > MAX_BYTES)
    throw new UserError(`the ignore file ${name} is not a plain file of at most 1 MiB`)
  return path
}
