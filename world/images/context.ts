import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, cp, glob, mkdir, mkdtemp, readFile, rename, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, removeFolder } from '../folders.ts'
import type { ImageName } from './images.ts'

/** What RUN lines call. */
const APPLETS = ['cat', 'rm', 'sh']

/** What says which packages are installed. */
const NPM_FILES = ['package.json', 'package-lock.json'] as const

/**
 * Makes an image's build context in `target`: its folder, and node_modules as `npm ci` installs it from the lock file. Of each package only its
 * package.json is kept, which is all that a scanner reads, so that the images stay small.
 */
export async function contextOf(name: ImageName, target: string): Promise<string> {
  const source = join(import.meta.dirname, name)
  await cp(source, target, { recursive: true })
  if (existsSync(join(source, 'package-lock.json'))) await cp(await installed(source), target, { recursive: true })
  return target
}

/** The folder with a lock file's node_modules, which is kept from run to run: npm takes seconds, and always installs the same. */
async function installed(source: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of NPM_FILES) hash.update(await readFile(join(source, file)))
  const folder = join(cacheFolder(), 'node_modules', hash.digest('hex').slice(0, 16))
  if (existsSync(folder)) return folder
  await mkdir(dirname(folder), { recursive: true })
  const workshop = await mkdtemp(`${folder}.new-`)
  try {
    await install(source, join(workshop, 'all'), join(workshop, 'kept'))
    await rename(join(workshop, 'kept'), folder).catch(error => {
      if (!existsSync(folder)) throw error // else another process was faster
    })
  } finally {
    await removeFolder(workshop)
  }
  return folder
}

async function install(source: string, all: string, kept: string): Promise<void> {
  await mkdir(all)
  for (const file of NPM_FILES) await copyFile(join(source, file), join(all, file))
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier']
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--prefer-offline', ...quiet], { cwd: all })
  for await (const path of glob(['**/node_modules/*/package.json', '**/node_modules/@*/*/package.json'], {
    cwd: all
  })) {
    await mkdir(dirname(join(kept, path)), { recursive: true })
    await copyFile(join(all, path), join(kept, path))
  }
}

/** Makes a folder in `target` that RUN lines mount as /bin: this machine's busybox under the names that they call. */
export async function busyboxFolder(target: string): Promise<string> {
  await mkdir(target)
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v busybox'])
  await copyFile(stdout.trim(), join(target, 'busybox'))
  for (const applet of APPLETS) await symlink('busybox', join(target, applet))
  return target
}
