import type { Rule } from './faults.ts'

/** A comment on an issue or pull request, as the stand-in keeps it. */
export interface Comment {
  readonly id: number
  readonly issueNumber: number
  readonly author: string
  body: string
  readonly createdAt: string
  updatedAt: string
}

/** An issue or, with `pullRequest`, a pull request: GitHub numbers and lists them together. */
export interface Issue {
  readonly number: number
  readonly author: string
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  readonly state: 'open' | 'closed'
  readonly stateReason: string | null
  readonly createdAt: string
  readonly updatedAt: string
  readonly closedAt: string | null
  readonly closedBy: string | null
  readonly pullRequest?: PullRequest
}

/** From where to where a pull request goes. */
export interface PullRequest {
  readonly head: { readonly repository: string; readonly ref: string; readonly sha: string }
  readonly base: { readonly ref: string; readonly sha: string }
}

/** A code-scanning alert that a test planted. */
export interface Alert {
  readonly number: number
  /** `ruleId` of the result. */
  readonly rule: string
  readonly tool: string
  readonly category: string
  /** `refs/…`, where it was seen last. */
  readonly ref: string
  readonly commitSha: string
  readonly path: string
  readonly line: number
  readonly createdAt: string
  readonly state: 'open' | 'dismissed' | 'fixed'
  /** Where `state` is `dismissed`. A login that ends in `[bot]` is a bot's. */
  readonly dismissed?: { readonly by: string; readonly at: string; readonly reason: string; readonly comment?: string }
}

/** Contents by path, of one commit or branch. */
export type Files = Readonly<Record<string, string>>

/** A SARIF upload that was accepted, with what became of it. */
export interface Upload {
  readonly id: string
  readonly ref: string
  readonly commitSha: string
  readonly toolName: string
  readonly startedAt?: string
  readonly checkoutUri?: string
  readonly receivedAt: string
  /** Decoded. */
  readonly sarif: unknown
  /** `category` of each run, in its order: `automationDetails.id` up to its last slash. */
  readonly categories: readonly string[]
  /** What processing it found; empty: it completes. */
  readonly errors: readonly string[]
  /** How often its status was asked for. */
  looks: number
}

/** A request as it came: never its headers, which hold the token. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly status: number
  /** Parsed JSON; in an upload, `sarif` is the decoded SARIF. */
  readonly body?: unknown
}

/** A request that GitHub's description does not allow, or an answer of the stand-in that it does not allow. */
export interface Invalid {
  readonly method: string
  readonly path: string
  readonly problems: readonly string[]
}

/** What tests can choose for one repository. */
export interface Settings {
  visibility: 'public' | 'private' | 'internal'
  /** Whom the token belongs to. */
  login: string
  /** How many looks at an upload's status say `pending` before it is done. */
  pendingLooks: number
  /** Errors that processing reports for every upload, besides those that it finds. */
  processingErrors: readonly string[]
}

/** Everything about one repository. */
export interface Repository {
  readonly fullName: string
  readonly settings: Settings
  readonly comments: Comment[]
  readonly uploads: Upload[]
  readonly issues: Issue[]
  readonly alerts: Alert[]
  /** By commit or branch, in the words in which the client will ask. */
  readonly files: Record<string, Files>
  readonly requests: SeenRequest[]
  readonly invalid: Invalid[]
  readonly faults: Rule[]
}

/** All repositories: any `owner/name` exists as soon as it is asked for; the name's case does not matter, as on GitHub. */
export interface Memory {
  repository(fullName: string): Repository
  /** A number that was not given out before. */
  nextId(): number
}

/** The name under which requests are kept that belong to no repository (GraphQL, unknown paths). */
export const NO_REPOSITORY = ''

/** An empty memory. */
export function createMemory(): Memory {
  const repositories = new Map<string, Repository>()
  let lastId = 1000
  return {
    repository(fullName) {
      const key = fullName.toLowerCase()
      const found = repositories.get(key) ?? emptyRepository(fullName)
      repositories.set(key, found)
      return found
    },
    nextId: () => ++lastId
  }
}

function emptyRepository(fullName: string): Repository {
  const settings: Settings = {
    visibility: 'public',
    login: 'github-actions[bot]',
    pendingLooks: 1,
    processingErrors: []
  }
  const lists = { comments: [], uploads: [], issues: [], alerts: [], requests: [], invalid: [], faults: [] }
  return { fullName, settings, files: {}, ...lists }
}
