import { getInput, setSecret } from '@actions/core'
import type { RawInputs } from './fields.ts'
import { secretKindOf } from './misplaced-secret.ts'
import { secretLines } from './secrets.ts'

/** Inputs whose value nobody may see. */
const SECRET_INPUTS: readonly string[] = ['cosign-key', 'cosign-password', 'github-token', 'registry-password']

/**
 * The one place where inputs are read. Registers the secret ones with the runner's masker, and a secret that was put into another one by
 * mistake; then takes them out of the environment, so that no child can inherit them.
 * @param names the inputs of action.yml.
 * @param env the process's environment, changed here.
 */
export function readInputs(names: readonly string[], env: NodeJS.ProcessEnv): RawInputs {
  const raw = Object.fromEntries(names.map(name => [name, getInput(name, { trimWhitespace: false })]))
  for (const [name, value] of Object.entries(raw)) {
    if (!SECRET_INPUTS.includes(name) && secretKindOf(value) === undefined) continue
    for (const line of secretLines(value)) setSecret(line)
    delete env[`INPUT_${name.toUpperCase()}`]
  }
  return raw
}
