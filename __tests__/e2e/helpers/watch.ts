import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { processesWith } from './processes.ts'

/** A process that was seen, as it was when it had begun. */
export interface SeenProcess {
  readonly args: readonly string[]
  /** `NAME=value` */
  readonly environment: readonly string[]
}

/** What was in a folder for a while. */
export interface Seen {
  readonly processes: readonly SeenProcess[]
  /** Modes (0o600) of the files called `config.json`, by path. */
  readonly modes: ReadonlyMap<string, number>
}

const INTERVAL_MS = 4

/**
 * Looks again and again at the processes whose program lies below `folder`, and at the docker configs in it, while `work` goes on.
 * @returns what was seen, with the result of `work`.
 */
export async function watching<T>(
  folder: string,
  work: Promise<T>
): Promise<{ readonly seen: Seen; readonly result: T }> {
  const processes = new Map<number, SeenProcess>()
  const modes = new Map<string, number>()
  let over = false
  const watch = async () => {
    for (; !over; await sleep(INTERVAL_MS)) {
      for (const { pid, args } of await processesWith(folder)) {
        // Before exec it is a copy of the step itself.
        if (processes.has(pid) || !args[0]?.startsWith(folder)) continue
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => undefined)
        if (environment) processes.set(pid, { args, environment: environment.split('\0').slice(0, -1) })
      }
      for (const file of await filesUnder(folder)) {
        const mode = file.endsWith('config.json') ? await stat(file).catch(() => undefined) : undefined
        if (mode !== undefined) modes.set(file, mode.mode & 0o777)
      }
    }
  }
  const watched = watch()
  try {
    const result = await work
    return { seen: { processes: [...processes.values()], modes }, result }
  } finally {
    over = true
    await watched
  }
}

/** Paths of all files below a folder; what goes away meanwhile is left out. */
export async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}
