import type { Reference } from '../image/reference.ts'
import type { ImageSource } from '../image/source.ts'
import { UserError } from '../lib/errors.ts'
import type { Policy } from '../policy/policy.ts'
import { SEVERITIES, type Severity } from '../report/severity.ts'
import { INPUTS } from './defaults.ts'
import { createFields, type Fields, optional, type RawInputs, shown } from './fields.ts'
import { parseBaseline, parseImages, parsePlatforms } from './images.ts'
import { parsePolicy } from './policy.ts'
import { parseSigning, type SigningConfig } from './signing.ts'

/** What is looked for and judged. */
export const JUDGED_SCANNERS = ['vuln', 'secret'] as const
/** What can be looked for; the others are shown only. */
const SCANNERS = [...JUDGED_SCANNERS, 'misconfig', 'license'] as const
/** Kinds of packages that can be looked at. */
export const PKG_TYPES = ['os', 'library'] as const
const COMMENT = ['on-change', 'always', 'on-failure', 'never'] as const
const CODE_SCANNING = ['auto', 'required', 'never'] as const
const SCOPE = ['auto', 'all', 'new'] as const
const REBUILD_ADVICE = ['auto', 'true', 'false'] as const
const ISSUE = ['never', 'on-failure'] as const

/** Reasons for which GitHub lets somebody dismiss an alert. Source: GitHub's OpenAPI description, code-scanning-alert-dismissed-reason. */
const DISMISSALS = ['false positive', "won't fix", 'used in tests'] as const
/** Of those the ones that say that nobody needs to act. */
const DEFAULT_DISMISSALS = ['false positive', "won't fix"] as const

/** What the workflow's author asked for, checked. */
export interface ScanConfig extends SigningConfig {
  readonly images: readonly ImageSource[]
  readonly digest?: string
  readonly policy: Policy
  readonly onFail: 'error' | 'warn'
  /** What to compare with: found by the base branch, nothing, or this reference. */
  readonly baseline: 'auto' | 'none' | Reference
  readonly failOnScope: (typeof SCOPE)[number]
  readonly rebuildAdvice: (typeof REBUILD_ADVICE)[number]
  readonly minSeverity: Severity
  readonly scanners: readonly (typeof SCANNERS)[number][]
  /** Paths relative to the workspace; empty: `.trivyignore` and `.trivyignore.yaml` where they exist. */
  readonly ignoreFiles: readonly string[]
  /** Paths of VEX documents, relative to the workspace. */
  readonly vexFiles: readonly string[]
  readonly ignoreFrom: 'head' | 'base'
  /** Reasons for which a dismissed alert counts as accepted; empty: none does. */
  readonly acceptDismissed: readonly (typeof DISMISSALS)[number][]
  /** URL, or path relative to the workspace, of a KEV catalogue. */
  readonly knownExploited?: string
  readonly skipDirs: readonly string[]
  readonly skipFiles: readonly string[]
  readonly pkgTypes: readonly (typeof PKG_TYPES)[number][]
  readonly secretConfig?: string
  /** Path relative to the workspace; absent: `Dockerfile` where it exists. */
  readonly dockerfile?: string
  readonly platforms: 'all' | readonly string[]
  readonly comment: (typeof COMMENT)[number]
  readonly commentKey?: string
  readonly issue: (typeof ISSUE)[number]
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
  const config: ScanConfig = {
    ...parseImages(fields),
    ...parseSigning(fields, raw),
    policy: parsePolicy(fields),
    onFail: fields.choice('on-fail', ['error', 'warn']),
    baseline: parseBaseline(fields),
    failOnScope: fields.choice('fail-on-scope', SCOPE),
    rebuildAdvice: fields.choice('rebuild-advice', REBUILD_ADVICE),
    minSeverity: fields.choice('min-severity', SEVERITIES),
    scanners: required(fields, 'scanners', fields.choices('scanners', SCANNERS)),
    ignoreFiles: fields.list('ignore-file'),
    vexFiles: fields.list('vex'),
    ignoreFrom: fields.choice('ignore-from', ['head', 'base']),
    acceptDismissed: parseDismissals(fields),
    ...optional('knownExploited', fields.text('known-exploited')),
    skipDirs: fields.list('skip-dirs'),
    skipFiles: fields.list('skip-files'),
    pkgTypes: required(fields, 'pkg-types', fields.choices('pkg-types', PKG_TYPES)),
    ...optional('secretConfig', fields.text('secret-config')),
    ...optional('dockerfile', fields.text('dockerfile')),
    platforms: parsePlatforms(fields),
    comment: fields.choice('comment', COMMENT),
    ...optional('commentKey', fields.text('comment-key')),
    issue: fields.choice('issue', ISSUE),
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
  rejectContradictions(fields, config)
  refuse(fields.problems)
  return config
}

function rejectContradictions(fields: Fields, config: ScanConfig): void {
  const { policy, scanners, baseline, failOnScope, knownExploited, attest } = config
  if (scanners.length > 0 && !scanners.some(scanner => scanner === 'vuln' || scanner === 'secret'))
    fields.reject(`scanners has neither vuln nor secret, so that nothing would be judged; add one of them`)
  if (attest.includes('vuln') && !scanners.includes('vuln'))
    fields.reject('attest has vuln, but scanners has not, so that there is nothing to attest; add vuln to scanners')
  if (policy.failOnKnownExploited && knownExploited === undefined)
    fields.reject(
      'fail-on-known-exploited needs the catalogue: give known-exploited, such as https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json'
    )
  if (failOnScope === 'new' && baseline === 'none')
    fields.reject('fail-on-scope is new, but baseline is none; give a baseline, or set fail-on-scope: all')
}

/** `true`, `false`, or a list of GitHub's reasons. */
function parseDismissals(fields: Fields): ScanConfig['acceptDismissed'] {
  const entries = fields.list('accept-dismissed').map(entry => entry.toLowerCase())
  if (entries.length === 0 || (entries.length === 1 && entries[0] === 'false')) return []
  if (entries.length === 1 && entries[0] === 'true') return DEFAULT_DISMISSALS
  return entries.flatMap(entry => {
    const reason = DISMISSALS.find(known => known === entry)
    if (reason !== undefined) return [reason]
    fields.reject(
      `accept-dismissed has "${shown(entry)}"; it is true, false, or a list of ${DISMISSALS.join(', ')}, as GitHub names the reasons`
    )
    return []
  })
}

/** `registry-username` and `registry-password`: both or neither. */
export function parseRegistry(fields: Fields): Pick<ScanConfig, 'registry'> {
  const username = fields.text('registry-username')
  const password = fields.text('registry-password')
  if (username !== undefined && password !== undefined) return { registry: { username, password } }
  if (username !== undefined)
    fields.reject('registry-username is given without registry-password; give both or neither')
  if (password !== undefined)
    fields.reject('registry-password is given without registry-username; give both or neither')
  return {}
}

/** A base URL, with a slash at its end; a problem when it is none or holds what a log must not have. */
export function parseUrl(fields: Fields, name: string): string | undefined {
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

/** @throws UserError with every problem, one a line, if there is any. */
export function refuse(problems: readonly string[]): void {
  if (problems.length === 1) throw new UserError(`${problems[0]}`)
  if (problems.length > 1)
    throw new UserError(
      `${problems.length} inputs cannot be used:\n${problems.map(problem => `- ${problem}.`).join('\n')}`
    )
}
