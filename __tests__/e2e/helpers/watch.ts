import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

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

/**
 * Looks again and again at the processes whose program lies below `folder`, and at the docker configs in it, while `work` goes on.
 * @returns what was seen, with the result of `work`.
 */
export async function watching<T>(
  folder: string,
  work: Promise<T>
): Promise<{ readonly seen: Seen; readonly result: T }> {
  const over = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('./watch-worker.mjs', import.meta.url), { workerData: { folder, over } })
  const seen = new Promise<Seen>((resolve, reject) => worker.once('message', resolve).once('error', reject))
  try {
    return { result: await work, seen: await end(over, seen) }
  } finally {
    await worker.terminate()
  }
}

async function end(over: Int32Array, seen: Promise<Seen>): Promise<Seen> {
  Atomics.store(over, 0, 1)
  return seen
}

/** Paths of all files below a folder; what goes away meanwhile is left out. */
export async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}
