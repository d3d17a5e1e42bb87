import { randomInt } from 'node:crypto'
import { numberOf, pullRequestOf, repositoryOf, SHA, type Visibility } from './payloads.ts'

/** The events for which the world knows a payload. */
export const EVENTS = [
  'push',
  'release',
  'workflow_dispatch',
  'schedule',
  'merge_group',
  'pull_request',
  'pull_request_target',
  'workflow_run',
  'issue_comment'
] as const

/** One of EVENTS. */
export type EventName = (typeof EVENTS)[number]

/** What is special about an event; everything has a plain default. */
export interface EventOptions {
  /** `owner/name`; `acme/app` where absent. */
  readonly repository?: string
  /** `public` where absent. */
  readonly visibility?: Visibility
  /** The pull request comes from a fork. */
  readonly fork?: boolean
  /** For push and release: the tag, without `refs/tags/`. A release without it is of `v1.0.0`. */
  readonly tag?: string
  /** `octocat` where absent; `dependabot[bot]` for what Dependabot starts. */
  readonly actor?: string
  /** 7 where absent. */
  readonly pullRequest?: number
  /** The pull request's head commit, where the stand-in's memory or a test needs a certain one. */
  readonly headSha?: string
}

/** What GitHub tells a run about the event that started it. */
export interface Event {
  readonly name: EventName
  readonly repository: string
  readonly actor: string
  /** GITHUB_REF. */
  readonly ref: string
  readonly refType: 'branch' | 'tag'
  /** GITHUB_SHA. */
  readonly sha: string
  /** Empty but on pull requests. */
  readonly headRef: string
  readonly baseRef: string
  /** GITHUB_RUN_ID, different on every call. */
  readonly runId: string
  /** The file at GITHUB_EVENT_PATH. */
  readonly payload: Readonly<Record<string, unknown>>
}

/** An event's own part: what differs from a run on the default branch. */
type Part = Pick<Event, 'payload'> & Partial<Pick<Event, 'ref' | 'refType' | 'sha' | 'headRef' | 'baseRef'>>

/**
 * An event as GitHub hands it to a run.
 * Refs and SHAs: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
 * Payloads: https://docs.github.com/en/webhooks/webhook-events-and-payloads, cut to what a step can use.
 */
export function eventOf(name: EventName, options: EventOptions = {}): Event {
  const repository = options.repository ?? 'acme/app'
  const actor = options.actor ?? 'octocat'
  const part = PARTS[name](options)
  const common = {
    repository: repositoryOf(repository, options.visibility),
    sender: { login: actor, id: numberOf(actor) }
  }
  return {
    name,
    repository,
    actor,
    ref: 'refs/heads/main',
    refType: 'branch',
    sha: SHA.main,
    headRef: '',
    baseRef: '',
    runId: String(nextRunId()),
    ...part,
    payload: { ...part.payload, ...common }
  }
}

let lastRunId = 0

/** Grows with time, as GitHub's do, over all processes that run steps: a comment is not overwritten by a run with a lower one. */
function nextRunId(): number {
  const byTime = (Date.now() - Date.UTC(2026, 0, 1)) * 100 + randomInt(100)
  lastRunId = Math.max(lastRunId + 1, byTime)
  return lastRunId
}

const PARTS: Readonly<Record<EventName, (options: EventOptions) => Part>> = {
  push: ({ tag }) => {
    const ref = tag === undefined ? 'refs/heads/main' : `refs/tags/${tag}`
    const payload = { ref, before: SHA.base, after: SHA.main, deleted: false, head_commit: { id: SHA.main } }
    return { ref, refType: tag === undefined ? 'branch' : 'tag', payload }
  },
  release: ({ tag = 'v1.0.0' }) => ({
    ref: `refs/tags/${tag}`,
    refType: 'tag',
    payload: { action: 'published', release: { id: 1, tag_name: tag, target_commitish: 'main', draft: false } }
  }),
  workflow_dispatch: () => ({ payload: { ref: 'refs/heads/main', inputs: null, workflow: WORKFLOW } }),
  schedule: () => ({ payload: { schedule: '0 4 * * 1', workflow: WORKFLOW } }),
  merge_group: ({ pullRequest = 7 }) => {
    const ref = `refs/heads/gh-readonly-queue/main/pr-${pullRequest}-${SHA.base}`
    const group = { head_sha: SHA.merge, head_ref: ref, base_sha: SHA.base, base_ref: 'refs/heads/main' }
    return { ref, sha: SHA.merge, payload: { action: 'checks_requested', merge_group: group } }
  },
  pull_request: options => {
    const pull = pullRequestOf(options)
    return {
      ref: `refs/pull/${pull.number}/merge`,
      sha: SHA.merge,
      headRef: pull.head.ref,
      baseRef: 'main',
      payload: { action: 'synchronize', number: pull.number, pull_request: pull }
    }
  },
  // Since December 2025 the ref and the SHA are the default branch's.
  pull_request_target: options => {
    const pull = pullRequestOf(options)
    return {
      headRef: pull.head.ref,
      baseRef: 'main',
      payload: { action: 'synchronize', number: pull.number, pull_request: pull }
    }
  },
  workflow_run: options => ({ payload: { action: 'completed', workflow_run: workflowRunOf(options) } }),
  issue_comment: ({ repository = 'acme/app', pullRequest = 7 }) => {
    const url = `https://api.github.com/repos/${repository}/pulls/${pullRequest}`
    const issue = { number: pullRequest, title: 'A change', pull_request: { url } }
    return { payload: { action: 'created', issue, comment: { id: 1, body: '/scan', user: { login: 'octocat' } } } }
  }
}

const WORKFLOW = '.github/workflows/build.yml'

/** The run of the workflow that the pull request started. GitHub lists no pull requests for a fork's. */
function workflowRunOf(options: EventOptions) {
  const pull = pullRequestOf(options)
  const { number, head, base } = pull
  return {
    id: 1,
    event: 'pull_request',
    status: 'completed',
    conclusion: 'success',
    head_branch: head.ref,
    head_sha: head.sha,
    head_repository: head.repo,
    repository: base.repo,
    pull_requests: options.fork ? [] : [{ number, head, base }]
  }
}
