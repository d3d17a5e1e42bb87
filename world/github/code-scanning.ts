import { asObject, isObject, type JsonObject, text } from '../../src/lib/json.ts'
import { type Answer, failure } from './answer.ts'
import type { Call } from './call.ts'
import type { Alert, Upload } from './memory.ts'
import { inDirection, pageOf } from './paging.ts'
import { DEFAULT_BRANCH, userShape } from './shapes.ts'

/**
 * `code-scanning/list-alerts-for-repo`: the alerts that a test planted. Uploads do not become alerts here.
 * Without `ref`, GitHub shows those of the default branch.
 */
export function listAlerts(call: Call): Answer {
  const { repository, query } = call
  if (repository.alerts.length + repository.uploads.length === 0) return failure(404, 'no analysis found')
  const { ref = DEFAULT_BRANCH, tool_name: tool, state } = query
  const found = repository.alerts.filter(
    alert =>
      alert.ref === fullRef(String(ref)) &&
      (tool === undefined || alert.tool === tool) &&
      (state === undefined || alert.state === state)
  )
  return pageOf(call, '/code-scanning/alerts', inDirection(call, found), alert => alertShape(alert, call))
}

/** `code-scanning/list-recent-analyses`: each run of each upload that was processed, newest first. */
export function listAnalyses(call: Call): Answer {
  const { repository, query } = call
  if (repository.uploads.length === 0) return failure(404, 'no analysis found')
  const { ref, tool_name: tool, sarif_id: sarif } = query
  const found = repository.uploads
    .filter(({ errors }) => errors.length === 0)
    .filter(upload => ref === undefined || upload.ref === fullRef(String(ref)))
    .filter(upload => sarif === undefined || upload.id === sarif)
    .flatMap(upload => runsOf(upload).map((run, index) => ({ upload, run, category: upload.categories[index] ?? '' })))
    .map((analysis, index) => ({ ...analysis, id: index + 1 }))
    .filter(({ run }) => tool === undefined || driverOf(run)['name'] === tool)
  return pageOf(call, '/code-scanning/analyses', inDirection(call, found), analysis => analysisShape(analysis, call))
}

/** GitHub takes `main`, `heads/main` and `refs/heads/main` for the same branch. */
function fullRef(ref: string): string {
  if (ref.startsWith('refs/')) return ref
  return /^(heads|tags|pull)\//.test(ref) ? `refs/${ref}` : `refs/heads/${ref}`
}

/** `code-scanning-alert-items`. */
function alertShape(alert: Alert, { repository, origin }: Call): unknown {
  const api = `${origin.apiUrl}/repos/${repository.fullName}/code-scanning/alerts/${alert.number}`
  const { dismissed } = alert
  return {
    number: alert.number,
    created_at: alert.createdAt,
    updated_at: alert.createdAt,
    url: api,
    html_url: `${origin.serverUrl}/${repository.fullName}/security/code-scanning/${alert.number}`,
    instances_url: `${api}/instances`,
    state: alert.state,
    fixed_at: alert.state === 'fixed' ? alert.createdAt : null,
    dismissed_by: dismissed === undefined ? null : userShape(dismissed.by, origin),
    dismissed_at: dismissed === undefined ? null : dismissed.at,
    dismissed_reason: dismissed === undefined ? null : dismissed.reason,
    dismissed_comment: dismissed?.comment ?? null,
    rule: { id: alert.rule, severity: 'error', description: alert.rule, name: alert.rule, tags: [] },
    tool: { name: alert.tool, guid: null, version: null },
    most_recent_instance: {
      ref: alert.ref,
      analysis_key: '(default)',
      environment: '{}',
      category: alert.category,
      state: alert.state,
      commit_sha: alert.commitSha,
      message: { text: alert.rule },
      location: { path: alert.path, start_line: alert.line, end_line: alert.line, start_column: 1, end_column: 1 },
      classifications: []
    }
  }
}

interface Analysis {
  readonly id: number
  readonly upload: Upload
  readonly run: JsonObject
  readonly category: string
}

/** `code-scanning-analysis`. */
function analysisShape({ id, upload, run, category }: Analysis, { repository, origin }: Call): unknown {
  const driver = driverOf(run)
  return {
    id,
    ref: upload.ref,
    commit_sha: upload.commitSha,
    analysis_key: '(default)',
    environment: '{}',
    category,
    error: '',
    warning: '',
    created_at: upload.receivedAt,
    results_count: lengthOf(run['results']),
    rules_count: lengthOf(driver['rules']),
    url: `${origin.apiUrl}/repos/${repository.fullName}/code-scanning/analyses/${id}`,
    sarif_id: upload.id,
    tool: { name: text(driver, 'name'), guid: null, version: text(driver, 'version') || null },
    deletable: true
  }
}

function runsOf({ sarif }: Upload): readonly JsonObject[] {
  const { runs } = asObject(sarif, 'sarif')
  return Array.isArray(runs) ? runs.filter(isObject) : []
}

function driverOf(run: JsonObject): JsonObject {
  return asObject(asObject(run['tool'], 'tool')['driver'], 'driver')
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0
}
