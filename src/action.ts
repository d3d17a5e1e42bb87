import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { type Conclusion, conclude, concludeError } from './flows/conclude.ts'
import type { Doors } from './flows/setting.ts'
import { readContext } from './github/context.ts'
import { createLog } from './lib/log.ts'
import { startDeadline } from './process/deadline.ts'
import { createRun } from './process/run.ts'
import { createPrivateDirectory } from './process/temp.ts'

/** One of the actions: how its inputs are read, and what it does with them. */
export interface Action<Config extends { readonly timeoutMs: number }> {
  /** @throws UserError with every problem. */
  readonly readConfig: (env: NodeJS.ProcessEnv) => Config
  readonly flow: (config: Config, doors: Doors) => Promise<Conclusion>
}

/** Runs an action: reads what it was given, runs the flow within the time limit, and says how it ended. Never rejects. */
export async function runAction<Config extends { readonly timeoutMs: number }>(action: Action<Config>): Promise<void> {
  try {
    const config = action.readConfig(process.env)
    const context = readContext(process.env, await readPayload(process.env['GITHUB_EVENT_PATH']))
    const deadline = startDeadline(config.timeoutMs)
    const { signal, within, whileTelling, withGrace } = deadline
    const directory = await createPrivateDirectory(context.temp)
    const log = createLog()
    try {
      const work = action.flow(config, {
        context,
        env: process.env,
        log,
        run: createRun(signal),
        directory,
        wait: async milliseconds => void (await wait(milliseconds, undefined, { signal })),
        within,
        whileTelling,
        now: () => new Date()
      })
      conclude(await withGrace(work), log)
    } finally {
      log.end()
      // Whatever still runs after a failure is ended before its directory goes.
      deadline.end()
      directory.remove()
    }
  } catch (error) {
    concludeError(error)
  }
  exit()
}

/** A request or a download that was abandoned would otherwise keep the process alive, and try to write where nothing is any more. */
function exit(): void {
  process.stdout.write('', () => process.exit())
}

async function readPayload(file: string | undefined): Promise<unknown> {
  return file ? JSON.parse(await readFile(file, 'utf8')) : {}
}
