import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { withProgress } from './progress.ts'

const NAMES = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser', 'chrome']

/**
 * The path of Chromium or Chrome: what CHROME_BIN names, else the first one on PATH. On Debian and Ubuntu as root one that is missing is
 * installed by apt-get, with progress on standard error. Throws one sentence when there is none.
 */
export async function findBrowser(): Promise<string> {
  const named = process.env['CHROME_BIN']
  if (named) {
    if (isExecutable(named)) return named
    throw new Error(`CHROME_BIN names ${named}, which is no program: correct it, or unset it to search PATH.`)
  }
  return onPath() ?? (await installBrowser())
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  return NAMES.flatMap(name => folders.map(folder => join(folder, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

async function installBrowser(): Promise<string> {
  const advice = `Chromium is needed: install it, or name it in CHROME_BIN (searched PATH for ${NAMES.join(', ')}).`
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(advice)
  await withProgress('Installing Chromium with apt-get', 'about a minute', async () => {
    aptGet('update')
    aptGet('install', '--yes', '--no-install-recommends', 'chromium')
  })
  const path = onPath()
  if (path === undefined) throw new Error(advice)
  return path
}

/** Its output goes to standard error, where progress belongs. */
function aptGet(...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, error } = spawnSync('apt-get', args, { env, stdio: ['ignore', 2, 2] })
  if (error || status !== 0) throw new Error(`apt-get ${args[0]} failed; install Chromium, or name it in CHROME_BIN.`)
}
