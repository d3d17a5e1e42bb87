import { type LogCommand, parseLogCommand } from './log-commands.ts'
import { applyMasks, masksOf } from './masks.ts'

/** An annotation as it shows on the run's page. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly message: string
  /** `title`, `file`, `line` and so on, as the command gave them. */
  readonly properties: Readonly<Record<string, string>>
}

/** What the runner makes of a step's output. */
export interface StepLog {
  /** All annotations; the runner itself keeps the first ten of each level. */
  readonly annotations: readonly Annotation[]
  /** Every command that the runner would have obeyed, masks and groups included, in order. */
  readonly commands: readonly LogCommand[]
  /** The log as GitHub keeps it: secrets replaced, commands as `##[error]…`, `##[group]…`, or not at all. */
  readonly masked: string
}

/** Commands that leave a line in the log; `debug` does so only in debug runs. */
const SHOWN = new Set(['error', 'warning', 'notice', 'group', 'endgroup'])

/**
 * Reads a step's output line by line as the runner does, with stop-commands.
 * Source of the rules: actions/runner, OutputManager.cs and ActionCommandManager.cs.
 * @param output standard output and error together.
 * @param secrets values that are masked from the beginning.
 */
export function readLog(output: string, secrets: readonly string[]): StepLog {
  const masks = new Set(secrets.flatMap(masksOf))
  const commands: LogCommand[] = []
  const shown: string[] = []
  let resumeToken: string | undefined
  for (const line of output.split('\n')) {
    const command = parseLogCommand(line, resumeToken)
    if (command === undefined || (resumeToken !== undefined && command.name !== resumeToken)) {
      shown.push(applyMasks(line, masks))
      continue
    }
    if (resumeToken !== undefined) {
      resumeToken = undefined
      continue
    }
    if (command.name === 'stop-commands') resumeToken = command.data.toLowerCase()
    if (command.name === 'add-mask') for (const mask of masksOf(command.data)) masks.add(mask)
    commands.push(command)
    if (SHOWN.has(command.name)) shown.push(applyMasks(`##[${command.name}]${command.data}`, masks))
  }
  return { annotations: commands.flatMap(annotationOf), commands, masked: shown.join('\n') }
}

/** True for a line that GitHub shows only in debug runs. */
export function isDebug(line: string): boolean {
  return parseLogCommand(line)?.name === 'debug'
}

/** `line` without the value of an add-mask command in it: what may be kept, while anything else that leaks stays visible. */
export function withoutMaskValue(line: string): string {
  return parseLogCommand(line)?.name === 'add-mask' ? '::add-mask::***' : line
}

function annotationOf({ name, properties, data }: LogCommand): Annotation[] {
  return name === 'error' || name === 'warning' || name === 'notice' ? [{ level: name, message: data, properties }] : []
}
