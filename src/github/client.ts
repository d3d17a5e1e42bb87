import { getOctokit } from '@actions/github'
import { retry } from '@octokit/plugin-retry'
import { messageOf, UserError } from '../lib/errors.ts'
import { asString, isObject } from '../lib/json.ts'
import { type Analysis, analysesAmong, noneYet } from './analyses.ts'
import type { Visibility } from './context.ts'
import { type DismissedAlert, dismissedAmong } from './dismissed-alerts.ts'
import { limits } from './limits.ts'
import { viewerLogin } from './viewer.ts'

/** A comment on a pull request. */
export interface Comment {
  readonly id: number
  readonly body: string
  /** Login of its author, empty where the account is gone. */
  readonly author: string
  readonly url: string
}

/** An issue. */
export interface Issue {
  readonly number: number
  readonly title: string
  readonly body: string
  /** Login of its author, empty where the account is gone. */
  readonly author: string
  readonly open: boolean
  readonly url: string
}

/** What is to become of an issue; what is absent stays as it is. */
export interface IssueChange {
  readonly title?: string
  readonly body?: string
  /** `completed`: closed, since there is nothing left to do. `not_planned`: closed for another reason. */
  readonly state?: 'open' | 'completed' | 'not_planned'
}

/** One SARIF upload, in the words of GitHub's API (code-scanning/upload-sarif). */
export interface SarifUpload {
  readonly ref: string
  readonly commitSha: string
  /** base64 of the gzipped JSON. */
  readonly sarif: string
  readonly toolName: string
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly startedAt: string
  /** `file:` URI of the checkout, by which absolute locations become relative. */
  readonly checkoutUri?: string
}

/** What became of a SARIF upload. */
export interface SarifStatus {
  readonly state: 'pending' | 'complete' | 'failed'
  readonly errors: readonly string[]
}

/** What the action asks of GitHub. Every method rejects with octokit's RequestError, which `explain` turns into advice. */
export interface GitHubClient {
  /** All comments of a pull request, oldest first. */
  listComments(pullRequest: number): Promise<readonly Comment[]>
  getComment(id: number): Promise<Comment>
  /** Is never tried again after a failure of the server: it may have made the comment before it failed. */
  createComment(pullRequest: number, body: string): Promise<Comment>
  updateComment(id: number, body: string): Promise<Comment>
  /** The issues that somebody opened, open and closed, those that changed last first; at most a thousand. */
  listIssues(author: string): Promise<readonly Issue[]>
  getIssue(number: number): Promise<Issue>
  /** Is never tried again after a failure of the server, as `createComment`. */
  createIssue(title: string, body: string): Promise<Issue>
  updateIssue(number: number, change: IssueChange): Promise<Issue>
  /** Login of the token's owner, as it stands at its comments. */
  viewerLogin(): Promise<string>
  visibility(): Promise<Visibility>
  /** Returns the upload's id. */
  uploadSarif(upload: SarifUpload): Promise<string>
  sarifStatus(id: string): Promise<SarifStatus>
  /** Name of the default branch, without `refs/heads/`. */
  defaultBranch(): Promise<string>
  /** The text of a plain file at a commit; undefined where there is none at that path. A commit that is not there is an error. */
  fileAt(path: string, commitSha: string): Promise<string | undefined>
  /** Alerts of one tool on one full ref, newest first. `all` is false where there are more than are read. */
  dismissedAlerts(toolName: string, ref: string): Promise<{ alerts: readonly DismissedAlert[]; all: boolean }>
  /** Uploads of one tool on one full ref that were processed, newest first: one page, the hundred newest. `all` is false where there may be more. */
  listAnalyses(of: { ref: string; toolName: string }): Promise<{ analyses: readonly Analysis[]; all: boolean }>
}

/** What a client needs. */
export interface ClientOptions {
  readonly token: string
  readonly repository: { readonly owner: string; readonly name: string }
  /** GITHUB_API_URL. The toolkit chooses the proxy by this variable, too. */
  readonly apiUrl: string
  /** The action's own version, for the user agent. */
  readonly version: string
  /** Limit of a single request in milliseconds; 30 s where absent. */
  readonly timeoutMs?: number
  /** Unit of the waits between tries in milliseconds; 1 s where absent. Tests make it short. */
  readonly retryUnitMs?: number
}

/** Alerts are read a hundred at a time; nobody waits for more pages than this. */
const MAX_ALERT_PAGES = 50

/** Issues and pull requests of one author are read a hundred at a time, and no more pages than this. */
const MAX_ISSUE_PAGES = 10

/** The most that GitHub gives at once. */
const ANALYSES_PER_PAGE = 100

const ISSUE_STATES = {
  open: { state: 'open' },
  completed: { state: 'closed', state_reason: 'completed' },
  not_planned: { state: 'closed', state_reason: 'not_planned' }
} as const

/**
 * A client for one repository. The only place that knows octokit.
 * @throws UserError for an empty token.
 */
