import type { Event } from './events.ts'

/** Where GitHub is for a step. */
export interface GitHubAddress {
  readonly apiUrl: string
  readonly serverUrl: string
}

/** Folders and files of one step, as absolute paths. */
export interface StepFolders {
  readonly home: string
  readonly workspace: string
  readonly temp: string
  readonly toolCache: string
  /** Where the payload and the command files are. */
  readonly files: string
}

/** The command files that a step may write, by the variable that names them. */
export const COMMAND_FILES = [
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STEP_SUMMARY'
] as const

/** The token that `${{ github.token }}` stands for. */
export const TOKEN = 'ghs_worldtoken0123456789abcdefghijklmnop'

const SYSTEM: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }
const MACHINE: Readonly<Record<string, string>> = { x64: 'X64', arm64: 'ARM64' }

/** The workflow that steps belong to, in .github/workflows. */
export const WORKFLOW_FILE = 'build.yml'

/** `INPUT_NAME` for every input: upper case, a blank becomes `_`, a hyphen stays. Source: actions/runner, Handler.cs. */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const variable = (name: string) => `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [variable(name), value]))
}

/**
 * The variables that the runner sets for every step.
 * Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
export function runnerVariables(event: Event, github: GitHubAddress, folders: StepFolders): Record<string, string> {
  return {
    CI: 'true',
    HOME: folders.home,
    LANG: 'C.UTF-8',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    RUNNER_ARCH: MACHINE[process.arch] ?? 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'world',
    RUNNER_OS: SYSTEM[process.platform] ?? 'Linux',
    RUNNER_TEMP: folders.temp,
    RUNNER_TOOL_CACHE: folders.toolCache,
    RUNNER_WORKSPACE: folders.workspace,
    ...githubVariables(event, github),
    GITHUB_EVENT_PATH: `${folders.files}/event.json`,
    GITHUB_WORKSPACE: folders.workspace,
    ...Object.fromEntries(COMMAND_FILES.map(name => [name, `${folders.files}/${name}`]))
  }
}

function githubVariables(event: Event, github: GitHubAddress): Record<string, string> {
  const [owner = ''] = event.repository.split('/')
  const repository = event.payload['repository'] as { id: number; owner: { id: number } }
  return {
    GITHUB_ACTION: '__acme_imgguard-action',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: event.actor,
    GITHUB_TRIGGERING_ACTOR: event.actor,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GRAPHQL_URL: `${github.apiUrl}/graphql`,
    GITHUB_SERVER_URL: github.serverUrl,
    GITHUB_REPOSITORY: event.repository,
    GITHUB_REPOSITORY_ID: String(repository.id),
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_REPOSITORY_OWNER_ID: String(repository.owner.id),
    GITHUB_EVENT_NAME: event.name,
    GITHUB_REF: event.ref,
    GITHUB_REF_NAME: event.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    GITHUB_REF_TYPE: event.refType,
    GITHUB_REF_PROTECTED: 'false',
    GITHUB_SHA: event.sha,
    GITHUB_HEAD_REF: event.headRef,
    GITHUB_BASE_REF: event.baseRef,
    GITHUB_RUN_ID: event.runId,
    GITHUB_RUN_NUMBER: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_WORKFLOW: 'build',
    GITHUB_WORKFLOW_REF: `${event.repository}/.github/workflows/${WORKFLOW_FILE}@${event.ref}`,
    GITHUB_WORKFLOW_SHA: event.sha,
    GITHUB_JOB: 'build'
  }
}
