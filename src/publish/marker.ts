import { createHash } from 'node:crypto'

/** The run that wrote a comment. */
export interface CommentRun {
  /** GITHUB_RUN_ID: grows with time. */
  readonly id: number
  readonly attempt: number
  /** The commit that it looked at. */
  readonly sha: string
}

/** The hidden first line of our comments: which of them it is, and which run wrote it. */
export interface Marker {
  readonly key: string
  readonly run: CommentRun
}

/** What tells one comment on a pull request from another. */
export interface CommentSubject {
  readonly workflowFile: string
  readonly job: string
  /** Names of the images, in any order. */
  readonly images: readonly string[]
  /** The input `comment-key`. */
  readonly commentKey: string
}

/** The key of a comment: 16 hexadecimal digits. The same for the same subject in every run. */
export function commentKey({ workflowFile, job, images, commentKey }: CommentSubject): string {
  const subject = JSON.stringify([workflowFile, job, [...images].sort(), commentKey])
  return createHash('sha256').update(subject).digest('hex').slice(0, 16)
}

/** The marker's line, without a line break. GitHub keeps it in the comment's source and does not show it. */
export function renderMarker({ key, run }: Marker): string {
  return `<!-- imgguard v1 key=${key} run=${run.id} attempt=${run.attempt} sha=${run.sha} -->`
}

const MARKER =
  /^<!-- imgguard v1 key=([0-9a-f]{16}) run=(\d{1,15}) attempt=(\d{1,9}) sha=([0-9a-f]{40}(?:[0-9a-f]{24})?) -->$/

/** The marker on a comment's first line, or nothing: one further down may be quoted. */
export function parseMarker(body: string): Marker | undefined {
  const [line = ''] = body.split(/\r?\n/, 1)
  const match = MARKER.exec(line)
  if (match === null) return undefined
  const [, key = '', id, attempt, sha = ''] = match
  return { key, run: { id: Number(id), attempt: Number(attempt), sha } }
}

/** True when `a` was started after `b`: a later run, or a later attempt of the same. */
export function isNewer(a: CommentRun, b: CommentRun): boolean {
  return a.id === b.id ? a.attempt > b.attempt : a.id > b.id
}
