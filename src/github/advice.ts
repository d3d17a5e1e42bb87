import { isObject, type JsonObject, text } from '../lib/json.ts'

/** What was being done when GitHub refused: decides which permission is named. */
export type Task = 'comment' | 'code scanning' | 'files' | 'alerts' | 'issue'

/** Why something was not done. */
export interface Advice {
  /** A sentence without a full stop. */
  readonly reason: string
  /** YAML or a setting that mends it. */
  readonly remedy?: string
}

/** Where a setting is chosen, and whether the token can be given more rights at all. */
export interface Circumstance {
  /** A run for a fork's pull request: whatever `permissions` says, its token may only read. */
  readonly fromFork: boolean
}

const PERMISSION: Readonly<Record<Task, string>> = {
  comment: 'pull-requests: write',
  'code scanning': 'security-events: write',
  files: 'contents: read',
  alerts: 'security-events: read',
  issue: 'issues: write'
}

const SUBJECT: Readonly<Record<Task, string>> = {
  comment: 'the comment',
  'code scanning': 'the SARIF upload',
  files: 'the files of a commit',
  alerts: 'the code-scanning alerts',
  issue: 'the issue'
}

/**
 * One sentence of advice for an error of GitHub's API.
 * Source of the texts: codeql-action src/api-client.ts and src/upload-lib.ts, https://docs.github.com/rest.
 * @param error whatever the client threw; octokit's RequestError has `status` and `response`.
 * @param task what was being done.
 * @param circumstance of the run, where the caller knows it.
 */
export function explain(error: unknown, task: Task, circumstance: Circumstance = { fromFork: false }): Advice {
  const status = isObject(error) && typeof error['status'] === 'number' ? error['status'] : 0
  const said = sentenceOf(messageIn(error))
  const refused = byMessage(said, task, circumstance) ?? byStatus(status, task)
  const { reason, remedy } = refused
  return {
    reason: said === '' || status === 408 ? reason : `${reason} (GitHub: ${said})`,
    ...(remedy ? { remedy } : {})
  }
}

/** What GitHub's words say more precisely than the status. */
function byMessage(said: string, task: Task, { fromFork }: Circumstance): Advice | undefined {
  if (/resource not accessible by/i.test(said)) return missingPermission(task, fromFork)
  if (
    /(code|advanced) security must be enabled|code scanning is not enabled|not enabled for code scanning/i.test(said)
  ) {
    return {
      reason: 'code scanning is not enabled for this repository',
      remedy: 'enable Code Security in the settings of the repository, or set `code-scanning: never`'
    }
  }
  if (/rate limit/i.test(said))
    return { reason: 'GitHub limits how often this token may ask', remedy: 'run the job again later' }
  if (/issues (has been|are) disabled/i.test(said)) {
    return {
      reason: 'this repository has no issues',
      remedy: 'enable Issues in the settings of the repository, or set `issue: never`'
    }
  }
  if (/issue is locked/i.test(said)) return { reason: 'the conversation of the pull request is locked' }
  if (/archived/i.test(said)) return { reason: 'the repository is archived' }
  if (/ref .* not found in this repository/i.test(said)) return { reason: 'the branch or tag is no longer there' }
  if (/commit not found|no commit found/i.test(said)) return { reason: 'GitHub does not have this commit' }
  if (/body is too long/i.test(said)) return { reason: `${SUBJECT[task]} is too long for this server` }
  return undefined
}

function missingPermission(task: Task, fromFork: boolean): Advice {
  if (fromFork) return { reason: 'the token of a pull request from a fork may only read' }
  return {
    reason: `the token lacks the permission "${PERMISSION[task]}"`,
    remedy: `permissions:\n  ${PERMISSION[task]}`
  }
}

function byStatus(status: number, task: Task): Advice {
  const what = SUBJECT[task]
  switch (status) {
    case 401:
      return { reason: 'the token is not valid', remedy: 'leave `github-token` out, or give it a valid token' }
    case 403:
      return { reason: `GitHub forbids ${what}` }
    case 404:
      return {
        reason: `GitHub shows this token nothing under the address of ${what}`,
        remedy: `permissions:\n  ${[...new Set(['contents: read', PERMISSION[task]])].join('\n  ')}`
      }
    case 408:
      return { reason: 'GitHub did not answer in time' }
    case 413:
      return {
        reason: `${what} is too large`,
        remedy: task === 'comment' ? '' : 'raise `min-severity`, or scan fewer images in one step'
      }
    case 429:
      return { reason: 'GitHub limits how often this token may ask', remedy: 'run the job again later' }
    default:
      return status >= 500 ? { reason: 'GitHub is not available' } : { reason: `GitHub did not take ${what}` }
  }
}

/** GitHub's own words; octokit puts a link to the documentation behind them, which `response` does not have. */
function messageIn(error: unknown): string {
  if (!isObject(error)) return String(error)
  const data = isObject(error['response']) ? error['response']['data'] : undefined
  if (!isObject(data)) return typeof data === 'string' && data !== '' ? '' : text(error, 'message')
  return [text(data, 'message'), ...detailsOf(data)].join(': ')
}

function detailsOf(data: JsonObject): string[] {
  const errors = Array.isArray(data['errors']) ? data['errors'] : []
  const details = errors
    .filter(isObject)
    .map(error => text(error, 'message') || `${text(error, 'field')} ${text(error, 'code')}`.trim())
  return details.filter(detail => detail !== '')
}

const MAX_MESSAGE = 300

/** One line, without a full stop at its end: it stands inside a sentence. */
function sentenceOf(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim().replace(/\.$/, '')
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}…` : line
}
