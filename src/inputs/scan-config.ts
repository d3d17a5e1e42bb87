import { parseDigest } from '../image/reference.ts'
import { type ImageSource, parseImageSource } from '../image/source.ts'
import { UserError } from '../lib/errors.ts'
import type { Policy } from '../policy/policy.ts'
import { SEVERITIES, type Severity } from '../report/severity.ts'
import { INPUTS } from './defaults.ts'
import { createFields, type Fields, type RawInputs, shown } from './fields.ts'
import { recogniseKey } from './key.ts'

/** Events on which a key may be used at all; what each of them allows is in github/abilities.ts. */
const SIGN_ON = ['push', 'release', 'workflow_dispatch', 'schedule', 'merge_group', 'pull_request'] as const

const SIGN = ['passing', 'always', 'never'] as const
const FORMATS = ['auto', 'bundle', 'legacy', 'both'] as const
const LOG = ['auto', 'true', 'false'] as const
const THRESHOLDS = [...SEVERITIES, 'none'] as const
/** What can be looked for. */
export const SCANNERS = ['vuln', 'secret'] as const
/** Kinds of packages that can be looked at. */
export const PKG_TYPES = ['os', 'library'] as const
const COMMENT = ['on-change', 'always', 'on-failure', 'never'] as const
const CODE_SCANNING = ['auto', 'required', 'never'] as const

/** Annotations that are always ours. */
const OWN_ANNOTATIONS = ['repository', 'revision', 'ref', 'event', 'run']

/** What the workflow's author asked for, checked. */
export interface ScanConfig {
  readonly images: readonly ImageSource[]
  readonly digest?: string
  /** The private key's PEM; absent when none was given. */
  readonly key?: string
  readonly password: string
  readonly sign: (typeof SIGN)[number]
  readonly signOn: readonly string[]
  readonly signatureFormat: (typeof FORMATS)[number]
  readonly transparencyLog: (typeof LOG)[number]
  readonly annotations: Readonly<Record<string, string>>
  readonly policy: Policy
  readonly onFail: 'error' | 'warn'
  readonly minSeverity: Severity
  readonly scanners: readonly (typeof SCANNERS)[number][]
  /** Paths relative to the workspace; empty: `.trivyignore` and `.trivyignore.yaml` where they exist. */
  readonly ignoreFiles: readonly string[]
  readonly skipDirs: readonly string[]
  readonly skipFiles: readonly string[]
  readonly pkgTypes: readonly (typeof PKG_TYPES)[number][]
  readonly secretConfig?: string
  readonly platforms: 'all' | readonly string[]
  readonly comment: (typeof COMMENT)[number]
  readonly commentKey?: string
  readonly codeScanning: (typeof CODE_SCANNING)[number]
  readonly category?: string
  readonly name?: string
  readonly githubToken: string
  readonly registry?: { readonly username: string; readonly password: string }
  readonly dbRepositories: readonly string[]
  readonly javaDbRepositories: readonly string[]
  readonly toolsMirror?: string
  /** A path relative to the workspace, or the JSON itself. */
  readonly toolsManifest?: string
  readonly timeoutMs: number
}

/**
 * Checks all inputs.
 * @throws UserError with every problem, one a line.
 */
export function parseScanConfig(raw: RawInputs): ScanConfig {
  const fields = createFields(raw, INPUTS)
  const key = parseKey(fields)
  const config: ScanConfig = {
    ...parseImages(fields),
    ...optional('key', key),
    // A password may begin and end in anything but a line break, which files that it was read from have.
    password: (raw['cosign-password'] ?? '').replace(/[\r\n]+$/, ''),
    sign: fields.choice('sign', SIGN),
    signOn: fields.choices('sign-on', SIGN_ON),
    signatureFormat: fields.choice('signature-format', FORMATS),
    transparencyLog: fields.choice('transparency-log', LOG),
    annotations: parseAnnotations(fields, raw['annotations'] ?? ''),
    policy: parsePolicy(fields),
    onFail: fields.choice('on-fail', ['error', 'warn']),
    minSeverity: fields.choice('min-severity', SEVERITIES),
    scanners: required(fields, 'scanners', fields.choices('scanners', SCANNERS)),
    ignoreFiles: fields.list('ignore-file'),
    skipDirs: fields.list('skip-dirs'),
    skipFiles: fields.list('skip-files'),
    pkgTypes: required(fields, 'pkg-types', fields.choices('pkg-types', PKG_TYPES)),
    ...optional('secretConfig', fields.text('secret-config')),
    platforms: parsePlatforms(fields),
    comment: fields.choice('comment', COMMENT),
    ...optional('commentKey', fields.text('comment-key')),
    codeScanning: fields.choice('code-scanning', CODE_SCANNING),
    ...optional('category', fields.text('category')),
    ...optional('name', fields.text('name')),
    githubToken: fields.text('github-token') ?? '',
    ...parseRegistry(fields),
    dbRepositories: required(fields, 'db-repositories', fields.list('db-repositories')),
    javaDbRepositories: required(fields, 'java-db-repositories', fields.list('java-db-repositories')),
    ...optional('toolsMirror', parseUrl(fields, 'tools-mirror')),
    ...optional('toolsManifest', fields.text('tools-manifest')),
    timeoutMs: fields.duration('timeout')
  }
  refuse(fields.problems)
  return config
}

