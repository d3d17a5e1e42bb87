import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { conclude, concludeError } from './flows/conclude.ts'
import { scanAndSign } from './flows/scan-and-sign.ts'
import { abilities } from './github/abilities.ts'
import { readContext } from './github/context.ts'
import { INPUTS } from './inputs/defaults.ts'
import { readInputs } from './inputs/read.ts'
import { parseScanConfig } from './inputs/scan-config.ts'
import { createLog } from './lib/log.ts'
import { startDeadline } from './process/deadline.ts'
import { createRun } from './process/run.ts'
import { createPrivateDirectory } from './process/temp.ts'

/** The main action: reads what it was given, runs the flow within the time limit, and says how it ended. Never rejects. */
export async function main(): Promise<void> {
  try {
    const config = parseScanConfig(readInputs(Object.keys(INPUTS), process.env))
    const context = readContext(process.env, await readPayload(process.env['GITHUB_EVENT_PATH']))
    const deadline = startDeadline(config.timeoutMs)
    const { signal, within, whileTelling, withGrace } = deadline
    const directory = await createPrivateDirectory(context.temp)
    const log = createLog()
    try {
      const work = scanAndSign({
        config,
        context,
        abilities: abilities(context, { sign: config.sign, signOn: config.signOn, hasKey: config.key !== undefined }),
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
