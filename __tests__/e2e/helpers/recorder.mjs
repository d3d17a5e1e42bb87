// Loaded into a step before its own code (recording.ts). A child is looked at in /proc inside the call that starts it: Node cannot reap it before
// that call is over. So none is missed, however short it lives.
import childProcess from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { basename, join } from 'node:path'

const PATIENCE_MS = 2000
const folder = process.env.RECORD_INTO
const linesOf = path => fs.readFileSync(path, 'utf8').split('\0').slice(0, -1)
fs.writeFileSync(join(folder, 'pid'), String(process.pid))

const { spawn } = childProcess.ChildProcess.prototype
childProcess.ChildProcess.prototype.spawn = function (options) {
  const result = spawn.call(this, options)
  if (this.pid !== undefined) note(this.pid, options.envPairs)
  return result
}

function note(pid, given) {
  const seen = { pid, args: whenThere(`/proc/${pid}/cmdline`), environment: whenThere(`/proc/${pid}/environ`), given }
  fs.appendFileSync(join(folder, 'children.jsonl'), `${JSON.stringify(seen)}\n`)
}

/** Node goes on as soon as the kernel has closed the files of the copy, which is a moment before it shows what the program was given. */
function whenThere(path) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const lines = linesOf(path)
    if (lines.length > 0) return lines
  }
  return []
}

// Those do not go through ChildProcess, and nobody needs them here.
for (const name of ['spawnSync', 'execSync', 'execFileSync'])
  childProcess[name] = () => {
    throw new Error(`${name} is not recorded`)
  }

// What a step removes is kept: a hard link costs nothing, and shows what was in a file when it went.
let removals = 0
for (const [owner, name] of [
  [fs.promises, 'rm'],
  [fs.promises, 'unlink'],
  [fs, 'rmSync'],
  [fs, 'unlinkSync']
]) {
  const remove = owner[name]
  owner[name] = function (path, ...rest) {
    keep(String(path), join(folder, 'removed', String(removals++)))
    return remove.call(this, path, ...rest)
  }
}
syncBuiltinESMExports()

function keep(from, to) {
  const entry = fs.lstatSync(from, { throwIfNoEntry: false })
  if (entry === undefined || entry.isSymbolicLink()) return
  fs.mkdirSync(to, { recursive: true })
  const target = join(to, basename(from))
  if (entry.isFile()) fs.linkSync(from, target)
  if (entry.isDirectory()) for (const name of fs.readdirSync(from)) keep(join(from, name), target)
}
