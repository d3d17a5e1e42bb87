import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { CheckedImage } from '../../../src/render/verification-words.ts'
import { ROOT } from '../../../world/folders.ts'
import { inputsOfWorld } from '../../../world/runner/inputs.ts'
import type { StepResult } from '../../../world/runner/runner.ts'
import type { Keys } from '../verification/make.ts'
import { type E2eStep, freshFolder, readWorldFile, step, world } from './world.ts'

/** One step of verify/, with the files of its workspace by path. */
export interface VerifyStep extends E2eStep {
  readonly files?: Readonly<Record<string, string>>
}

/** What such a step left behind, with its output `results` read. */
export interface VerifyResult extends StepResult {
  readonly results: readonly CheckedImage[]
}

/** Runs the committed verify/ in the world, by the inputs that verify/action.yml has and no others. */
export async function verifyStep({ files = {}, inputs = {}, ...rest }: VerifyStep): Promise<VerifyResult> {
  const workspace = await freshFolder()
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true })
    await writeFile(join(workspace, path), text)
  }
  const result = await step({
    workspace,
    ...rest,
    action: join(ROOT, 'verify'),
    inputs: { 'db-repositories': '', ...inputsOfWorld(world(), 'verify'), ...inputs }
  })
  return { ...result, results: JSON.parse(result.outputs['results'] || '[]') as CheckedImage[] }
}

/** The world's public key as PEM. */
export function publicKey(): Promise<string> {
  return readWorldFile(world().keys.public)
}

/** A key pair of cosign's that nothing in the world was signed with. */
export async function freshKeys(): Promise<Keys> {
  const cwd = await freshFolder()
  const password = join(cwd, 'password')
  await writeFile(password, 'another-password')
  const env = { HOME: cwd, PATH: cwd, COSIGN_PASSWORD: await readFile(password, 'utf8') }
  await promisify(execFile)(world().tools.cosign, ['generate-key-pair'], { cwd, env })
  return { private: join(cwd, 'cosign.key'), public: join(cwd, 'cosign.pub'), password }
}

/** `outcome` of each image, in order. */
export function outcomes({ results }: VerifyResult): readonly string[] {
  return results.map(({ outcome }) => outcome)
}
