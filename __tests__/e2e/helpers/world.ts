import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { jest } from '@jest/globals'
import { pushImage } from '../../../world/images/images.ts'
import { type EventName, type EventOptions, eventOf } from '../../../world/runner/events.ts'
import { inputsOfWorld } from '../../../world/runner/inputs.ts'
import { runStep, type StepOptions, type StepResult } from '../../../world/runner/runner.ts'
import type { World } from '../../../world/world.ts'
import { WORLD_VARIABLE } from '../variable.ts'

const TEST_LIMIT_MS = 120_000

// Steps run real tools: seconds, not the five that Jest allows.
jest.setTimeout(TEST_LIMIT_MS)

/** One step of an end-to-end test. */
export interface E2eStep extends Partial<Omit<StepOptions, 'event' | 'github' | 'inputs' | 'folder'>> {
  /** `push` where absent. */
  readonly event?: EventName
  /** `repository` should come from `freshRepository()`, since the stand-in for GitHub keeps its memory by repository. */
  readonly eventOptions?: EventOptions
  /** The world's mirror, manifest and DB stand for what is not given. */
  readonly inputs?: Readonly<Record<string, string>>
  /** True: an empty tool cache, so that the tools are downloaded. */
  readonly emptyToolCache?: boolean
}

/** The world that setup.ts started. */
export function world(): World {
  const file = process.env[WORLD_VARIABLE]
  if (file === undefined) throw new Error('There is no world: run the e2e project with Jest.')
  return JSON.parse(readFileSync(file, 'utf8')) as World
}

/** Runs the committed dist in the world. The tool cache is shared by the tests of one worker unless an empty one is asked for. */
export async function step(given: E2eStep = {}): Promise<StepResult> {
  const { event = 'push', eventOptions = {}, inputs = {}, emptyToolCache = false, ...rest } = given
  const base = await stepsFolder()
  const toolCache = join(base, `tool-cache-${process.env['JEST_WORKER_ID'] ?? '1'}`)
  return runStep({
    ...(emptyToolCache ? {} : { toolCache }),
    ...rest,
    event: eventOf(event, eventOptions),
    github: world().github,
    inputs: { ...inputsOfWorld(world()), ...inputs },
    folder: await mkdtemp(join(base, 'step-'))
  })
}

/** A file of the world's, such as a key, as text. */
export function readWorldFile(path: string): Promise<string> {
  return readFile(path, 'utf8')
}

/** The inputs with which a step signs by the world's key. */
export async function keyInputs(): Promise<{ 'cosign-key': string; 'cosign-password': string }> {
  const { keys } = world()
  return { 'cosign-key': await readWorldFile(keys.private), 'cosign-password': await readWorldFile(keys.password) }
}

/** An empty folder that goes with the world: for a workspace or a HOME with files in it. */
export async function freshFolder(): Promise<string> {
  return mkdtemp(join(await stepsFolder(), 'folder-'))
}

/** A name on GitHub that no other test uses. */
export function freshRepository(): string {
  return `acme/app-${randomBytes(6).toString('hex')}`
}

/**
 * Pushes an image of the world into a repository that no other test uses.
 * @param host the registry that gets it; the world's first where absent.
 * @returns its reference by digest there.
 */
export async function freshImage(name: keyof World['images'], host = world().registry): Promise<string> {
  const repository = `test/${name}-${randomBytes(6).toString('hex')}`
  return pushImage({ crane: world().tools.crane, registry: host, name, repository })
}

/** Runs crane and returns what it prints, trimmed. */
export async function crane(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(world().tools.crane, [...args], {
    maxBuffer: 64 * 1024 * 1024
  })
  return stdout.trim()
}

async function stepsFolder(): Promise<string> {
  // Beside the log of the stand-in, so that it goes with the world.
  const folder = join(dirname(world().github.log), 'steps')
  await mkdir(folder, { recursive: true })
  return folder
}
