// Runs a script of this repository on a fresh clone: `node scripts/fresh.mjs FILE ARGS…` installs the packages when they are missing or
// differ from package-lock.json, then runs FILE with Node 24. It runs on Node 20, and writes nothing to standard output itself, since
// scripts print JSON there.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

const [file, ...args] = process.argv.slice(2)
if (file === undefined) fail('Usage: node scripts/fresh.mjs FILE ARGS…')
if (!installed()) alone(() => installed() || install())
run(nodeBinary(), [join(ROOT, file), ...args])

/** True when every package of package-lock.json that must be here is here in that version. npm writes the list of what it installed last. */
function installed() {
  const wanted = packages(join(ROOT, 'package-lock.json'))
  const present = packages(join(ROOT, 'node_modules', '.package-lock.json'))
  return Object.entries(wanted).every(([path, { version, integrity, optional, link }]) => {
    if (path === '' || link) return true
    const found = present[path]
    return found === undefined ? optional === true : found.version === version && found.integrity === integrity
  })
}

/** The packages that a lock file lists; none where there is no such file or only half of it. */
function packages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {}
  } catch {
    return {}
  }
}

/** Does `work` while no other run does so for this folder: two installations at once would destroy each other's work. */
function alone(work) {
  const lock = join(tmpdir(), `imgguard-install-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}`)
  for (let waits = 0; !acquire(lock); waits++) {
    if (waits === 1) process.stderr.write(`Another run installs the packages; waiting until it has removed ${lock}…\n`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  }
  process.once('exit', () => rmSync(lock, { force: true }))
  work()
  rmSync(lock, { force: true })
}

function acquire(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    if (!isAlive(ownerOf(lock))) rmSync(lock, { force: true })
    return false
  }
}

/** Our own id, which is alive, where the lock has just gone or does not name its owner yet. */
function ownerOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8')) || process.pid
  } catch {
    return process.pid
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function install() {
  const started = Date.now()
  process.stderr.write('Installing the packages of package-lock.json (npm ci, about 20 s)…\n')
  const npm = process.env.npm_execpath
  const [command, leading] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  // npm hands its own options (--silent among them) to its children, which would hide the progress.
  const env = { ...process.env, npm_config_loglevel: 'notice' }
  const { status, error } = spawnSync(command, [...leading, 'ci'], { cwd: ROOT, env, stdio: ['ignore', 2, 2] })
  if (error) fail(`npm cannot be started (${error.message}): install npm.`)
  if (status !== 0) fail(`npm ci failed with exit code ${status}: see its output above.`)
  process.stderr.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`)
}

/** The Node that came as a package, else the one that runs this script when it is new enough. */
function nodeBinary() {
  const packaged = join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (existsSync(packaged)) return packaged
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  return fail(
    `Node 24 or newer is needed on ${process.platform} ${process.arch}, this is ${process.version}: install Node 24.`
  )
}

function run(node, argv) {
  const child = spawn(node, argv, { stdio: 'inherit' })
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(child)
  child.on('error', error => fail(`${node} cannot be started: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]))
}

/** npm does not take its scripts along when it is killed. */
function endWithParent(child) {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM')
  }, 1000).unref()
}

/** @returns {never} */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}
