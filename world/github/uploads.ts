import { randomUUID } from 'node:crypto'
import { asObject, isObject, text } from '../../src/lib/json.ts'
import { type Answer, failure } from './answer.ts'
import type { Call } from './call.ts'
import { categoryOf, decodeSarif, processingErrors } from './sarif.ts'

/** `code-scanning/upload-sarif`. */
export function uploadSarif({ repository, origin, body }: Call): Answer {
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
    receivedAt: new Date().toISOString(),
    sarif: decoded.sarif,
    categories: runs.map(categoryOf),
    errors: [...repository.settings.processingErrors, ...processingErrors(decoded.sarif, checkoutUri !== '')],
    looks: 0
  })
  return { status: 202, body: { id, url: `${origin.apiUrl}/repos/${repository.fullName}/code-scanning/sarifs/${id}` } }
}

/** `code-scanning/get-sarif`. */
export function sarifStatus({ repository, origin, params }: Call): Answer {
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
