import { rmSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PREFIX = 'imgguard-world-'

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Where built and downloaded tools are kept from run to run; follows the XDG base directory specification. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'imgguard-world')
}

const own = new Set<string>()

/**
 * A new, empty folder, which goes when this process exits. It bears the process's id, so that after a crash a later run can tell that nobody
 * needs it any more.
 */
export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
  if (own.size === 0) process.once('exit', removeOwn)
  own.add(path)
  return path
}

function removeOwn(): void {
  for (const path of own) rmSync(path, { recursive: true, force: true, maxRetries: 5 })
}

/** Removes a folder with all it holds; one that does not exist is fine. Retries while a child that was just ended still writes. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
}

/** Removes the temporary folders of runs that crashed. */
export async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN
    if (Number.isInteger(pid) && !isAlive(pid)) await removeFolder(join(tmpdir(), name)).catch(() => undefined)
  }
}

/** True while a process with that id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
