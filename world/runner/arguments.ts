import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '../../src/lib/errors.ts'
import { EVENTS, type EventName, type EventOptions } from './events.ts'

/** How the step command is used. */
export const USAGE = `Usage: npm run --silent step -- [OPTION [VALUE]]… input=value input=@FILE …
  --world FILE       the line of JSON that npm run world printed; without it a world is started for this step
  --event NAME       ${EVENTS.join(', ')} (push)
  --verify           run verify/, not the main action
  --id-token         the job has id-token: write
  --sigstore         signing-config and trusted-root are the world's own
  --vault            VAULT_ADDR and VAULT_TOKEN are the world's
  --fork             the pull request comes from a fork
  --tag NAME         push or release of that tag
  --actor NAME       who started it (octocat)
  --repository NAME  acme/app
  --visibility NAME  public, private, internal (public)
  --out DIR          gets log.txt, outputs.json, summary.md, exit-code, and keeps the step's workspace and RUNNER_TEMP
  --workspace DIR    GITHUB_WORKSPACE (a new, empty folder)
  --tool-cache DIR   RUNNER_TOOL_CACHE (a new, empty folder)`

/** The command line, read. All paths are absolute. */
export interface StepArguments {
  readonly event: EventName
  readonly eventOptions: EventOptions
  readonly inputs: Readonly<Record<string, string>>
  readonly world?: string
  readonly out?: string
  readonly workspace?: string
  readonly toolCache?: string
  readonly verify: boolean
  readonly idToken: boolean
  readonly sigstore: boolean
  readonly vault: boolean
}

const VISIBILITIES = ['public', 'private', 'internal'] as const
const OPTIONS = [
  'world',
  'event',
  'tag',
  'actor',
  'repository',
  'visibility',
  'out',
  'workspace',
  'tool-cache'
] as const
const FLAGS = ['fork', 'verify', 'id-token', 'sigstore', 'vault'] as const
const FORK_EVENTS: readonly EventName[] = ['pull_request', 'pull_request_target', 'workflow_run']
const TAG_EVENTS: readonly EventName[] = ['push', 'release']

/**
 * Reads the arguments of the step command.
 * @param folder what relative paths are relative to.
 * @throws UserError: one sentence.
 */
export function parseStepArguments(args: readonly string[], folder: string): StepArguments {
  const { options, flags, inputs } = sort(args, folder)
  const fork = flags.has('fork')
  const path = (name: 'world' | 'out' | 'workspace' | 'tool-cache') => {
    const value = options.get(name)
    return value === undefined ? undefined : resolve(folder, value)
  }
  const event = oneOf('--event', options.get('event') ?? 'push', EVENTS)
  if (fork && !FORK_EVENTS.includes(event))
    throw new UserError(`--fork goes with ${FORK_EVENTS.join(', ')}, not with ${event}.`)
  if (options.has('tag') && !TAG_EVENTS.includes(event))
    throw new UserError(`--tag goes with ${TAG_EVENTS.join(', ')}, not with ${event}.`)
  const repository = options.get('repository') ?? 'acme/app'
  if (!/^[^/\s]+\/[^/\s]+$/.test(repository)) throw new UserError(`--repository takes OWNER/NAME, not ${repository}.`)
  const visibility = oneOf('--visibility', options.get('visibility') ?? 'public', VISIBILITIES)
  const eventOptions = {
    repository,
    visibility,
    fork,
    ...optional({ tag: options.get('tag'), actor: options.get('actor') })
  }
  const paths = { world: path('world'), out: path('out'), workspace: path('workspace'), toolCache: path('tool-cache') }
  const chosen = {
    verify: flags.has('verify'),
    idToken: flags.has('id-token'),
    sigstore: flags.has('sigstore'),
    vault: flags.has('vault')
  }
  return { event, eventOptions, inputs, ...chosen, ...optional(paths) }
}

function sort(args: readonly string[], folder: string) {
  const options = new Map<(typeof OPTIONS)[number], string>()
  const inputs: Record<string, string> = {}
  const flags = new Set<string>()
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? ''
    if (FLAGS.some(flag => argument === `--${flag}`)) flags.add(argument.slice(2))
    else if (argument.startsWith('--')) {
      const [flag = '', attached] = argument.split(/=(.*)/s)
      const name = oneOf('An option with a value', flag.slice(2), OPTIONS)
      const value = attached ?? args[++index]
      if (value === undefined || value === '') throw new UserError(`--${name} needs a value.`)
      options.set(name, value)
    } else {
      const equals = argument.indexOf('=')
      if (equals < 1) throw new UserError(`${argument} is neither an option nor input=value.`)
      inputs[argument.slice(0, equals)] = inputValue(argument.slice(equals + 1), folder)
    }
  }
  return { options, flags, inputs }
}

function inputValue(text: string, folder: string): string {
  if (!text.startsWith('@')) return text
  try {
    return readFileSync(resolve(folder, text.slice(1)), 'utf8')
  } catch {
    throw new UserError(`${text.slice(1)} cannot be read.`)
  }
}

function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find(known => known === value)
  if (found === undefined) throw new UserError(`${what} is one of ${allowed.join(', ')}, not ${value}.`)
  return found
}

/** `values` without what is undefined. */
function optional<T extends string>(values: Record<T, string | undefined>): Partial<Record<T, string>> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Partial<Record<T, string>>
}
