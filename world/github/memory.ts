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

/** A SARIF upload that was accepted, with what became of it. */
export interface Upload {
  readonly id: string
  readonly ref: string
  readonly commitSha: string
  readonly toolName: string
  readonly startedAt?: string
  readonly checkoutUri?: string
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
  return { fullName, settings, comments: [], uploads: [], requests: [], invalid: [], faults: [] }
}
