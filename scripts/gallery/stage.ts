import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { State } from '../../world/github/controls.ts'
import type { Rule } from '../../world/github/faults.ts'
import { type ImageName, pushImage } from '../../world/images/images.ts'
import { type EventName, type EventOptions, eventOf } from '../../world/runner/events.ts'
import { inputsOfWorld } from '../../world/runner/inputs.ts'
import { runStep, type StepResult } from '../../world/runner/runner.ts'
import type { World } from '../../world/world.ts'

/** One run of the action for a picture. */
export interface Run {
  readonly event: EventName
  readonly options?: EventOptions
  readonly inputs: Readonly<Record<string, string>>
  /** Files of the checkout, by path. */
  readonly files?: Readonly<Record<string, string>>
}

/** A repository on GitHub and one in the registry that no other picture uses. */
export interface Stage {
  /** `acme/app`, distinct by its end. */
  readonly repository: string
  /** `HOST:PORT/acme/app…`. */
  readonly place: string
  /** Pushes an image of the world and gives its reference by digest. */
  readonly push: (name: ImageName, tag?: string) => Promise<string>
  readonly crane: (...args: readonly string[]) => Promise<string>
  readonly step: (run: Run) => Promise<StepResult>
  readonly signing: () => Promise<Record<string, string>>
  readonly github: () => Promise<State>
  readonly fail: (...rules: readonly Rule[]) => Promise<void>
  /** What a commit of the repository holds. */
  readonly commit: (ref: string, files: Readonly<Record<string, string>>) => Promise<void>
}

/** A new stage in the world. */
export function createStage(world: World, folder: string): Stage {
  const id = randomBytes(3).toString('hex')
  const repository = `acme/app-${id}`
  const control = `${world.github.apiUrl}/_world/repos/${repository}`
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${control}/${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`the stand-in refused ${path}: ${await answer.text()}`)
  }
  return {
    repository,
    place: `${world.registry}/${repository}`,
    push: (name, tag = `v-${name}`) =>
      pushImage({ crane: world.tools.crane, registry: world.registry, name, repository, tag }),
    crane: async (...args) => (await promisify(execFile)(world.tools.crane, [...args])).stdout.trim(),
    step: async ({ event, options = {}, inputs, files = {} }) => {
      await post('settings', { pendingLooks: 0 })
      const place = await mkdtemp(join(folder, 'gallery-'))
      return runStep({
        event: eventOf(event, { ...options, repository }),
        github: world.github,
        folder: place,
        workspace: await checkout(join(place, 'checkout'), files),
        toolCache: folder,
        inputs: { ...inputsOfWorld(world), ...inputs }
      })
    },
    signing: async () => ({
      'cosign-key': await readFile(world.keys.private, 'utf8'),
      'cosign-password': await readFile(world.keys.password, 'utf8'),
      'transparency-log': 'false'
    }),
    github: async () => (await (await fetch(control)).json()) as State,
    fail: (...rules) => post('faults', rules),
    commit: (ref, files) => post('files', { ref, files })
  }
}

async function checkout(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(folder)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}
