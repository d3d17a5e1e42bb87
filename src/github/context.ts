import { UserError } from '../lib/errors.ts'
import { isObject, type JsonObject, text } from '../lib/json.ts'
import { type PullRequest, readPullRequest } from './pull-request.ts'

/** Who may see the repository; `unknown` where the event does not say (schedule). */
export type Visibility = 'public' | 'private' | 'internal' | 'unknown'

/** What runs, where and for what: everything that GitHub tells a step about its run. */
export interface RunContext {
  /** `push`, `pull_request`, …: GITHUB_EVENT_NAME. */
  readonly event: string
  /** The event's activity (`opened`, `closed`), for events that have one. */
  readonly action?: string
  readonly repository: {
    readonly owner: string
    readonly name: string
    /** `owner/name`. */
    readonly fullName: string
    readonly id?: number
    readonly visibility: Visibility
  }
  /** GITHUB_REF: `refs/heads/main`, `refs/pull/7/merge`; empty for an event without one. */
  readonly ref: string
  /** True when the push deleted `ref`; `sha` is then not what was pushed. */
  readonly refDeleted: boolean
  readonly sha: string
  readonly actor: string
  readonly pullRequest?: PullRequest
  /** The workflow's path in the repository, `.github/workflows/ci.yml`; its name where GitHub does not tell the path. */
  readonly workflowFile: string
  /** The job's key in the workflow. All legs of a matrix have the same. */
  readonly job: string
  readonly runId: number
  /** From 1. */
  readonly runAttempt: number
  /** Link to this attempt of the run. */
  readonly runUrl: string
  readonly serverUrl: string
  readonly apiUrl: string
  /** Absolute path of the checkout. */
  readonly workspace: string
  /** Absolute path of a directory that the runner empties after the job. */
  readonly temp: string
  /** False for GitHub Enterprise Server and for data residency (`*.ghe.com`). */
  readonly onGitHubDotCom: boolean
}

/**
 * What GitHub says of this run, from the variables it sets for every step and from the event's payload.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/variables
 * @param env the step's environment.
 * @param payload the parsed JSON of GITHUB_EVENT_PATH; anything that is not an object counts as an empty one.
 * @throws UserError that names every variable that is missing: the step does not run on a GitHub runner.
 */
export function readContext(env: Readonly<Record<string, string | undefined>>, payload: unknown): RunContext {
  const event = isObject(payload) ? payload : {}
  const variables = required(env)
  const { GITHUB_REPOSITORY: fullName, GITHUB_SERVER_URL: serverUrl, GITHUB_RUN_ID: runId } = variables
  const [owner = '', name = ''] = fullName.split('/')
  const runAttempt = Number(env['GITHUB_RUN_ATTEMPT'] || 1)
  const action = text(event, 'action')
  const repository = isObject(event['repository']) ? event['repository'] : {}
  const id = repositoryId(env, repository)
  const pullRequest = readPullRequest(variables.GITHUB_EVENT_NAME, event, {
    fullName,
    ...(id === undefined ? {} : { id })
  })
  return {
    event: variables.GITHUB_EVENT_NAME,
    ...(action === '' ? {} : { action }),
    repository: { owner, name, fullName, ...(id === undefined ? {} : { id }), visibility: visibilityOf(repository) },
    ref: env['GITHUB_REF'] ?? '',
    refDeleted: event['deleted'] === true,
    sha: variables.GITHUB_SHA,
    actor: env['GITHUB_ACTOR'] ?? '',
    ...(pullRequest === undefined ? {} : { pullRequest }),
    workflowFile: workflowFile(env),
    job: env['GITHUB_JOB'] ?? '',
    runId: Number(runId),
    runAttempt,
    runUrl: `${serverUrl}/${fullName}/actions/runs/${runId}/attempts/${runAttempt}`,
    serverUrl,
    apiUrl: variables.GITHUB_API_URL,
    workspace: variables.GITHUB_WORKSPACE,
    temp: variables.RUNNER_TEMP,
    onGitHubDotCom: URL.canParse(serverUrl) && new URL(serverUrl).hostname === 'github.com'
  }
}

const REQUIRED = [
  'GITHUB_API_URL',
  'GITHUB_EVENT_NAME',
  'GITHUB_REPOSITORY',
  'GITHUB_RUN_ID',
  'GITHUB_SERVER_URL',
  'GITHUB_SHA',
  'GITHUB_WORKSPACE',
  'RUNNER_TEMP'
] as const

function required(env: Readonly<Record<string, string | undefined>>): Record<(typeof REQUIRED)[number], string> {
  const missing = REQUIRED.filter(name => !env[name])
  if (missing.length > 0) {
    throw new UserError(
      `${missing.join(', ')} not set: run this as a step of a GitHub Actions workflow, which sets them`
    )
  }
  const repository = env['GITHUB_REPOSITORY'] ?? ''
  if (!/^[^/\s]+\/[^/\s]+$/.test(repository)) {
    throw new UserError(`GITHUB_REPOSITORY is "${repository}"; it must be owner/name, as GitHub's runner sets it`)
  }
  return Object.fromEntries(REQUIRED.map(name => [name, env[name] ?? ''])) as Record<(typeof REQUIRED)[number], string>
}

function repositoryId(env: Readonly<Record<string, string | undefined>>, repository: JsonObject): number | undefined {
  const id = Number(env['GITHUB_REPOSITORY_ID'] || repository['id'])
  return Number.isSafeInteger(id) && id > 0 ? id : undefined
}

/** `private` alone is not enough where it can be had better: an internal repository is `private: true`, too. */
function visibilityOf(repository: JsonObject): Visibility {
  const { visibility, private: isPrivate } = repository
  if (visibility === 'public' || visibility === 'private' || visibility === 'internal') return visibility
  if (typeof isPrivate !== 'boolean') return 'unknown'
  return isPrivate ? 'private' : 'public'
}

/** From `owner/name/.github/workflows/ci.yml@refs/heads/main`. */
function workflowFile(env: Readonly<Record<string, string | undefined>>): string {
  const path = /^[^/]+\/[^/]+\/([^@]+)@/.exec(env['GITHUB_WORKFLOW_REF'] ?? '')?.[1]
  return path ?? env['GITHUB_WORKFLOW'] ?? ''
}
