import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Credentials, dockerConfig, readCredentials } from '../image/credentials.ts'
import { createRegistry, type Registry } from '../image/registry.ts'
import type { ImageSource } from '../image/source.ts'
import { UserError } from '../lib/errors.ts'
import { childEnvironment } from '../process/environment.ts'
import type { Setting } from './setting.ts'

/** The way to the registries of `image`, for us and for the children. */
export interface Access {
  readonly registry: Registry
  /** The environment of a child whose home is `directory`, with the login of one registry or without any. */
  readonly environment: (directory: string, host?: string) => Record<string, string>
  /** Looks up docker's login for one more registry. False when there is none: it is then asked without credentials. */
  readonly logIn: (host: string) => Promise<boolean>
}

const REQUEST_TIMEOUT_MS = 30_000

/**
 * Looks up the credentials of each registry once, by input or by docker's config and its helpers, and writes for each a docker config
 * that names no helper.
 * @throws UserError when `registry-username` cannot be told which registry it is for.
 */
export async function gainAccess(setting: Setting): Promise<Access> {
  const hosts = hostsOf(setting.config.images)
  const credentials = await readAllCredentials(setting, hosts)
  const [emptyPath, anonymous] = await Promise.all(['path', 'docker'].map(name => setting.directory.empty(name)))
  const configs = new Map<string, string>()
  const keep = async (host: string, login: Credentials) => {
    credentials.set(host, login)
    configs.set(host, await writeDockerConfig(setting, host, login))
  }
  for (const [host, login] of credentials) await keep(host, login)

  return {
    registry: createRegistry({
      credentials: host => credentials.get(host),
      timeoutMs: REQUEST_TIMEOUT_MS,
      wait: setting.wait
    }),
    environment: (home, host) =>
      childEnvironment(setting.env, {
        emptyPath: emptyPath as string,
        home,
        dockerConfig: (host === undefined ? undefined : configs.get(host)) ?? (anonymous as string)
      }),
    logIn: async host => {
      const login = credentials.get(host) ?? (await lookUp(setting, host))
      if (login !== undefined && !credentials.has(host)) await keep(host, login)
      return login !== undefined
    }
  }
}

function hostsOf(images: readonly ImageSource[]): string[] {
  return [...new Set(images.flatMap(image => (image.kind === 'registry' ? [image.reference.registry] : [])))]
}

async function readAllCredentials(setting: Setting, hosts: readonly string[]): Promise<Map<string, Credentials>> {
  const given = setting.config.registry
  if (given !== undefined && hosts.length > 1)
    throw new UserError(
      `registry-username is for one registry, but image names ${hosts.length}: ${hosts.join(', ')}; use docker/login-action for each of them instead`
    )
  const found = new Map<string, Credentials>()
  for (const host of hosts) {
    const login = given ?? (await lookUp(setting, host))
    if (login !== undefined) found.set(host, login)
  }
  return found
}

async function lookUp(setting: Setting, host: string): Promise<Credentials | undefined> {
  return readCredentials(host, {
    env: setting.env,
    cloud: cloudVariables(setting.env),
    run: setting.run,
    readFile: path => readFile(path, 'utf8'),
    cwd: await setting.directory.empty('credential-helper')
  })
}

/** What the helpers of the clouds read to know who they are. */
function cloudVariables(env: Setting['env']): Record<string, string> {
  const named = Object.entries(env).filter(([name]) => /^(AWS|AZURE|GOOGLE|CLOUDSDK)_/.test(name))
  return Object.fromEntries(named.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

async function writeDockerConfig(setting: Setting, host: string, login: Credentials): Promise<string> {
  const directory = await setting.directory.empty('docker')
  await writeFile(join(directory, 'config.json'), dockerConfig(host, login), { mode: 0o600 })
  return directory
}
