import { type Answer, failure } from './answer.ts'
import type { Call } from './call.ts'
import type { Issue, PullRequest } from './memory.ts'
import { issueShape, repositoryShape, userShape } from './shapes.ts'

/** `pulls/get`. */
export function getPull(call: Call): Answer {
  const issue = call.repository.issues.find(({ number }) => number === Number(call.params['pull_number']))
  if (issue?.pullRequest === undefined) return failure(404, 'Not Found')
  return { status: 200, body: pullShape(issue, issue.pullRequest, call) }
}

/** A pull request that nobody has merged, reviewed or commented on (`pull-request`). */
function pullShape(issue: Issue, { head, base }: PullRequest, call: Call): Record<string, unknown> {
  const { repository, origin } = call
  const api = `${origin.apiUrl}/repos/${repository.fullName}`
  const page = `${origin.serverUrl}/${repository.fullName}/pull/${issue.number}`
  const self = `${api}/pulls/${issue.number}`
  const links = {
    html: page,
    issue: `${api}/issues/${issue.number}`,
    comments: `${api}/issues/${issue.number}/comments`,
    commits: `${self}/commits`,
    statuses: `${api}/statuses/${head.sha}`,
    review_comments: `${self}/comments`,
    review_comment: `${api}/pulls/comments{/number}`
  }
  const { pull_request: _, repository_url: __, ...shared } = issueShape(issue, repository, origin)
  const counts = 'comments commits additions deletions changed_files review_comments'.split(' ')
  return {
    ...shared,
    ...Object.fromEntries(counts.map(count => [count, 0])),
    ...Object.fromEntries(Object.entries(links).map(([name, link]) => [`${name}_url`, link])),
    url: self,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    _links: Object.fromEntries(Object.entries({ self, ...links }).map(([name, href]) => [name, { href }])),
    head: endShape(head.repository, head, call),
    base: endShape(repository.fullName, base, call),
    ...{ draft: false, merged: false, merged_at: null, merged_by: null, merge_commit_sha: null, auto_merge: null },
    ...{ mergeable: true, mergeable_state: 'clean', maintainer_can_modify: false }
  }
}

function endShape(fullName: string, { ref, sha }: { readonly ref: string; readonly sha: string }, call: Call) {
  const [owner = ''] = fullName.split('/')
  const repo = repositoryShape(call.memory.repository(fullName), call.origin)
  return { label: `${owner}:${ref}`, ref, sha, repo, user: userShape(owner, call.origin) }
}
