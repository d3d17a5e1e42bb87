import { asObject, isObject, text } from '../../src/lib/json.ts'
import { type Answer, failure, validationFailed } from './answer.ts'
import type { Call } from './call.ts'
import { MAX_BODY } from './comments.ts'
import type { Issue, Repository } from './memory.ts'
import { inDirection, pageOf } from './paging.ts'
import { issueShape } from './shapes.ts'

const MAX_TITLE = 256

/** `issues/list-for-repo`, newest first. Pull requests are among them, as on GitHub. */
export function listIssues(call: Call): Answer {
  const { repository, query } = call
  const { state = 'open', creator, labels } = query
  const wanted = labels === undefined ? [] : String(labels).split(',')
  const found = repository.issues.filter(
    issue =>
      (state === 'all' || issue.state === state) &&
      (creator === undefined || issue.author === creator) &&
      wanted.every(label => issue.labels.includes(label))
  )
  return pageOf(call, '/issues', inDirection(call, found), issue => issueShape(issue, repository, call.origin))
}

/** `issues/create`. */
export function createIssue(call: Call): Answer {
  const request = asObject(call.body, 'body')
  const given = { title: String(request['title']), body: text(request, 'body'), labels: labelsOf(request['labels']) }
  const refused = issueRefusal(given)
  if (refused !== undefined) return refused
  const issue = newIssue(call.repository, { ...given, author: call.repository.settings.login })
  return { status: 201, body: issueShape(issue, call.repository, call.origin) }
}

/** `issues/get`. */
export function getIssue(call: Call): Answer {
  return withIssue(call, issue => shown(issue, call))
}

/** `issues/update`: what is not given stays. */
export function updateIssue(call: Call): Answer {
  return withIssue(call, issue => {
    const request = isObject(call.body) ? call.body : {}
    const title = 'title' in request ? String(request['title']) : issue.title
    const body = 'body' in request ? text(request, 'body') : issue.body
    const refused = issueRefusal({ title, body })
    if (refused !== undefined) return refused
    const labels = 'labels' in request ? labelsOf(request['labels']) : issue.labels
    Object.assign(issue, { title, body, labels, updatedAt: new Date().toISOString() })
    if (request['state'] === 'closed') close(issue, call.repository, text(request, 'state_reason') || 'completed')
    if (request['state'] === 'open' && issue.state === 'closed') reopen(issue)
    return shown(issue, call)
  })
}

/** What a new issue or pull request is made of. */
export type NewIssue = Pick<Issue, 'author' | 'title'> & Partial<Pick<Issue, 'body' | 'labels' | 'pullRequest'>>

/** Adds an issue to the memory, as if its author had written it now. Its number is the next one that is free. */
export function newIssue(repository: Repository, given: NewIssue): Issue {
  const now = new Date().toISOString()
  const dates = { createdAt: now, updatedAt: now, closedAt: null, closedBy: null }
  const number = Math.max(FIRST_ISSUE - 1, ...repository.issues.map(issue => issue.number)) + 1
  const issue: Issue = { number, body: '', labels: [], state: 'open', stateReason: null, ...dates, ...given }
  repository.issues.push(issue)
  return issue
}

/** Above the numbers that the events' pull requests have. */
const FIRST_ISSUE = 101

function issueRefusal({ title, body }: { readonly title: string; readonly body: string }): Answer | undefined {
  const field = (name: string) => ({ resource: 'Issue', field: name })
  if (title.trim() === '') return validationFailed([{ ...field('title'), code: 'missing_field' }])
  if (title.length > MAX_TITLE) {
    const message = `title is too long (maximum is ${MAX_TITLE} characters)`
    return validationFailed([{ ...field('title'), code: 'custom', message }])
  }
  if (body.length <= MAX_BODY) return undefined
  const message = `body is too long (maximum is ${MAX_BODY} characters)`
  return validationFailed([{ ...field('body'), code: 'custom', message }])
}

function labelsOf(labels: unknown): readonly string[] {
  if (!Array.isArray(labels)) return []
  return labels.map(label => (isObject(label) ? text(label, 'name') : String(label)))
}

function close(issue: Issue, repository: Repository, reason: string): void {
  const closedAt = issue.closedAt ?? new Date().toISOString()
  Object.assign(issue, { state: 'closed', stateReason: reason, closedAt, closedBy: repository.settings.login })
}

function reopen(issue: Issue): void {
  Object.assign(issue, { state: 'open', stateReason: 'reopened', closedAt: null, closedBy: null })
}

function withIssue({ repository, params }: Call, use: (issue: Issue) => Answer): Answer {
  const issue = repository.issues.find(({ number }) => number === Number(params['issue_number']))
  return issue === undefined ? failure(404, 'Not Found') : use(issue)
}

function shown(issue: Issue, { repository, origin }: Call): Answer {
  return { status: 200, body: issueShape(issue, repository, origin) }
}
