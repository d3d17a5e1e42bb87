import { isObject, type JsonObject, text } from '../lib/json.ts'

/** The pull request that an event is about. What an event does not tell is absent. */
export interface PullRequest {
  readonly number: number
  /** Login of who opened it. */
  readonly author?: string
  readonly headSha?: string
  /** Branch name without `refs/heads/`; in a fork it says nothing about our branches. */
  readonly headRef?: string
  readonly baseRef?: string
  readonly baseSha?: string
  /** True when the head is in another repository, and also when the event does not tell: a fork is trusted least. */
  readonly fromFork: boolean
}

/**
 * The pull request that the payload names, or none. merge_group counts as none: its branch belongs to the queue.
 * @param event name of the event.
 * @param payload its payload.
 * @param own the repository that runs the workflow.
 */
export function readPullRequest(
  event: string,
  payload: JsonObject,
  own: { fullName: string; id?: number }
): PullRequest | undefined {
  if (isObject(payload['pull_request'])) return fromPullRequest(payload['pull_request'], own)
  if (event === 'issue_comment') return fromIssue(payload['issue'])
  if (event === 'workflow_run') return fromWorkflowRun(payload['workflow_run'], own)
  return undefined
}

function fromPullRequest(pull: JsonObject, own: { fullName: string; id?: number }): PullRequest | undefined {
  const number = numberOf(pull)
  if (number === undefined) return undefined
  const head = isObject(pull['head']) ? pull['head'] : {}
  const base = isObject(pull['base']) ? pull['base'] : {}
  const parts = {
    author: loginOf(pull),
    headSha: text(head, 'sha'),
    headRef: text(head, 'ref'),
    baseRef: text(base, 'ref'),
    baseSha: text(base, 'sha')
  }
  const known = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ''))
  return { number, ...known, fromFork: !isSameRepository(head['repo'], own) }
}

/**
 * Compares ids, and names where there are none. `head.repo` is null when the fork was deleted. `head.repo.fork` is no help:
 * it is true for a branch of this repository, too, when this repository is itself a fork.
 */
function isSameRepository(repo: unknown, own: { fullName: string; id?: number }): boolean {
  if (!isObject(repo)) return false
  if (typeof repo['id'] === 'number' && own.id !== undefined) return repo['id'] === own.id
  return text(repo, 'full_name').toLowerCase() === own.fullName.toLowerCase()
}

/** The payload of issue_comment names no commit and no repository of the head. */
function fromIssue(issue: unknown): PullRequest | undefined {
  if (!isObject(issue) || !isObject(issue['pull_request'])) return undefined
  const number = numberOf(issue)
  const author = loginOf(issue)
  return number === undefined ? undefined : { number, ...(author === '' ? {} : { author }), fromFork: true }
}

/**
 * The list is empty for forks, and may name several for one branch. Only a single one whose head is still the commit of that
 * run counts: a comment about another commit would mislead.
 */
function fromWorkflowRun(run: unknown, own: { fullName: string; id?: number }): PullRequest | undefined {
  if (!isObject(run) || !Array.isArray(run['pull_requests']) || run['pull_requests'].length !== 1) return undefined
  const [pull] = run['pull_requests']
  const found = isObject(pull) ? fromPullRequest(pull, own) : undefined
  return found?.headSha !== undefined && found.headSha === text(run, 'head_sha') ? found : undefined
}

function loginOf({ user }: JsonObject): string {
  return isObject(user) ? text(user, 'login') : ''
}

function numberOf(object: JsonObject): number | undefined {
  const number = object['number']
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined
}
