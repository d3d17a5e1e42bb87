import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { asObject, asString, isObject } from '../../src/lib/json.ts'
import { TOKEN } from './environment.ts'

/** What the runner reads of an action.yml. */
export interface Action {
  /** Absolute path of `runs.main`. */
  readonly main: string
  /** The default of every input there is, empty where it has none, with the job's token in the place of `github.token`. */
  readonly defaults: Readonly<Record<string, string>>
}

/** Reads `action.yml` in a folder. Format: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax */
export async function readAction(folder: string): Promise<Action> {
  const path = join(folder, 'action.yml')
  const root = asObject(parse(await readFile(path, 'utf8')), path)
  const runs = asObject(root['runs'], 'runs')
  const inputs = Object.entries(asObject(root['inputs'] ?? {}, 'inputs'))
  return {
    main: join(folder, asString(runs['main'], 'runs.main')),
    defaults: Object.fromEntries(inputs.map(([name, input]) => [name, defaultOf(input)]))
  }
}

function defaultOf(input: unknown): string {
  const value = isObject(input) ? input['default'] : undefined
  return value === undefined || value === null ? '' : String(value).replace(/\$\{\{ *github\.token *\}\}/, TOKEN)
}
