// The thread of watch.ts. It works without a pause of its event loop, because a child can be over in fifty milliseconds and the test's own
// thread may not get to run for longer than that.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'

const { folder, over } = workerData
const processes = new Map()
const modes = new Map()
const settled = new Set()

for (let round = 0; Atomics.load(over, 0) === 0; round++) {
  for (const pid of readdirSync('/proc')) if (/^\d+$/.test(pid) && !settled.has(pid)) attempt(() => look(pid))
  if (round % 10 === 0) attempt(lookAtConfigs)
  Atomics.wait(over, 0, 0, 2)
}
parentPort.postMessage({ processes: [...processes.values()], modes })

function look(pid) {
  const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  const program = args[0] ?? ''
  // A copy of the step is about to become a child of it, and a program that is just being loaded has no arguments yet.
  if (program === '' || basename(program) === 'node') return
  if (program.startsWith(folder)) {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').slice(0, -1)
    if (environment.length === 0) return
    processes.set(pid, { args, environment })
  }
  settled.add(pid)
}

function lookAtConfigs() {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.name === 'config.json') attempt(() => modes.set(path, statSync(path).mode & 0o777))
  }
}

/** What is gone meanwhile is left out. */
function attempt(work) {
  try {
    work()
  } catch (error) {
    if (!['ENOENT', 'ESRCH', 'ENOTDIR'].includes(error.code)) throw error
  }
}
