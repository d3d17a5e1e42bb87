import type { Comment, Issue, Repository } from './memory.ts'

/** Addresses from which GitHub's links are made. The stand-in has one origin for API and pages. */
export interface Origin {
  readonly apiUrl: string
  readonly serverUrl: string
}

/** The only branch that a repository has before anyone makes others. */
export const DEFAULT_BRANCH = 'main'

/** A user as GitHub's REST API shows one (`simple-user`). */
export function userShape(login: string, { apiUrl, serverUrl }: Origin): Record<string, unknown> {
  const name = encodeURIComponent(login)
  const url = `${apiUrl}/users/${name}`
  const links = ['followers', 'following', 'gists', 'starred', 'subscriptions', 'events', 'received_events', 'repos']
  return {
    ...Object.fromEntries(links.map(link => [`${link}_url`, `${url}/${link}`])),
    organizations_url: `${url}/orgs`,
    login,
    id: idOf(login),
    node_id: nodeId('User', idOf(login)),
    avatar_url: `${serverUrl}/${name}.png`,
    gravatar_id: '',
    url,
    html_url: `${serverUrl}/${name}`,
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
    site_admin: false
  }
}

/** A comment as GitHub's REST API shows one (`issue-comment`). */
export function commentShape(comment: Comment, repository: Repository, origin: Origin): Record<string, unknown> {
  const { fullName } = repository
  // Comments on numbers that nobody made are taken for a pull request's: the events' are not in the memory.
  const issue = repository.issues.find(({ number }) => number === comment.issueNumber)
  const kind = issue === undefined || issue.pullRequest !== undefined ? 'pull' : 'issues'
  const api = `${origin.apiUrl}/repos/${fullName}`
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url: `${api}/issues/comments/${comment.id}`,
    html_url: `${origin.serverUrl}/${fullName}/${kind}/${comment.issueNumber}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${comment.issueNumber}`,
    body: comment.body,
    user: userShape(comment.author, origin),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: comment.author.endsWith('[bot]') ? 'NONE' : 'CONTRIBUTOR',
    performed_via_github_app: null
  }
}

/** An issue or pull request as GitHub's REST API shows one in a list of issues (`issue`). */
export function issueShape(issue: Issue, repository: Repository, origin: Origin): Record<string, unknown> {
  const api = `${origin.apiUrl}/repos/${repository.fullName}`
  const url = `${api}/issues/${issue.number}`
  const page = (kind: string) => `${origin.serverUrl}/${repository.fullName}/${kind}/${issue.number}`
  const pull = { url: `${api}/pulls/${issue.number}`, html_url: page('pull'), diff_url: `${page('pull')}.diff` }
  const isPull = issue.pullRequest !== undefined
  return {
    id: idOf(`${repository.fullName}#${issue.number}`),
    node_id: nodeId('I', issue.number),
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.stateReason,
    user: userShape(issue.author, origin),
    labels: issue.labels.map(label => labelShape(label, api)),
    ...{ assignee: null, assignees: [], milestone: null, locked: false, active_lock_reason: null },
    comments: repository.comments.filter(({ issueNumber }) => issueNumber === issue.number).length,
    url,
    ...{ repository_url: api, labels_url: `${url}/labels{/name}`, comments_url: `${url}/comments` },
    ...{ events_url: `${url}/events`, html_url: page(isPull ? 'pull' : 'issues') },
    ...(isPull ? { pull_request: { ...pull, patch_url: `${page('pull')}.patch`, merged_at: null } } : {}),
    ...{ created_at: issue.createdAt, updated_at: issue.updatedAt, closed_at: issue.closedAt },
    closed_by: issue.closedBy === null ? null : userShape(issue.closedBy, origin),
    author_association: issue.author.endsWith('[bot]') ? 'NONE' : 'CONTRIBUTOR',
    performed_via_github_app: null
  }
}

function labelShape(name: string, api: string): Record<string, unknown> {
  const url = `${api}/labels/${encodeURIComponent(name)}`
  const looks = { color: 'ededed', default: false, description: null }
  return { id: idOf(name), node_id: nodeId('LA', idOf(name)), url, name, ...looks }
}

const REPOSITORY_LINKS = (
  'archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads events ' +
  'forks git_commits git_refs git_tags issue_comment issue_events issues keys labels languages merges milestones notifications ' +
  'pulls releases stargazers statuses subscribers subscription tags teams trees hooks'
).split(' ')

/** A repository as GitHub's REST API shows one (`full-repository`). */
export function repositoryShape({ fullName, settings }: Repository, origin: Origin): Record<string, unknown> {
  const [owner = '', name = ''] = fullName.split('/')
  const url = `${origin.apiUrl}/repos/${fullName}`
  const page = `${origin.serverUrl}/${fullName}`
  const counts =
    'forks_count stargazers_count watchers_count size open_issues_count subscribers_count network_count forks open_issues watchers'
  const flags = 'fork has_downloads has_projects has_wiki has_pages has_discussions archived disabled'
  return {
    ...Object.fromEntries(REPOSITORY_LINKS.map(link => [`${link}_url`, `${url}/${link}`])),
    ...Object.fromEntries(counts.split(' ').map(count => [count, 0])),
    ...Object.fromEntries(flags.split(' ').map(flag => [flag, false])),
    ...Object.fromEntries(['pushed_at', 'created_at', 'updated_at'].map(time => [time, '2026-01-01T00:00:00Z'])),
    ...Object.fromEntries(['description', 'homepage', 'language', 'mirror_url', 'license'].map(key => [key, null])),
    id: idOf(fullName),
    node_id: nodeId('R', idOf(fullName)),
    name,
    full_name: fullName,
    owner: userShape(owner, origin),
    private: settings.visibility !== 'public',
    visibility: settings.visibility,
    html_url: page,
    url,
    git_url: `${page}.git`,
    ssh_url: `git@${new URL(page).hostname}:${fullName}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    has_issues: true,
    default_branch: DEFAULT_BRANCH
  }
}

/** A stable positive number for a name. */
function idOf(name: string): number {
  return (
    [...name.toLowerCase()].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_000_007, 7) + 1
  )
}

function nodeId(kind: string, id: number): string {
  return `${kind}_${Buffer.from(String(id)).toString('base64url')}`
}
