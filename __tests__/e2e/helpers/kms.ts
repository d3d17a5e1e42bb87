import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { vaultVariables } from '../../../world/runner/credentials.ts'
import type { StepResult } from '../../../world/runner/runner.ts'
import { type E2eStep, freshFolder, freshRepository, step, world } from './world.ts'

/** Runs a step that signs `image` with the key in the world's stand-in for Vault, without a transparency log. */
export function kmsStep(image: string, { inputs = {}, env = {}, ...rest }: E2eStep = {}): Promise<StepResult> {
  return step({
    eventOptions: { repository: freshRepository() },
    ...rest,
    env: { ...vaultVariables(world()), ...env },
    inputs: { image, 'cosign-key': world().vault.key, 'transparency-log': 'false', 'code-scanning': 'never', ...inputs }
  })
}

/** The file with the public half of that key, asked for by the real cosign. */
export async function kmsPublicKey(): Promise<string> {
  const home = await freshFolder()
  const env = { HOME: home, PATH: home, ...vaultVariables(world()) }
  const { stdout } = await promisify(execFile)(world().tools.cosign, ['public-key', '--key', world().vault.key], {
    env
  })
  const file = join(home, 'cosign.pub')
  await writeFile(file, stdout)
  return file
}
