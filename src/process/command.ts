/** A child process, described whole: nothing is inherited that is not written here. */
export interface Command {
  /** Absolute path of the program. */
  readonly file: string
  readonly args: readonly string[]
  /** The child's whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Absolute path of its working directory. */
  readonly cwd: string
  /** Wall-clock limit in milliseconds; then the child is killed. */
  readonly timeoutMs: number
  /** Exit codes that are answers, not failures; `[0]` where absent. */
  readonly expected?: readonly number[]
  /** What it reads from standard input, which is closed after it; nothing where absent. */
  readonly input?: string
}

/** A child that ended with an expected exit code. */
export interface Completed {
  readonly exitCode: number
  /** At most 16 MiB; more makes the run fail. */
  readonly stdout: string
  /** The last 256 KiB. */
  readonly stderr: string
}

/** Runs a child to its end. Throws a CommandError when it ends otherwise than expected. */
export type Run = (command: Command) => Promise<Completed>
