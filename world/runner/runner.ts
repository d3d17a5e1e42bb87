import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from '../folders.ts'
import { readAction } from './action.ts'
import { SECRET_VARIABLES } from './credentials.ts'
import { COMMAND_FILES, type GitHubAddress, inputVariables, runnerVariables, type StepFolders } from './environment.ts'
import type { Event } from './events.ts'
import { parseFileCommands } from './file-commands.ts'
import { followFile } from './follow.ts'
import { readLog, type StepLog } from './log.ts'

const TIME_LIMIT_MS = 180_000
const SIGTERM_AFTER_MS = 7500
const SIGKILL_AFTER_MS = 2500

/** Inputs whose values GitHub knows as secrets. */
const SECRET_INPUTS = ['cosign-key', 'cosign-password', 'registry-password', 'github-token']

/** One step to run. */
export interface StepOptions {
  readonly event: Event
  readonly github: GitHubAddress
  /** `with:` of the step; action.yml's defaults stand for what is not given. */
  readonly inputs: Readonly<Record<string, string>>
  /** An existing folder of this step's own: HOME and the command files go there, and RUNNER_TEMP and so on where they are not given. */
  readonly folder: string
  /** GITHUB_WORKSPACE and working directory, which must exist; a new, empty one where absent. */
  readonly workspace?: string
  /** RUNNER_TEMP, which must exist; new and empty where absent. */
  readonly temp?: string
  /** RUNNER_TOOL_CACHE, which may be shared by steps that run one after another; new and empty where absent. */
  readonly toolCache?: string
  /** HOME, which must exist; new and empty where absent. */
  readonly home?: string
  /** Set over everything else; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Folder of the action.yml; the repository's root where absent. */
  readonly action?: string
  /** Another program than action.yml's `runs.main`. */
  readonly main?: string
  /** Masked besides the values of inputs and variables that are secrets. */
  readonly secrets?: readonly string[]
  /** Gets the output as it comes. */
  readonly onOutput?: (text: string) => void
  /** Cancels the run: SIGINT, then SIGTERM, then SIGKILL, as the runner does. */
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** What a step left behind. */
export interface StepResult extends StepLog {
  /** Null when it was killed. */
  readonly exitCode: number | null
  /** Standard output and error in the order in which they were written, unmasked. */
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  /** Variables that it set for later steps. */
  readonly exported: Readonly<Record<string, string>>
  /** Markdown. */
  readonly summary: string
  readonly wallMs: number
  readonly folders: StepFolders
}

/**
 * Runs the committed dist as GitHub's runner does: Node 24, an environment made from nothing, command files, the event's payload.
 * Throws only when the step does not end in time; whatever else goes wrong is in the result.
 */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const action = await readAction(options.action ?? ROOT)
  const folders = await prepareFolders(options)
  const inputs: Record<string, string> = { ...action.defaults, ...options.inputs }
  const env = definedOnly({
    ...runnerVariables(options.event, options.github, folders),
    ...inputVariables(inputs),
    ...options.env
  })
  await writeFile(env['GITHUB_EVENT_PATH'] ?? '', JSON.stringify(options.event.payload, null, 2))

  const end = await run(options.main ?? action.main, env, folders, options)
  const log = await readFile(join(folders.files, 'log.txt'), 'utf8')
  const secrets = [
    ...SECRET_INPUTS.map(name => inputs[name] ?? ''),
    ...SECRET_VARIABLES.map(name => env[name] ?? ''),
    ...(options.secrets ?? [])
  ]
  const [outputs = '', state = '', exported = '', , summary = ''] = await Promise.all(
    COMMAND_FILES.map(name => readFile(join(folders.files, name), 'utf8'))
  )
  return {
    ...end,
    ...readLog(log, secrets),
    log,
    outputs: parseFileCommands(outputs),
    state: parseFileCommands(state),
    exported: parseFileCommands(exported),
    summary,
    folders
  }
}

async function prepareFolders(options: StepOptions): Promise<StepFolders> {
  const folders = {
    home: options.home ?? join(options.folder, 'home'),
    workspace: options.workspace ?? join(options.folder, 'workspace'),
    temp: options.temp ?? join(options.folder, 'temp'),
    toolCache: options.toolCache ?? join(options.folder, 'tool-cache'),
    files: join(options.folder, 'files')
  }
  for (const path of Object.values(folders)) await mkdir(path, { recursive: true })
  for (const name of COMMAND_FILES) await writeFile(join(folders.files, name), '')
  return folders
}

/** Both streams go to one file, so that their order is kept. */
async function run(main: string, env: Record<string, string>, folders: StepFolders, options: StepOptions) {
  const path = join(folders.files, 'log.txt')
  const file = await open(path, 'w')
  const follower = options.onOutput && followFile(path, options.onOutput)
  const limit = options.timeoutMs ?? TIME_LIMIT_MS
  const started = performance.now()
  try {
    const child = spawn(process.execPath, [main], { cwd: folders.workspace, env, stdio: ['ignore', file.fd, file.fd] })
    const cancelled = options.signal && onAbort(options.signal, () => cancel(child))
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, limit)
    const exitCode = await new Promise<number | null>((resolve, reject) =>
      child.once('exit', resolve).once('error', reject)
    )
    clearTimeout(timer)
    cancelled?.forget()
    if (late) throw new Error(`The step did not end within ${limit / 1000} s:\n${await readFile(path, 'utf8')}`)
    return { exitCode, wallMs: performance.now() - started }
  } finally {
    await follower?.end()
    await file.close()
  }
}

/** The runner's own patience when a run is cancelled. Source: actions/runner, ProcessInvoker.cs. */
async function cancel(child: ChildProcess): Promise<void> {
  child.kill('SIGINT')
  await sleep(SIGTERM_AFTER_MS, undefined, { ref: false })
  child.kill('SIGTERM')
  await sleep(SIGKILL_AFTER_MS, undefined, { ref: false })
  child.kill('SIGKILL')
}

function onAbort(signal: AbortSignal, react: () => unknown): { forget(): void } {
  if (signal.aborted) react()
  signal.addEventListener('abort', react)
  return { forget: () => signal.removeEventListener('abort', react) }
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
