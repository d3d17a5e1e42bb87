import { randomUUID } from 'node:crypto'
import { asObject, isObject, text } from '../../src/lib/json.ts'
import { type Answer, failure, validationFailed } from './answer.ts'
import type { Comment, Memory, Repository } from './memory.ts'
import { categoryOf, decodeSarif, processingErrors } from './sarif.ts'
import { commentShape, type Origin, repositoryShape } from './shapes.ts'

/** A request that GitHub's description allows, with path and query as the description types them. */
export interface Call {
  readonly repository: Repository
  readonly memory: Memory
  readonly origin: Origin
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/** What GitHub does, by operation of its description. */
export const OPERATIONS: Readonly<Record<string, (call: Call) => Answer>> = {
  'repos/get': ({ repository, origin }) => ({ status: 200, body: repositoryShape(repository, origin) }),
  'issues/list-comments': listComments,
  'issues/create-comment': createComment,
  'issues/get-comment': call => withComment(call, comment => shown(200, comment, call)),
  'issues/update-comment': call => withComment(call, comment => updateComment(comment, call)),
  'code-scanning/upload-sarif': uploadSarif,
  'code-scanning/get-sarif': sarifStatus
}

function listComments({ repository, origin, params, query }: Call): Answer {
  const all = repository.comments.filter(comment => comment.issueNumber === Number(params['issue_number']))
  const perPage = Math.min(100, Number(query['per_page'] ?? 30))
  const page = Number(query['page'] ?? 1)
  const body = all.slice((page - 1) * perPage, page * perPage).map(comment => commentShape(comment, repository, origin))
  const last = Math.max(1, Math.ceil(all.length / perPage))
  return {
    status: 200,
    body,
    headers: page < last ? { link: pageLinks(repository, origin, params, perPage, page, last) } : {}
  }
}

function pageLinks(
  { fullName }: Repository,
  { apiUrl }: Origin,
  params: Call['params'],
  perPage: number,
  page: number,
  last: number
): string {
  const url = `${apiUrl}/repos/${fullName}/issues/${params['issue_number']}/comments?per_page=${perPage}`
  return `<${url}&page=${page + 1}>; rel="next", <${url}&page=${last}>; rel="last"`
}

/** The documented limit; the real one is higher on github.com today, and may be lower on another server. */
const MAX_BODY = 65_536

function bodyRefusal(body: string): Answer | undefined {
  const field = { resource: 'IssueComment', field: 'body' }
  if (body.trim() === '') return validationFailed([{ ...field, code: 'missing_field' }])
  if (body.length <= MAX_BODY) return undefined
  return validationFailed([
    { ...field, code: 'custom', message: `Body is too long (maximum is ${MAX_BODY} characters)` }
  ])
}

function createComment(call: Call): Answer {
  const body = text(asObject(call.body, 'body'), 'body')
  const refused = bodyRefusal(body)
  if (refused !== undefined) return refused
  const comment = newComment(
    call.memory,
    call.repository,
    Number(call.params['issue_number']),
    call.repository.settings.login,
    body
  )
  return shown(201, comment, call)
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

/** A token that may write may also write into other people's comments, as on GitHub. */
function updateComment(comment: Comment, call: Call): Answer {
  const body = text(asObject(call.body, 'body'), 'body')
  const refused = bodyRefusal(body)
  if (refused !== undefined) return refused
  comment.body = body
  comment.updatedAt = new Date().toISOString()
  return shown(200, comment, call)
}

function withComment({ repository, params }: Call, use: (comment: Comment) => Answer): Answer {
  const comment = repository.comments.find(({ id }) => id === Number(params['comment_id']))
  return comment === undefined ? failure(404, 'Not Found') : use(comment)
}

function shown(status: number, comment: Comment, { repository, origin }: Call): Answer {
  return { status, body: commentShape(comment, repository, origin) }
}

function uploadSarif({ repository, origin, body }: Call): Answer {
  const request = asObject(body, 'body')
  const ref = text(request, 'ref')
  if (ref.startsWith('refs/heads/gh-readonly-queue/')) return failure(404, `ref '${ref}' not found in this repository`)
  const decoded = decodeSarif(text(request, 'sarif'))
  if (!('sarif' in decoded)) return failure(decoded.status, decoded.message)
  const runs = Array.isArray(decoded.sarif['runs']) ? decoded.sarif['runs'].filter(isObject) : []
  const checkoutUri = text(request, 'checkout_uri')
  const id = randomUUID()
  repository.uploads.push({
    id,
    ref,
    commitSha: text(request, 'commit_sha'),
    toolName: text(request, 'tool_name') || 'API',
    ...('started_at' in request ? { startedAt: text(request, 'started_at') } : {}),
    ...(checkoutUri === '' ? {} : { checkoutUri }),
    sarif: decoded.sarif,
    categories: runs.map(categoryOf),
    errors: [...repository.settings.processingErrors, ...processingErrors(decoded.sarif, checkoutUri !== '')],
    looks: 0
  })
  return { status: 202, body: { id, url: `${origin.apiUrl}/repos/${repository.fullName}/code-scanning/sarifs/${id}` } }
}

function sarifStatus({ repository, origin, params }: Call): Answer {
  const upload = repository.uploads.find(({ id }) => id === params['sarif_id'])
  if (upload === undefined) return failure(404, 'Not Found')
  upload.looks += 1
  if (upload.looks <= repository.settings.pendingLooks) return { status: 200, body: { processing_status: 'pending' } }
  if (upload.errors.length > 0) {
    return { status: 200, body: { processing_status: 'failed', analyses_url: null, errors: upload.errors } }
  }
  const analyses = `${origin.apiUrl}/repos/${repository.fullName}/code-scanning/analyses?sarif_id=${upload.id}`
  return { status: 200, body: { processing_status: 'complete', analyses_url: analyses, errors: null } }
}
