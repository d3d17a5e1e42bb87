import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const START_LIMIT_MS = 20_000
const KEPT_LINES = 20

// The program takes this shell's place and id. The shell's other half waits for the end of standard input, which comes when we close it or
// when we die in whatever way, and then ends the program.
const END_WITH_INPUT = 'exec 3<&0; { read -r _ <&3; kill $$; } 2>/dev/null & exec 3<&- "$@"'

/** A program that serves on a port, as a child of this process. */
export interface Service {
  /** What `ready` captured in the line that said so. */
  readonly address: string
  /** True once it has ended, whoever ended it. */
  hasEnded(): boolean
  /** Ends it and waits until it is gone. */
  close(): Promise<void>
}

/** How a service is started. */
export interface ServiceOptions {
  /** For error texts. */
  readonly name: string
  /** The program's absolute path. */
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Found in a line of its output once it listens; the first group is its address. */
  readonly ready: RegExp
}

/** Starts a service and waits until it listens. Throws with its last lines when it ends or is silent for 20 s. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const child = spawn('/bin/sh', ['-c', END_WITH_INPUT, 'sh', options.file, ...options.args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  child.stdin.on('error', () => undefined)
  const exited = new Promise(resolve => child.once('exit', resolve))
  const lines: string[] = []
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const close = async () => {
    child.stdin.end()
    if (!hasEnded()) child.kill()
    await exited
  }

  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const read = (line: string) => {
    if (lines.push(line) > KEPT_LINES) lines.shift()
    const address = options.ready.exec(line)?.[1]
    if (address !== undefined) resolve(address)
  }
  const fail = (what: string) => reject(new Error(`${options.name} ${what}:\n${lines.join('\n')}`))
  createInterface({ input: child.stdout }).on('line', read)
  createInterface({ input: child.stderr }).on('line', read)
  child.on('error', error => reject(new Error(`${options.name} cannot be started`, { cause: error })))
  child.on('exit', code => {
    child.stdin.end()
    fail(`ended with exit code ${code}`)
  })
  const timer = setTimeout(() => fail(`did not listen within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS)
  try {
    return { address: await promise, hasEnded, close }
  } catch (error) {
    child.kill()
    child.stdin.end()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
