import type { Answer } from './answer.ts'
import type { Call } from './call.ts'
import { listAlerts, listAnalyses } from './code-scanning.ts'
import { createComment, getComment, listComments, updateComment } from './comments.ts'
import { getContent } from './contents.ts'
import { createIssue, getIssue, listIssues, updateIssue } from './issues.ts'
import { getPull } from './pulls.ts'
import { repositoryShape } from './shapes.ts'
import { sarifStatus, uploadSarif } from './uploads.ts'

/** What GitHub does, by operation of its description. */
export const OPERATIONS: Readonly<Record<string, (call: Call) => Answer>> = {
  'repos/get': ({ repository, origin }) => ({ status: 200, body: repositoryShape(repository, origin) }),
  'repos/get-content': getContent,
  'issues/list-comments': listComments,
  'issues/create-comment': createComment,
  'issues/get-comment': getComment,
  'issues/update-comment': updateComment,
  'issues/list-for-repo': listIssues,
  'issues/create': createIssue,
  'issues/get': getIssue,
  'issues/update': updateIssue,
  'pulls/get': getPull,
  'code-scanning/upload-sarif': uploadSarif,
  'code-scanning/get-sarif': sarifStatus,
  'code-scanning/list-alerts-for-repo': listAlerts,
  'code-scanning/list-recent-analyses': listAnalyses
}
