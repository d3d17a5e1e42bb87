import { mkdtempSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Credentials, dockerConfig, readCredentials } from '../image/credentials.ts'
import { createRegistry, type WritableRegistry } from '../image/registry.ts'
import { UserError } from '../lib/errors.ts'
import { childEnvironment } from '../process/environment.ts'
import type { Doors } from './setting.ts'

/** The way to the registries, for us and for the children. */
export interface Access {
  readonly registry: WritableRegistry
  /** The environment of a child whose home is `directory`, with the logins of these registries, or without any. */
  readonly environment: (directory: string, ...hosts: readonly string[]) => Record<string, string>
  /** Looks up docker's login for one more registry. False when there is none: it is then asked without credentials. */
  readonly logIn: (host: string) => Promise<boolean>
}

/** What `registry-username` and `registry-password` give. */
export interface LoginInput {
  readonly username: string
  readonly password: string
}

const REQUEST_TIMEOUT_MS = 30_000

/**
 * Looks up the credentials of each registry once, by input or by docker's config and its helpers. Each child gets a docker config that names
 * no helper and holds the logins of the registries that it needs.
 * @param hosts the registries of `image`.
 * @param others registries that are contacted as well, with docker's login only.
 * @param given `registry-username` and `registry-password`, for the registry of `image` and no other.
 * @throws UserError when they cannot be told which registry they are for.
 */
export async function gainAccess(
  doors: Doors,
  hosts: readonly string[],
  { given, others = [] }: { readonly given?: LoginInput | undefined; readonly others?: readonly string[] } = {}
): Promise<Access> {
  const credentials = await readAllCredentials(doors, hosts, given)
  const [emptyPath = '', anonymous = ''] = await Promise.all(
    ['path', 'docker'].map(name => doors.directory.empty(name))
  )
  const configs = new Map<string, string>()
  const logIn = async (host: string) => {
    const login = credentials.get(host) ?? (await lookUp(doors, host))
    if (login !== undefined) credentials.set(host, login)
    return login !== undefined
  }
  for (const host of others) await logIn(host)

  const configFor = (hosts: readonly string[]) => {
    const known = [...new Set(hosts)].sort().flatMap(host => {
      const login = credentials.get(host)
      return login === undefined ? [] : [[host, login] as const]
    })
    if (known.length === 0) return anonymous
    const key = JSON.stringify(known.map(([host]) => host))
    const directory = configs.get(key) ?? writeDockerConfig(doors, new Map(known))
    configs.set(key, directory)
    return directory
  }
  return {
    registry: createRegistry({
      credentials: host => credentials.get(host),
      timeoutMs: REQUEST_TIMEOUT_MS,
      wait: doors.wait
    }),
    environment: (home, ...wanted) => childEnvironment(doors.env, { emptyPath, home, dockerConfig: configFor(wanted) }),
    logIn
  }
}

async function readAllCredentials(
  doors: Doors,
  hosts: readonly string[],
  given: LoginInput | undefined
): Promise<Map<string, Credentials>> {
  const all = [...new Set(hosts)]
  if (given !== undefined && all.length > 1)
    throw new UserError(
      `registry-username is for one registry, but image names ${all.length}: ${all.join(', ')}; use docker/login-action for each of them instead`
    )
  const found = new Map<string, Credentials>()
  for (const host of all) {
    const login = given ?? (await lookUp(doors, host))
    if (login !== undefined) found.set(host, login)
  }
  return found
}

async function lookUp(doors: Doors, host: string): Promise<Credentials | undefined> {
  return readCredentials(host, {
    env: doors.env,
    cloud: cloudVariables(doors.env),
    run: doors.run,
    readFile: path => readFile(path, 'utf8'),
    cwd: await doors.directory.empty('credential-helper')
  })
}

/** What the helpers of the clouds read to know who they are. */
function cloudVariables(env: Doors['env']): Record<string, string> {
  const named = Object.entries(env).filter(([name]) => /^(AWS|AZURE|GOOGLE|CLOUDSDK)_/.test(name))
  return Object.fromEntries(named.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** At once, since it is asked for in the middle of a call; the private directory is there. */
function writeDockerConfig(doors: Doors, logins: ReadonlyMap<string, Credentials>): string {
  const directory = mkdtempSync(join(doors.directory.path, 'docker-'))
  writeFileSync(join(directory, 'config.json'), dockerConfig(logins), { mode: 0o600 })
  return directory
}
