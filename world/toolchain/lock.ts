import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../folders.ts'

const POLL_MS = 500

/**
 * Does `work` while no other process does work under the same lock. A lock whose owner died is taken over. Two processes that take over at
 * the same instant could both proceed: `work` must therefore be harmless when done twice (here it ends in an atomic rename).
 * @param path the lock's file; its folder must exist.
 * @param waiting called once, with the owner's process id, when another process has the lock.
 */
export async function withLock<T>(path: string, waiting: (owner: number) => void, work: () => Promise<T>): Promise<T> {
  let announced = false
  while (!(await acquire(path))) {
    const owner = await ownerOf(path)
    if (owner !== undefined && !isAlive(owner)) {
      await rm(path, { force: true })
      continue
    }
    if (!announced && owner !== undefined) {
      waiting(owner)
      announced = true
    }
    await sleep(POLL_MS)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

// A link to a complete file appears at once and fails when the name is taken, so nobody ever reads a lock without its owner. The file is
// each attempt's own: two works of one process ask at the same time.
async function acquire(path: string): Promise<boolean> {
  const own = `${path}.${randomUUID()}`
  await writeFile(own, String(process.pid))
  try {
    await link(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(own, { force: true })
  }
}

async function ownerOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^\d+$/.test(text) ? Number(text) : undefined
}
