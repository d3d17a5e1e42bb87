import { asArray, asObject, isObject, type JsonObject, text } from '../../src/lib/json.ts'
import type { Answer } from './answer.ts'
import { newComment } from './comments.ts'
import type { Rule } from './faults.ts'
import { type NewIssue, newIssue } from './issues.ts'
import { type Alert, type Files, type Memory, NO_REPOSITORY, type Repository, type Settings } from './memory.ts'
import { DEFAULT_BRANCH } from './shapes.ts'

/** Everything that a test may look at, as `GET /_world/repos/{owner}/{repo}` answers it. */
export type State = Pick<Repository, 'comments' | 'uploads' | 'issues' | 'requests' | 'invalid' | 'settings'>

/** An alert to plant: the rule, and what is not as in an open one of ours on the default branch. */
export type PlantedAlert = Pick<Alert, 'rule'> & Partial<Alert>

/**
 * Answers the paths under `/_world`, which GitHub does not have. Tests in other processes steer the stand-in by them:
 * - `GET  …`          → the State.
 * - `POST …/faults`   a list of Rules, in place of those before.
 * - `POST …/settings` some Settings.
 * - `POST …/comments` `{issueNumber, author, body}`: a comment that somebody else wrote.
 * - `POST …/issues`   a NewIssue, which somebody else opened; with `pullRequest` it is a pull request.
 * - `POST …/alerts`   a list of PlantedAlerts, in place of those before.
 * - `POST …/files`    `{ref, files}`: what a commit or branch holds, contents by path, in place of what it held.
 * where `…` is `/_world/repos/{owner}/{repo}`, or `/_world` for requests that belong to no repository (GraphQL).
 * @throws TypeError for a body of another shape.
 */
export function answerControl(memory: Memory, method: string, path: string, body: unknown): Answer {
  const match = /^\/_world(?:\/repos\/([^/]+\/[^/]+))?(?:\/([a-z]+))?$/.exec(path)
  if (match === null) return { status: 404, body: { message: `no control ${path}` } }
  const repository = memory.repository(match[1] ?? NO_REPOSITORY)
  if (method === 'GET' && match[2] === undefined) return { status: 200, body: stateOf(repository) }
  if (method !== 'POST') return { status: 405, body: { message: `no control ${method} ${path}` } }
  const control = CONTROLS[match[2] ?? '']
  if (control === undefined) return { status: 404, body: { message: `no control ${method} ${path}` } }
  return { status: 200, body: control(repository, body, memory) ?? {} }
}

/** What a POST does, by the last part of its path, and what it answers. */
const CONTROLS: Readonly<Record<string, (repository: Repository, body: unknown, memory: Memory) => unknown>> = {
  faults: ({ faults }, body) => replace(faults, asArray(body, 'faults').map(asRule)),
  settings: ({ settings }, body) => void Object.assign(settings, asObject(body, 'settings') as Partial<Settings>),
  comments: (repository, body, memory) => plantComment(memory, repository, asObject(body, 'comment')),
  issues: (repository, body) => newIssue(repository, asObject(body, 'issue') as unknown as NewIssue),
  alerts: ({ alerts }, body) => replace(alerts, asArray(body, 'alerts').map(asAlert)),
  files: (repository, body) => setFiles(repository, asObject(body, 'body'))
}

function stateOf({ comments, uploads, issues, requests, invalid, settings }: Repository): State {
  return { comments, uploads, issues, requests, invalid, settings }
}

function replace<T>(list: T[], by: readonly T[]): void {
  list.splice(0, Number.POSITIVE_INFINITY, ...by)
}

function plantComment(memory: Memory, repository: Repository, planted: JsonObject): unknown {
  return newComment(memory, repository, Number(planted['issueNumber']), text(planted, 'author'), text(planted, 'body'))
}

function setFiles(repository: Repository, body: JsonObject): void {
  repository.files[text(body, 'ref')] = asObject(body['files'], 'files') as Files
}

const RULE_KEYS = ['method', 'path', 'status', 'body', 'headers', 'times', 'delayMs', 'hang']

function asRule(value: unknown): Rule {
  const unknown = isObject(value) ? Object.keys(value).filter(key => !RULE_KEYS.includes(key)) : ['all of it']
  if (unknown.length > 0) throw new TypeError(`faults: unknown ${unknown.join(', ')}`)
  return asObject(value, 'fault') as Rule
}

function asAlert(value: unknown, index: number): Alert {
  const planted = asObject(value, 'alert') as unknown as PlantedAlert
  return {
    number: index + 1,
    tool: 'imgguard',
    category: '',
    ref: `refs/heads/${DEFAULT_BRANCH}`,
    commitSha: '0'.repeat(40),
    path: 'Dockerfile',
    line: 1,
    createdAt: new Date().toISOString(),
    state: planted.dismissed === undefined ? 'open' : 'dismissed',
    ...planted
  }
}