export function createClient(options: ClientOptions): GitHubClient {
  if (options.token === '') throw new UserError('github-token is empty: leave the input out, or give it a token')
  const octokit = connect(options)
  const here = { owner: options.repository.owner, repo: options.repository.name }
  const { issues, codeScanning, repos } = octokit.rest
  return {
    async listComments(pullRequest) {
      const all = await octokit.paginate(issues.listComments, { ...here, issue_number: pullRequest, per_page: 100 })
      return all.map(commentOf)
    },
    getComment: async id => commentOf((await issues.getComment({ ...here, comment_id: id })).data),
    async createComment(pullRequest, body) {
      const once = { request: { retries: 0 } }
      return commentOf((await issues.createComment({ ...here, issue_number: pullRequest, body, ...once })).data)
    },
    updateComment: async (id, body) => commentOf((await issues.updateComment({ ...here, comment_id: id, body })).data),
    async listIssues(author) {
      const query = { ...here, creator: author, state: 'all', sort: 'updated', per_page: 100 } as const
      const found: Issue[] = []
      let pages = 0
      for await (const { data } of octokit.paginate.iterator(issues.listForRepo, query)) {
        // GitHub takes pull requests for issues, too.
        found.push(...data.filter(issue => issue.pull_request === undefined).map(issueOf))
        if (++pages === MAX_ISSUE_PAGES) break
      }
      return found
    },
    getIssue: async number => issueOf((await issues.get({ ...here, issue_number: number })).data),
    async createIssue(title, body) {
      return issueOf((await issues.create({ ...here, title, body, request: { retries: 0 } })).data)
    },
    async updateIssue(number, { state, ...texts }) {
      const change = { ...texts, ...(state === undefined ? {} : ISSUE_STATES[state]) }
      return issueOf((await issues.update({ ...here, issue_number: number, ...change })).data)
    },
    viewerLogin: () => viewerLogin(query => octokit.graphql(query)),
    visibility: async () => visibilityOf((await repos.get(here)).data),
    async uploadSarif(upload) {
      const { ref, sarif, commitSha, toolName, startedAt, checkoutUri } = upload
      const given = { ref, sarif, commit_sha: commitSha, tool_name: toolName, started_at: startedAt }
      const checkout = checkoutUri === undefined ? {} : { checkout_uri: checkoutUri }
      return asString((await codeScanning.uploadSarif({ ...here, ...given, ...checkout })).data.id, 'id of the upload')
    },
    async sarifStatus(id) {
      const { data } = await codeScanning.getSarif({ ...here, sarif_id: id })
      return { state: data.processing_status ?? 'pending', errors: data.errors ?? [] }
    },
    defaultBranch: async () => (await repos.get(here)).data.default_branch,
    async fileAt(path, commitSha) {
      const file = { ...here, path, ref: commitSha }
      const data = await repos.getContent(file).then(({ data }) => data, nothingAtPath)
      if (data === undefined || Array.isArray(data) || data.type !== 'file' || !('content' in data)) return undefined
      if (data.encoding === 'base64') return Buffer.from(data.content, 'base64').toString('utf8')
      // From 1 MiB on.
      const raw: unknown = (await repos.getContent({ ...file, mediaType: { format: 'raw' } })).data
      return raw instanceof ArrayBuffer ? Buffer.from(raw).toString('utf8') : asString(raw, path)
    },
    async dismissedAlerts(toolName, ref) {
      const query = { ...here, tool_name: toolName, ref, state: 'dismissed' as const, per_page: 100 }
      const alerts: DismissedAlert[] = []
      let pages = 0
      for await (const { data } of octokit.paginate.iterator(codeScanning.listAlertsForRepo, query)) {
        if (++pages > MAX_ALERT_PAGES) return { alerts, all: false }
        alerts.push(...dismissedAmong(data, toolName, ref))
      }
      return { alerts, all: true }
    },
    async listAnalyses({ ref, toolName }) {
      const query = { ...here, ref, tool_name: toolName, per_page: ANALYSES_PER_PAGE }
      const data = await codeScanning.listRecentAnalyses(query).then(({ data }) => data, noneYet)
      return { analyses: analysesAmong(data, toolName, ref), all: data.length < ANALYSES_PER_PAGE }
    }
  }
}

/**
 * `request` must not be among the options: it would replace the toolkit's own, and with it the proxy (toolkit
 * packages/github/src/utils.ts). Statuses that no second try mends are not tried again; `limits` sees to 408, 429 and 403.
 */
function connect({ token, apiUrl, version, timeoutMs = 30_000, retryUnitMs = 1000 }: ClientOptions) {
  const doNotRetry = [400, 401, 403, 404, 408, 410, 413, 422, 429, 451]
  const retrying = { retries: 2, doNotRetry, retryAfterBaseValue: retryUnitMs }
  const options = { baseUrl: apiUrl, userAgent: `imgguard-action/${version}`, retry: retrying, limits: { timeoutMs } }
  return getOctokit(token, options, limits, retry)
}

interface CommentData {
  readonly id: number
  readonly html_url: string
  readonly body?: string
  readonly user: { readonly login: string } | null
}

function commentOf({ id, html_url: url, body = '', user }: CommentData): Comment {
  return { id, body, url, author: user?.login ?? '' }
}

interface IssueData {
  readonly number: number
  readonly title: string
  readonly body?: string | null
  readonly state: string
  readonly html_url: string
  readonly user: { readonly login: string } | null
}

function issueOf({ number, title, body, state, html_url: url, user }: IssueData): Issue {
  return { number, title, body: body ?? '', author: user?.login ?? '', open: state === 'open', url }
}

/** GitHub says the same 404 for a file and for a commit that is not there, in other words. */
function nothingAtPath(error: unknown): undefined {
  const isMissing = isObject(error) && error['status'] === 404 && !/no commit found/i.test(messageOf(error))
  if (!isMissing) throw error
}

function visibilityOf(data: { readonly visibility?: string; readonly private: boolean }): Visibility {
  const known = (['public', 'private', 'internal'] as const).find(visibility => visibility === data.visibility)
  return known ?? (data.private ? 'private' : 'public')
}
