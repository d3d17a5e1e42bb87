import { setOutput } from '@actions/core'

/** Hands the outputs to later steps, by the runner's file, so that no value can be taken for a command. */
export function publishOutputs(outputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value)
}
