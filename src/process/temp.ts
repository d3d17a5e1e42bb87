import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'

/** A directory that only this user can read, gone at the end of the step. */
export interface PrivateDirectory {
  readonly path: string
  /** Makes a fresh empty directory in it and returns its path. */
  empty(name: string): Promise<string>
  /** At once, before anything that was abandoned can go on. */
  remove(): void
}

/**
 * Makes the step's private directory.
 * @param parent RUNNER_TEMP: outside the workspace, so that the checkout stays clean.
 */
export async function createPrivateDirectory(parent: string): Promise<PrivateDirectory> {
  await mkdir(parent, { recursive: true })
  const path = await mkdtemp(join(parent, 'imgguard-')) // mode 0700
  return {
    path,
    empty: name => mkdtemp(join(path, `${name}-`)),
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  }
}
