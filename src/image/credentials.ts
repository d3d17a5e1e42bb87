import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { messageOf, ToolError } from '../lib/errors.ts'
import { asObject, isObject, type JsonObject, text } from '../lib/json.ts'
import type { Run } from '../process/command.ts'
import { COMMON_VARIABLES, only } from '../process/environment.ts'
import { DOCKER_HUB, DOCKER_HUB_HOSTS } from './reference.ts'

/** How to log in to one registry. */
export type Credentials = { readonly username: string; readonly password: string } | { readonly identityToken: string }

/** What reading credentials may touch. */
export interface CredentialSources {
  /** The step's environment: says where the docker config and the helpers are. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Variables that a cloud's helper needs (AWS_…, GOOGLE_…), chosen by the caller; none of them may be a secret of ours. */
  readonly cloud?: Readonly<Record<string, string>>
  readonly run: Run
  /** The text of a file; a missing one throws with the code ENOENT. */
  readonly readFile: (path: string) => Promise<string>
  /** An empty directory of ours, in which a helper runs. */
  readonly cwd: string
}

/** What a credential helper gets of the step's environment. */
const HELPER_VARIABLES = [
  ...COMMON_VARIABLES,
  'PATH',
  'HOME',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'DOCKER_CONFIG',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS'
]
const HELPER_TIMEOUT_MS = 30_000
/** Docker Hub's key in docker's config file, and what its helpers are asked for. */
const HUB_KEY = 'https://index.docker.io/v1/'

/**
 * The credentials that `docker login` or a credential helper has for a registry, looked up as go-containerregistry does (authn/keychain.go).
 * A helper is run here, without any key in its environment, so that no tool has to.
 * @param host `ghcr.io`, `127.0.0.1:5000`, `index.docker.io`: only an entry for this very host counts.
 * @returns undefined when there are none, which means anonymous.
 * @throws ToolError when a config file or a helper is broken: then anonymous would be a guess.
 */
export async function readCredentials(host: string, sources: CredentialSources): Promise<Credentials | undefined> {
  const config = await readConfig(sources)
  if (config === undefined) return undefined
  const helpers = isObject(config['credHelpers']) ? config['credHelpers'] : {}
  const helper =
    namesOf(host)
      .map(name => text(helpers, name))
      .find(Boolean) ?? text(config, 'credsStore')
  const fromHelper = helper ? await askHelper(helper, host, sources) : undefined
  return fromHelper ?? entryOf(config, host)
}

/**
 * A docker config with the credentials of these registries and no helper, for cosign's and Trivy's DOCKER_CONFIG.
 * @param logins by host.
 * @returns JSON text; it holds secrets, so the file's mode is 0600.
 */
export function dockerConfig(logins: ReadonlyMap<string, Credentials>): string {
  const auths = [...logins].map(([host, login]) => [serverOf(host), entryFor(login)] as const)
  return `${JSON.stringify({ auths: Object.fromEntries(auths) })}\n`
}

function entryFor(login: Credentials): object {
  return 'identityToken' in login
    ? { identitytoken: login.identityToken }
    : { auth: Buffer.from(`${login.username}:${login.password}`).toString('base64') }
}

async function readConfig({ env, readFile }: CredentialSources): Promise<JsonObject | undefined> {
  const home = env['HOME'] ?? env['USERPROFILE']
  const docker = env['DOCKER_CONFIG'] || (home && join(home, '.docker'))
  const runtime = env['XDG_RUNTIME_DIR']
  const candidates = [
    docker && join(docker, 'config.json'),
    env['REGISTRY_AUTH_FILE'],
    runtime && join(runtime, 'containers', 'auth.json')
  ]
  for (const path of candidates) {
    if (!path) continue
    try {
      return asObject(JSON.parse(await readFile(path)), path)
    } catch (error) {
      if (isObject(error) && error['code'] === 'ENOENT') continue
      // The parser's message quotes the file, which holds passwords.
      const reason = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error)
      throw new ToolError(`the docker config ${path} cannot be read: ${reason}`, {
        remedy: 'Log in again with docker/login-action.'
      })
    }
  }
  return undefined
}

function entryOf(config: JsonObject, host: string): Credentials | undefined {
  const auths = isObject(config['auths']) ? config['auths'] : {}
  const names = namesOf(host)
  const key =
    names.find(name => isObject(auths[name])) ?? Object.keys(auths).find(key => names.includes(hostOfKey(key)))
  const entry = key === undefined ? undefined : auths[key]
  if (!isObject(entry)) return undefined
  if (text(entry, 'identitytoken')) return { identityToken: text(entry, 'identitytoken') }
  if (text(entry, 'username')) return { username: text(entry, 'username'), password: text(entry, 'password') }
  const [, username, password] =
    /^([^:]+):(.*)$/s.exec(Buffer.from(text(entry, 'auth'), 'base64').toString('utf8')) ?? []
  return username === undefined || password === undefined
    ? undefined
    : { username, password: password.replace(/\0+$/, '') }
}

async function askHelper(name: string, host: string, sources: CredentialSources): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`
  const fail = (reason: string, cause?: unknown) =>
    new ToolError(`the credential helper ${program}, which the docker config names for ${host}, ${reason}`, {
      cause,
      remedy: 'Mend it, log in with docker/login-action, or set registry-username and registry-password.'
    })
  const file = /^[A-Za-z0-9._-]+$/.test(name) ? await findProgram(program, sources.env) : undefined
  if (file === undefined) throw fail('is not on PATH')
  const { exitCode, stdout } = await sources
    .run({
      file,
      args: ['get'],
      input: serverOf(host),
      env: { ...only(sources.env, HELPER_VARIABLES), ...sources.cloud },
      cwd: sources.cwd,
      timeoutMs: HELPER_TIMEOUT_MS,
      expected: [0, 1]
    })
    .catch(error => {
      throw fail('failed', error)
    })
  // Helpers say on standard output that they have none: docker-credential-helpers, credentials/error.go.
  if (exitCode !== 0 && /credentials not found/i.test(stdout)) return undefined
  if (exitCode !== 0) throw fail('failed with exit code 1')
  return parseHelperAnswer(stdout) ?? Promise.reject(fail('gave an answer without user name and secret'))
}

function parseHelperAnswer(stdout: string): Credentials | undefined {
  let answer: unknown
  try {
    answer = JSON.parse(stdout)
  } catch {
    return undefined
  }
  if (!isObject(answer) || !text(answer, 'Secret')) return undefined
  const username = text(answer, 'Username')
  if (username === '<token>') return { identityToken: text(answer, 'Secret') }
  return username ? { username, password: text(answer, 'Secret') } : undefined
}

async function findProgram(name: string, env: CredentialSources['env']): Promise<string | undefined> {
  const directories = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(isAbsolute)
  for (const directory of directories) {
    for (const file of [join(directory, name), join(directory, `${name}.exe`)]) {
      if (
        await access(file, constants.X_OK).then(
          () => true,
          () => false
        )
      )
        return file
    }
  }
  return undefined
}

/** What the login of a registry may be found under: `docker login` keeps the name that it was given. */
function namesOf(host: string): string[] {
  if (host === DOCKER_HUB) return [HUB_KEY, ...DOCKER_HUB_HOSTS]
  return /:\d+$/.test(host) ? [host] : [host, `${host}:443`]
}

function serverOf(host: string): string {
  return host === DOCKER_HUB ? HUB_KEY : host
}

/** `https://ghcr.io/v2/` as `ghcr.io`; a key with another path is for a part of a registry only, and stays as it is. */
function hostOfKey(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '')
}
