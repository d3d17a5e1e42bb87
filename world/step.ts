import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, UserError } from '../src/lib/errors.ts'
import { isObject } from '../src/lib/json.ts'
import { ROOT, removeFolder, temporaryFolder } from './folders.ts'
import { untilEnded } from './lifetime.ts'
import { parseStepArguments, type StepArguments, USAGE } from './runner/arguments.ts'
import { idTokenVariables, vaultVariables } from './runner/credentials.ts'
import { eventOf } from './runner/events.ts'
import { inputsOfWorld, sigstoreInputs } from './runner/inputs.ts'
import { lineWriter } from './runner/lines.ts'
import { isDebug, withoutMaskValue } from './runner/log.ts'
import { runStep, type StepResult } from './runner/runner.ts'
import { say } from './toolchain/progress.ts'
import { startWorld, type World } from './world.ts'

/** Exit code of a program that was ended by SIGINT. */
const INTERRUPTED = 130

async function runOnce(given: StepArguments, world: World, signal: AbortSignal): Promise<StepResult> {
  const folder = await temporaryFolder()
  const kept = async (name: string) => {
    if (given.out === undefined) return {}
    const path = join(given.out, name)
    await mkdir(path, { recursive: true })
    return { [name]: path }
  }
  const print = lineWriter(line => {
    if (!isDebug(line)) process.stdout.write(`${withoutMaskValue(line)}\n`)
  })
  try {
    const event = eventOf(given.event, given.eventOptions)
    const result = await runStep({
      event,
      github: world.github,
      action: folderOf(given),
      inputs: inputsOf(given, world),
      env: {
        ...(given.idToken ? idTokenVariables(world, event) : {}),
        ...(given.vault ? vaultVariables(world) : {})
      },
      folder,
      ...(await kept('workspace')),
      ...(await kept('temp')),
      ...(given.workspace === undefined ? {} : { workspace: given.workspace }),
      ...(given.toolCache === undefined ? {} : { toolCache: given.toolCache }),
      onOutput: print.write,
      signal
    })
    print.end()
    if (given.out !== undefined) await save(given.out, result)
    return result
  } finally {
    await removeFolder(folder)
  }
}

function inputsOf({ verify, sigstore, inputs }: StepArguments, world: World): Record<string, string> {
  const action = verify ? 'verify' : 'main'
  return { ...inputsOfWorld(world, action), ...(sigstore ? sigstoreInputs(world, action) : {}), ...inputs }
}

function folderOf({ verify }: StepArguments): string {
  return verify ? join(ROOT, 'verify') : ROOT
}

async function save(folder: string, result: StepResult): Promise<void> {
  const log = result.log.split('\n').map(withoutMaskValue).join('\n')
  await writeFile(join(folder, 'log.txt'), log)
  await writeFile(join(folder, 'outputs.json'), `${JSON.stringify(result.outputs, null, 2)}\n`)
  await writeFile(join(folder, 'summary.md'), result.summary)
  await writeFile(join(folder, 'exit-code'), `${result.exitCode ?? 'killed'}\n`)
}

async function savedWorld(path: string): Promise<World> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UserError(`${path} cannot be read.`)
  })
  // npm prints two lines of its own before the JSON when it is run without --silent.
  const line = text.split('\n').find(candidate => candidate.startsWith('{')) ?? ''
  try {
    const world: unknown = JSON.parse(line)
    if (isObject(world) && isObject(world['github'])) return world as unknown as World
  } catch {}
  throw new UserError(`${path} does not hold the line of JSON that npm run world prints.`)
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const given = parseStepArguments(args, process.env['INIT_CWD'] ?? process.cwd())
  const metadata = join(folderOf(given), 'action.yml')
  if (!existsSync(metadata)) throw new UserError(`${metadata} does not exist.`)
  const cancel = new AbortController()
  const ended = untilEnded().then(() => cancel.abort())
  if (given.world !== undefined) return exitCodeOf(await runOnce(given, await savedWorld(given.world), cancel.signal))
  const running = await Promise.race([startWorld(), ended])
  if (running === undefined) return INTERRUPTED
  try {
    return exitCodeOf(await runOnce(given, running.world, cancel.signal))
  } finally {
    await running.close()
  }
}

function exitCodeOf({ exitCode }: StepResult): number {
  return exitCode ?? 137
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    say(messageOf(error))
    process.exitCode = error instanceof UserError ? 2 : 1
  }
  process.exit()
}
