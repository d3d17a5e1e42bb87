import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, cp, glob, mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { removeFolder } from '../folders.ts'
import type { ImageName } from './images.ts'

/** What RUN lines call. */
const APPLETS = ['cat', 'rm', 'sh']

/**
 * Makes an image's build context in `target`: its folder, and node_modules as `npm ci` installs it from the lock file. Of each package only its
 * package.json is kept, which is all that a scanner reads, so that the images stay small.
 */
export async function contextOf(name: ImageName, target: string): Promise<string> {
  await cp(join(import.meta.dirname, name), target, { recursive: true })
  if (!existsSync(join(target, 'package-lock.json'))) return target

  const installed = `${target}-installed`
  await mkdir(installed)
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(target, file), join(installed, file))
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: installed })
  for await (const path of glob(['**/node_modules/*/package.json', '**/node_modules/@*/*/package.json'], {
    cwd: installed
  })) {
    await mkdir(dirname(join(target, path)), { recursive: true })
    await copyFile(join(installed, path), join(target, path))
  }
  await removeFolder(installed)
  return target
}

/** Makes a folder in `target` that RUN lines mount as /bin: this machine's busybox under the names that they call. */
export async function busyboxFolder(target: string): Promise<string> {
  await mkdir(target)
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v busybox'])
  await copyFile(stdout.trim(), join(target, 'busybox'))
  for (const applet of APPLETS) await symlink('busybox', join(target, applet))
  return target
}
