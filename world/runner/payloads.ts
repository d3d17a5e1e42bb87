import { createHash } from 'node:crypto'

/** Who can see a repository. */
export type Visibility = 'public' | 'private' | 'internal'

/** The commits of every event: the default branch's, the one before it, the pull request's, and its merge commit. */
export const SHA = { main: shaOf('main'), base: shaOf('base'), head: shaOf('head'), merge: shaOf('merge') } as const

/** What a pull request is about. */
export interface PullRequestOptions {
  readonly repository?: string
  readonly visibility?: Visibility
  readonly fork?: boolean
  readonly actor?: string
  readonly pullRequest?: number
  readonly headSha?: string
}

/** A `repository` object. */
export function repositoryOf(fullName: string, visibility: Visibility = 'public', isFork = false) {
  const [owner = '', name = ''] = fullName.split('/')
  return {
    id: numberOf(fullName),
    name,
    full_name: fullName,
    owner: { login: owner, id: numberOf(owner), type: 'Organization' },
    private: visibility !== 'public',
    visibility,
    fork: isFork,
    default_branch: 'main',
    html_url: `https://github.com/${fullName}`
  }
}

/** A `pull_request` object, open, from the branch `feature` into `main`; a fork belongs to `mallory`. */
export function pullRequestOf(options: PullRequestOptions) {
  const { repository = 'acme/app', visibility, fork = false, actor = 'octocat', pullRequest = 7 } = options
  const base = repositoryOf(repository, visibility)
  const head = fork ? repositoryOf(`mallory/${base.name}`, visibility, true) : base
  return {
    id: numberOf(`${repository}#${pullRequest}`),
    number: pullRequest,
    state: 'open',
    title: 'A change',
    user: { login: fork ? 'mallory' : actor },
    head: { label: `${head.owner.login}:feature`, ref: 'feature', sha: options.headSha ?? SHA.head, repo: head },
    base: { label: `${base.owner.login}:main`, ref: 'main', sha: SHA.base, repo: base },
    merge_commit_sha: SHA.merge,
    html_url: `https://github.com/${repository}/pull/${pullRequest}`
  }
}

/** A number that stands for a name, the same every time, as GitHub's ids do. */
export function numberOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE()
}

function shaOf(name: string): string {
  return createHash('sha1').update(`imgguard world: ${name}`).digest('hex')
}
