// The thread of recording.ts: looks again and again at all descendants of a step, those of its children included, and at small files while they
// are there. What lives for less than a round can be missed here; recorder.mjs misses none of the step's own.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'

const { folder, roots, secrets, over } = workerData
const LARGEST_FILE = 256 * 1024
const FILES_EVERY = 10
const processes = new Map()
const versions = new Map()
const leaks = new Set()

let step
for (let round = 0; Atomics.load(over, 0) === 0; round++) {
  attempt(() => {
    step ??= /^\d+$/.exec(readFileSync(join(folder, 'pid'), 'utf8'))?.[0]
  })
  if (step !== undefined) attempt(() => lookBelow(step, linesOf(step, 'cmdline').join('\0')))
  if (round % FILES_EVERY === 0) for (const root of roots) attempt(() => lookAtFiles(root))
  Atomics.wait(over, 0, 0, 2)
}
parentPort.postMessage({
  processes: [...processes].map(([pid, seen]) => ({ pid: Number(pid), ...seen })),
  leaks: [...leaks]
})

function lookBelow(pid, own) {
  for (const task of readdirSync(`/proc/${pid}/task`))
    for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean)) {
      attempt(() => look(child, own))
      attempt(() => lookBelow(child, own))
    }
}

function look(pid, own) {
  const args = linesOf(pid, 'cmdline')
  const environment = linesOf(pid, 'environ')
  // Before it runs its program, a child is a copy of the step.
  if (args.length === 0 || environment.length === 0 || args.join('\0') === own) return
  // Read again: the program may have begun between the two.
  if (linesOf(pid, 'cmdline').join('\0') === args.join('\0')) processes.set(pid, { args, environment })
}

function lookAtFiles(root) {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    attempt(() => {
      const { size, mtimeMs } = statSync(path)
      const version = `${size} ${mtimeMs}`
      if (size > LARGEST_FILE || versions.get(path) === version) return
      versions.set(path, version)
      const text = readFileSync(path, 'utf8')
      if (secrets.some(secret => text.includes(secret))) leaks.add(path)
    })
  }
}

function linesOf(pid, file) {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').slice(0, -1)
}

/** What is gone meanwhile is left out. */
function attempt(work) {
  try {
    work()
  } catch (error) {
    if (!['ENOENT', 'ESRCH', 'ENOTDIR'].includes(error.code)) throw error
  }
}
