import { getOctokit } from '@actions/github'
import { retry } from '@octokit/plugin-retry'
import { UserError } from '../lib/errors.ts'
import { asString, isObject } from '../lib/json.ts'
import type { Visibility } from './context.ts'
import { limits } from './limits.ts'

/** A comment on a pull request. */
export interface Comment {
  readonly id: number
  readonly body: string
  /** Login of its author, empty where the account is gone. */
  readonly author: string
  readonly url: string
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
  /** Login of the token's owner, as it stands at its comments. */
  viewerLogin(): Promise<string>
  visibility(): Promise<Visibility>
  /** Returns the upload's id. */
  uploadSarif(upload: SarifUpload): Promise<string>
  sarifStatus(id: string): Promise<SarifStatus>
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

/** Author of comments that are made with GITHUB_TOKEN. */
const ACTIONS_LOGIN = 'github-actions[bot]'

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

/** `GET /user` is closed to GITHUB_TOKEN; GraphQL's `viewer` is not. Where GraphQL is refused, it is most likely GITHUB_TOKEN. */
async function viewerLogin(graphql: (query: string) => Promise<unknown>): Promise<string> {
  try {
    const answer = await graphql('query { viewer { login } }')
    const viewer = isObject(answer) ? answer['viewer'] : undefined
    return isObject(viewer) ? asString(viewer['login'], 'viewer.login') : ACTIONS_LOGIN
  } catch {
    return ACTIONS_LOGIN
  }
}

function visibilityOf(data: { readonly visibility?: string; readonly private: boolean }): Visibility {
  const known = (['public', 'private', 'internal'] as const).find(visibility => visibility === data.visibility)
  return known ?? (data.private ? 'private' : 'public')
}
