import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process as Linux shows it in /proc. */
export interface Process {
  readonly pid: number
  readonly args: readonly string[]
}

const LOOK_AGAIN_MS = 20
const PATIENCE_MS = 30_000

/** Every process that names `path`, or something below it, in its arguments. */
export async function processesWith(path: string): Promise<readonly Process[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const all = await Promise.all(pids.map(async pid => ({ pid, args: await argsOf(pid) })))
  return all.filter(({ args }) => args.some(arg => arg.includes(path)))
}

/** Waits for a process that names `path` and whose arguments hold all of `words`. Throws when there is none after half a minute. */
export async function waitForProcess(path: string, ...words: readonly string[]): Promise<Process> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(LOOK_AGAIN_MS)) {
    const found = (await processesWith(path)).find(({ args }) => words.every(word => args.includes(word)))
    if (found !== undefined) return found
  }
  throw new Error(`No process with ${words.join(' ')} began in ${path}.`)
}

async function argsOf(pid: number): Promise<string[]> {
  // It may have ended since.
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return text.split('\0').slice(0, -1)
}
