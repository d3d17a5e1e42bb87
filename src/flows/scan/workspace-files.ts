import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { messageOf, UserError } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import type { Setting } from '../setting.ts'

const MAX_BYTES = 1024 * 1024

/**
 * The real path of a file of the workspace that an input names, or undefined when it is not there.
 *
 * A link in the checkout could lead anywhere, and what cannot be parsed is quoted in the log: only plain files inside count.
 * @param name relative to the workspace.
 * @param maxBytes of the file; 1 MiB where absent.
 * @throws UserError for anything else.
 */
export function workspaceFile(
  setting: Pick<Setting, 'context'>,
  name: string,
  maxBytes = MAX_BYTES
): Promise<string | undefined> {
  return plainFile(setting, name, maxBytes, { inside: true })
}

/** The same for a file that has to be there. @param input the input that names it. */
export async function requiredFile(
  setting: Pick<Setting, 'context'>,
  input: string,
  name: string,
  maxBytes = MAX_BYTES
): Promise<string> {
  return found(input, name, workspaceFile(setting, name, maxBytes), 'is not in the workspace')
}

/** The same for one that may lie outside as well, where an earlier step or the runner's owner put it. Its text must not be quoted. */
export async function requiredFileAnywhere(
  setting: Pick<Setting, 'context'>,
  input: string,
  name: string
): Promise<string> {
  return found(input, name, plainFile(setting, name, MAX_BYTES, { inside: false }), 'is not there')
}

/**
 * The path in the repository, with slashes, of a file that an input names, wherever it is: the checkout is taken to lie in the workspace itself.
 * @throws UserError for one outside.
 */
export function repositoryPath({ context }: Pick<Setting, 'context'>, name: string): string {
  const path = relative(context.workspace, resolve(context.workspace, name))
  if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path))
    throw new UserError(`${name} lies outside the workspace; give a path inside the repository`)
  return path.split(sep).join('/')
}

/** On a pull request that may sign, its own files could accept what it brings, before anybody has reviewed them: none counts. */
export function ownFilesCount({ context, abilities }: Setting): boolean {
  return context.event !== 'pull_request' || !abilities.sign.allowed
}

async function plainFile(
  { context }: Pick<Setting, 'context'>,
  name: string,
  maxBytes: number,
  { inside }: { readonly inside: boolean }
): Promise<string | undefined> {
  try {
    const path = await realpath(resolve(context.workspace, name))
    const fromWorkspace = relative(await realpath(context.workspace), path)
    if (inside && (fromWorkspace.startsWith('..') || isAbsolute(fromWorkspace)))
      throw new UserError(`${name} lies outside the workspace; put the file itself into the repository`)
    const file = await stat(path)
    if (file.isFile() && file.size <= maxBytes) return path
    if (file.isDirectory()) throw new UserError(`${name} is a directory; give the path of a file`)
    throw new UserError(`${name} is not a plain file of at most ${Math.floor(maxBytes / MAX_BYTES)} MiB`)
  } catch (error) {
    if (error instanceof UserError) throw error
    if (isObject(error) && (error['code'] === 'ENOENT' || error['code'] === 'ENOTDIR')) return undefined
    throw new UserError(`${name} cannot be read: ${messageOf(error)}`)
  }
}

async function found(
  input: string,
  name: string,
  looking: Promise<string | undefined>,
  problem: string
): Promise<string> {
  const path = await looking.catch(error => {
    throw new UserError(`${input}: ${messageOf(error)}`)
  })
  if (path !== undefined) return path
  throw new UserError(
    `${input} names ${name}, which ${problem}; check the path, and that actions/checkout runs before this step`
  )
}
