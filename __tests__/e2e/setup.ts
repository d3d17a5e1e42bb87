import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT, temporaryFolder } from '../../world/folders.ts'
import { WORLD_VARIABLE } from './variable.ts'

declare global {
  /** Ends the world; set here for teardown.ts. */
  var endWorld: (() => Promise<void>) | undefined
}

/**
 * Starts one world for all end-to-end tests, as a process of its own, and names the file with its line of JSON in the environment, which
 * Jest's workers inherit.
 */
export default async function setup(): Promise<void> {
  if (process.env[WORLD_VARIABLE]) return
  const child = spawn(process.execPath, [join(ROOT, 'world/world.ts')], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  globalThis.endWorld = async () => {
    child.kill('SIGTERM')
    await exited
  }
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', code => reject(new Error(`The world ended with exit code ${code} before it was ready.`)))
  })
  const file = join(await temporaryFolder(), 'world.json')
  await writeFile(file, line)
  process.env[WORLD_VARIABLE] = file
}