function parsePolicy(fields: Fields): Policy {
  return {
    failOn: fields.choice('fail-on', THRESHOLDS),
    ignoreUnfixed: fields.boolean('ignore-unfixed'),
    failOnSecret: fields.choice('fail-on-secret', THRESHOLDS),
    failOnEol: fields.boolean('fail-on-eol'),
    failOnUnrecognised: fields.boolean('fail-on-unrecognised')
  }
}

function parseImages(fields: Fields): Pick<ScanConfig, 'images' | 'digest'> {
  const entries = [...new Set(fields.list('image'))]
  if (entries.length === 0)
    fields.reject(
      `image is empty; give the reference that was pushed, such as ghcr.io/acme/app@\${{ steps.build.outputs.digest }}`
    )
  const images = entries.flatMap(entry => attempt(fields, 'image', () => parseImageSource(entry)))
  const given = fields.text('digest')
  const digest = given === undefined ? undefined : attempt(fields, 'digest', () => parseDigest(given))[0]
  for (const image of images) {
    if (digest === undefined || image.kind !== 'registry') continue
    if ((image.reference.digest ?? digest) !== digest)
      fields.reject(`digest is ${digest}, but image has another one: ${image.reference.digest}; remove one of them`)
  }
  if (digest !== undefined && images.some(image => image.kind === 'docker-archive' || image.kind === 'docker-daemon'))
    fields.reject('digest cannot be checked for a docker-archive or docker-daemon image, which has none; remove it')
  return { images, ...optional('digest', digest) }
}

function parseKey(fields: Fields): string | undefined {
  const given = fields.text('cosign-key')
  if (given === undefined) return undefined
  const shape = recogniseKey(given)
  if ('pem' in shape) return shape.pem
  fields.reject(shape.problem)
  return undefined
}

function parseAnnotations(fields: Fields, given: string): Record<string, string> {
  const annotations: Record<string, string> = {}
  for (const line of given.split('\n').map(entry => entry.trim())) {
    if (line === '') continue
    const [, key = '', value = ''] = /^([A-Za-z0-9][A-Za-z0-9._/-]*)=(.*)$/.exec(line) ?? []
    if (key === '')
      fields.reject(
        `annotations has the line "${shown(line)}"; each line is key=value, the key of letters, digits and . _ / -`
      )
    else if (OWN_ANNOTATIONS.includes(key))
      fields.reject(`annotations sets "${key}", which is always set from the workflow run; choose another key`)
    else if (Object.hasOwn(annotations, key)) fields.reject(`annotations sets "${key}" twice; remove one of the lines`)
    else annotations[key] = value
  }
  return annotations
}

function parsePlatforms(fields: Fields): 'all' | readonly string[] {
  const platforms = fields.list('platforms')
  if (platforms.length === 1 && platforms[0] === 'all') return 'all'
  for (const platform of platforms) {
    if (!/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/.test(platform))
      fields.reject(`platforms has "${shown(platform)}"; it is all, or a list such as linux/amd64,linux/arm64`)
  }
  return platforms
}

function parseRegistry(fields: Fields): Pick<ScanConfig, 'registry'> {
  const username = fields.text('registry-username')
  const password = fields.text('registry-password')
  if (username !== undefined && password !== undefined) return { registry: { username, password } }
  if (username !== undefined)
    fields.reject('registry-username is given without registry-password; give both or neither')
  if (password !== undefined)
    fields.reject('registry-password is given without registry-username; give both or neither')
  return {}
}

function parseUrl(fields: Fields, name: string): string | undefined {
  const given = fields.text(name)
  if (given === undefined) return undefined
  const url = URL.parse(given)
  if (url === null || !/^https?:$/.test(url.protocol))
    fields.reject(`${name} is "${shown(given.replace(/\/\/.*@/, '//…@'))}"; it is a URL that begins with https://`)
  // They would be in the log, and a query would swallow the file's name.
  else if (url.username || url.password || url.search || url.hash)
    fields.reject(`${name} has a user name, password, query or fragment in its URL; leave them out`)
  return given.endsWith('/') ? given : `${given}/`
}

function required<T>(fields: Fields, name: string, list: readonly T[]): readonly T[] {
  if (list.length === 0 && fields.problems.every(problem => !problem.startsWith(name)))
    fields.reject(`${name} is empty`)
  return list
}

/** The result of `parse`, or nothing and its UserError's text as a problem. */
function attempt<T>(fields: Fields, name: string, parse: () => T): T[] {
  try {
    return [parse()]
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    fields.reject(`${name}: ${error.message}`)
    return []
  }
}

function optional<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V })
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 1) throw new UserError(`${problems[0]}`)
  if (problems.length > 1)
    throw new UserError(
      `${problems.length} inputs cannot be used:\n${problems.map(problem => `- ${problem}.`).join('\n')}`
    )
}
