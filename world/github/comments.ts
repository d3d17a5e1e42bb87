import { asObject, text } from '../../src/lib/json.ts'
import { type Answer, failure, validationFailed } from './answer.ts'
import type { Call } from './call.ts'
import type { Comment, Memory, Repository } from './memory.ts'
import { pageOf } from './paging.ts'
import { commentShape } from './shapes.ts'

/** The documented limit; the real one is higher on github.com today, and may be lower on another server. */
export const MAX_BODY = 65_536

/** `issues/list-comments`. */
export function listComments(call: Call): Answer {
  const number = Number(call.params['issue_number'])
  const all = call.repository.comments.filter(({ issueNumber }) => issueNumber === number)
  return pageOf(call, `/issues/${number}/comments`, all, comment => commentShape(comment, call.repository, call.origin))
}

/** `issues/create-comment`. */
export function createComment({ memory, repository, origin, params, body }: Call): Answer {
  const written = text(asObject(body, 'body'), 'body')
  const refused = bodyRefusal(written)
  if (refused !== undefined) return refused
  const comment = newComment(memory, repository, Number(params['issue_number']), repository.settings.login, written)
  return { status: 201, body: commentShape(comment, repository, origin) }
}

/** `issues/get-comment`. */
export function getComment(call: Call): Answer {
  return withComment(call, comment => shown(comment, call))
}

/** `issues/update-comment`. A token that may write may also write into other people's comments, as on GitHub. */
export function updateComment(call: Call): Answer {
  return withComment(call, comment => {
    const written = text(asObject(call.body, 'body'), 'body')
    const refused = bodyRefusal(written)
    if (refused !== undefined) return refused
    comment.body = written
    comment.updatedAt = new Date().toISOString()
    return shown(comment, call)
  })
}

/** Adds a comment to the memory, as if `author` had written it now. */
export function newComment(
  memory: Memory,
  repository: Repository,
  issueNumber: number,
  author: string,
  body: string
): Comment {
  const now = new Date().toISOString()
  const comment = { id: memory.nextId(), issueNumber, author, body, createdAt: now, updatedAt: now }
  repository.comments.push(comment)
  return comment
}

function bodyRefusal(body: string): Answer | undefined {
  const field = { resource: 'IssueComment', field: 'body' }
  if (body.trim() === '') return validationFailed([{ ...field, code: 'missing_field' }])
  if (body.length <= MAX_BODY) return undefined
  return validationFailed([
    { ...field, code: 'custom', message: `Body is too long (maximum is ${MAX_BODY} characters)` }
  ])
}

function withComment({ repository, params }: Call, use: (comment: Comment) => Answer): Answer {
  const comment = repository.comments.find(({ id }) => id === Number(params['comment_id']))
  return comment === undefined ? failure(404, 'Not Found') : use(comment)
}

function shown(comment: Comment, { repository, origin }: Call): Answer {
  return { status: 200, body: commentShape(comment, repository, origin) }
}
