import { asArray, asObject, isObject, text } from '../../src/lib/json.ts'
import type { Answer } from './answer.ts'
import type { Rule } from './faults.ts'
import { type Memory, NO_REPOSITORY, type Repository, type Settings } from './memory.ts'
import { newComment } from './operations.ts'

/** Everything that a test may look at, as `GET /_world/repos/{owner}/{repo}` answers it. */
export type State = Pick<Repository, 'comments' | 'uploads' | 'requests' | 'invalid' | 'settings'>

/**
 * Answers the paths under `/_world`, which GitHub does not have. Tests in other processes steer the stand-in by them:
 * - `GET  …`          → the State.
 * - `POST …/faults`   a list of Rules, in place of those before.
 * - `POST …/settings` some Settings.
 * - `POST …/comments` `{issueNumber, author, body}`: a comment that somebody else wrote.
 * where `…` is `/_world/repos/{owner}/{repo}`, or `/_world` for requests that belong to no repository (GraphQL).
 * @throws TypeError for a body of another shape.
 */
export function answerControl(memory: Memory, method: string, path: string, body: unknown): Answer {
  const match = /^\/_world(?:\/repos\/([^/]+\/[^/]+))?(?:\/(faults|settings|comments))?$/.exec(path)
  if (match === null) return { status: 404, body: { message: `no control ${path}` } }
  const repository = memory.repository(match[1] ?? NO_REPOSITORY)
  if (method === 'GET' && match[2] === undefined) return { status: 200, body: stateOf(repository) }
  if (method !== 'POST') return { status: 405, body: { message: `no control ${method} ${path}` } }
  if (match[2] === 'faults')
    repository.faults.splice(0, Number.POSITIVE_INFINITY, ...asArray(body, 'faults').map(asRule))
  else if (match[2] === 'settings') Object.assign(repository.settings, asObject(body, 'settings') as Partial<Settings>)
  else if (match[2] === 'comments') return { status: 201, body: plantComment(memory, repository, body) }
  else return { status: 404, body: { message: `no control ${method} ${path}` } }
  return { status: 200, body: {} }
}

function stateOf({ comments, uploads, requests, invalid, settings }: Repository): State {
  return { comments, uploads, requests, invalid, settings }
}

function plantComment(memory: Memory, repository: Repository, body: unknown): unknown {
  const planted = asObject(body, 'comment')
  return newComment(memory, repository, Number(planted['issueNumber']), text(planted, 'author'), text(planted, 'body'))
}

const RULE_KEYS = ['method', 'path', 'status', 'body', 'headers', 'times', 'delayMs', 'hang']

function asRule(value: unknown): Rule {
  const unknown = isObject(value) ? Object.keys(value).filter(key => !RULE_KEYS.includes(key)) : ['all of it']
  if (unknown.length > 0) throw new TypeError(`faults: unknown ${unknown.join(', ')}`)
  return asObject(value, 'fault') as Rule
}
