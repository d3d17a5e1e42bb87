import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { filesUnder } from './watch.ts'
import { freshFolder } from './world.ts'

/** A process as Linux showed it once it ran its program. */
export interface RecordedProcess {
  readonly pid: number
  readonly args: readonly string[]
  /** `NAME=value` */
  readonly environment: readonly string[]
}

/** A child of the step, with what the step meant it to have. */
export interface RecordedChild extends RecordedProcess {
  readonly given: readonly string[]
}

/** What became visible while a step ran. */
export interface Recording {
  /** Every child that the step started; none can be missed. */
  readonly children: readonly RecordedChild[]
  /** Descendants of any depth that were seen meanwhile. */
  readonly seen: readonly RecordedProcess[]
  /** Files of the step in which one of the secrets was seen while they were there. */
  readonly leaks: readonly string[]
  /** Copies of all files that the step removed. */
  readonly removed: readonly string[]
}

/**
 * Records what the children of a step really receive, and what stands in files for a while.
 * @param roots folders of the step.
 * @param secrets what must stand in no file.
 * @param run starts the step with these variables, which load recorder.mjs into it.
 */
export async function recording<T>(
  { roots, secrets }: { readonly roots: readonly string[]; readonly secrets: readonly string[] },
  run: (env: Readonly<Record<string, string>>) => Promise<T>
): Promise<Recording & { readonly result: T }> {
  const folder = await freshFolder()
  const over = new Int32Array(new SharedArrayBuffer(4))
  const workerData = { folder, roots, secrets, over }
  const worker = new Worker(new URL('./recording-worker.mjs', import.meta.url), { workerData })
  const watched = new Promise<Pick<Recording, 'leaks'> & { readonly processes: readonly RecordedProcess[] }>(
    (resolve, reject) => worker.once('message', resolve).once('error', reject)
  )
  try {
    const recorder = new URL('./recorder.mjs', import.meta.url).href
    const result = await run({ NODE_OPTIONS: `--import=${recorder}`, RECORD_INTO: folder })
    Atomics.store(over, 0, 1)
    const { processes, leaks } = await watched
    const lines = (await readFile(join(folder, 'children.jsonl'), 'utf8')).split('\n').filter(line => line !== '')
    const children = lines.map(line => JSON.parse(line) as RecordedChild)
    return { result, children, seen: processes, leaks, removed: await filesUnder(join(folder, 'removed')) }
  } finally {
    await worker.terminate()
  }
}
