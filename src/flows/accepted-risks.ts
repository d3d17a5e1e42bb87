import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { messageOf, UserError } from '../lib/errors.ts'
import { isObject } from '../lib/json.ts'
import { parseIgnoreFile } from '../policy/ignore-file.ts'
import type { AcceptedRisk } from '../policy/policy.ts'
import type { Setting } from './setting.ts'

/** Trivy's names; read when they exist. */
const DEFAULT_FILES = ['.trivyignore', '.trivyignore.yaml']

/**
 * Reads every ignore file of the workspace that counts.
 * @throws UserError for a file that was asked for and is not there, or that cannot be understood: silence would show less than there is.
 */
export async function readAcceptedRisks({ config, context }: Setting): Promise<readonly AcceptedRisk[]> {
  const asked = config.ignoreFiles
  const names = asked.length > 0 ? asked : DEFAULT_FILES
  const lists = await Promise.all(
    names.map(async name => {
      const text = await readText(resolve(context.workspace, name), name, asked.length > 0)
      return text === undefined ? [] : parseIgnoreFile(name, text)
    })
  )
  return lists.flat()
}

async function readText(path: string, name: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const absent = isObject(error) && error['code'] === 'ENOENT'
    if (absent && !required) return undefined
    if (absent)
      throw new UserError(
        `ignore-file names ${name}, which is not in the workspace; check the path, and that actions/checkout runs before this step`
      )
    throw new UserError(`the ignore file ${name} cannot be read: ${messageOf(error)}`)
  }
}
