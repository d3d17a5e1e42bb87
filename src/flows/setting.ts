import type { Abilities } from '../github/abilities.ts'
import type { RunContext } from '../github/context.ts'
import type { ScanConfig } from '../inputs/scan-config.ts'
import type { Log } from '../lib/log.ts'
import type { Run } from '../process/command.ts'
import type { PrivateDirectory } from '../process/temp.ts'

/** The run, and the doors to the outside: what both actions work with. */
export interface Doors {
  readonly context: RunContext
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  readonly run: Run
  /** Gone at the end of the step. */
  readonly directory: PrivateDirectory
  /** Rejects at the end of the step's time. */
  readonly wait: (milliseconds: number) => Promise<void>
  /** `work`, or a rejection when the step's time is over first. */
  readonly within: <T>(work: Promise<T>) => Promise<T>
  /** The same for what is told over the network, with a while to spare after the limit. */
  readonly whileTelling: <T>(work: Promise<T>) => Promise<T>
  readonly now: () => Date
}

/** What every part of the main action's flow works with: what was asked for, what the event allows, and the doors. */
export interface Setting extends Doors {
  readonly config: ScanConfig
  readonly abilities: Abilities
}

/** What changes the advice when GitHub refuses something: only a fork's own run has a token that no `permissions:` can widen. */
export function circumstanceOf({ event, pullRequest }: RunContext): { readonly fromFork: boolean } {
  return { fromFork: event === 'pull_request' && pullRequest?.fromFork === true }
}
