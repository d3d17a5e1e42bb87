import type { Comment, Repository } from './memory.ts'

/** Addresses from which GitHub's links are made. The stand-in has one origin for API and pages. */
export interface Origin {
  readonly apiUrl: string
  readonly serverUrl: string
}

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
export function commentShape(comment: Comment, { fullName }: Repository, origin: Origin): Record<string, unknown> {
  const api = `${origin.apiUrl}/repos/${fullName}`
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url: `${api}/issues/comments/${comment.id}`,
    html_url: `${origin.serverUrl}/${fullName}/pull/${comment.issueNumber}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${comment.issueNumber}`,
    body: comment.body,
    user: userShape(comment.author, origin),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: comment.author.endsWith('[bot]') ? 'NONE' : 'CONTRIBUTOR',
    performed_via_github_app: null
  }
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
  const flags = 'fork has_projects has_wiki has_pages has_discussions archived disabled'
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
    default_branch: 'main'
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
