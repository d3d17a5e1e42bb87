import { AsyncLocalStorage } from 'node:async_hooks'
import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { basename } from 'node:path'
import { exec } from '@actions/exec'
import { messageOf, ToolError } from '../lib/errors.ts'
import type { Command, Completed, Run } from './command.ts'

const MAX_STDOUT_BYTES = 16 * 1024 * 1024
const MAX_STDERR_BYTES = 256 * 1024

/** A child ended otherwise than expected. Its text is for people; `stderr` is the child's own words and untrusted. */
export class CommandError extends ToolError {
  override name = 'CommandError'
  /** The program's file name. */
  readonly program: string
  /** Null when it was killed. */
  readonly exitCode: number | null
  /** Ended by us: by the limit of the command or of the step. */
  readonly timedOut: boolean
  readonly stderr: string
  readonly stdout: string

  constructor(
    message: string,
    details: { program: string; exitCode: number | null; timedOut: boolean; stderr: string; stdout: string }
  ) {
    super(message)
    this.program = details.program
    this.exitCode = details.exitCode
    this.timedOut = details.timedOut
    this.stderr = details.stderr
    this.stdout = details.stdout
  }
}

// @actions/exec hands out neither the child nor a way to end it. Node announces every child on this channel, inside the call that
// started it, so that the call's own context can be given the child: https://nodejs.org/api/diagnostics_channel.html#child-process
const starting = new AsyncLocalStorage<(child: ChildProcess) => void>()
subscribe('child_process', message => {
  starting.getStore()?.((message as { process: ChildProcess }).process)
})

/**
 * The one door to child processes. Each child gets exactly the environment of its command, a closed standard input, a wall-clock limit, and
 * a cap on what is kept of its output; nothing of it reaches the log by itself.
 * @param signal ends all children of this run at once (the step's own time limit).
 */
export function createRun(signal: AbortSignal): Run {
  return async command => {
    const program = basename(command.file)
    if (signal.aborted)
      throw new CommandError(`${program} was not started: ${messageOf(signal.reason)}`, nothing(program))

    const stdout = new Kept(MAX_STDOUT_BYTES)
    const stderr = new Kept(MAX_STDERR_BYTES)
    const end = endOf(command, signal)
    try {
      const exitCode = await starting.run(end.watch, () => start(command, stdout, stderr))
      return judge(command, { exitCode, ended: end.reason(), stdout, stderr })
    } finally {
      end.forget()
    }
  }
}

function start(command: Command, stdout: Kept, stderr: Kept): Promise<number | null> {
  return exec(`"${command.file}"`, [...command.args], {
    cwd: command.cwd,
    env: { ...command.env },
    silent: true,
    ignoreReturnCode: true,
    // A pipe that nobody closes is read for ever by cosign when it wants a password.
    input: Buffer.from(command.input ?? ''),
    listeners: { stdout: chunk => stdout.add(chunk), stderr: chunk => stderr.add(chunk) }
  })
}

function endOf(command: Command, signal: AbortSignal) {
  let child: ChildProcess | undefined
  let reason: string | undefined
  const kill = (why: string) => {
    reason ??= why
    child?.kill('SIGKILL')
  }
  const timer = setTimeout(() => kill(`it did not finish within ${command.timeoutMs / 1000} s`), command.timeoutMs)
  const abort = () => kill(messageOf(signal.reason))
  signal.addEventListener('abort', abort)
  return {
    watch: (started: ChildProcess) => {
      child = started
      // A child that ends without reading its input is no error of ours (EPIPE); unheard, it would end the whole step.
      started.once('spawn', () => started.stdin?.on('error', () => {}))
      // Announced before it runs: only then is there something to kill.
      started.once('spawn', () => reason !== undefined && started.kill('SIGKILL'))
    },
    /** Why the child was killed by us; undefined when it was not. */
    reason: () => reason,
    forget: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }
}

function judge(
  command: Command,
  end: { exitCode: number | null; ended: string | undefined; stdout: Kept; stderr: Kept }
): Completed {
  const program = basename(command.file)
  const details = {
    program,
    exitCode: end.exitCode,
    timedOut: end.ended !== undefined,
    stderr: end.stderr.text(),
    stdout: end.stdout.text()
  }
  if (end.ended !== undefined) throw new CommandError(`${program} was ended: ${end.ended}`, details)
  if (end.exitCode === null) throw new CommandError(`${program} was killed, perhaps for want of memory`, details)
  if (!(command.expected ?? [0]).includes(end.exitCode))
    throw new CommandError(`${program} failed with exit code ${end.exitCode}`, details)
  if (end.stdout.overflowed()) throw new CommandError(`${program} printed more than ${MAX_STDOUT_BYTES} bytes`, details)
  return { exitCode: end.exitCode, stdout: details.stdout, stderr: details.stderr }
}

/** The last bytes of a stream, up to a total. */
class Kept {
  readonly #limit: number
  #chunks: Buffer[] = []
  #size = 0
  #overflowed = false

  constructor(limit: number) {
    this.#limit = limit
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    while (this.#size > this.#limit && this.#chunks.length > 1) {
      this.#size -= this.#chunks.shift()?.length ?? 0
      this.#overflowed = true
    }
  }

  overflowed(): boolean {
    return this.#overflowed
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-this.#limit).toString('utf8')
  }
}

function nothing(program: string) {
  return { program, exitCode: null, timedOut: true, stderr: '', stdout: '' }
}
