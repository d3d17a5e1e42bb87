import { createHash } from 'node:crypto'

/** The run that wrote a comment or an issue. */
export interface WritingRun {
  /** GITHUB_RUN_ID: grows with time. */
  readonly id: number
  readonly attempt: number
  /** The commit that it looked at; on a pull request its head, not the merge that GitHub made of it. */
  readonly sha: string
}

/** How a run ended. */
export type CommentState = 'pass' | 'fail' | 'incomplete'

/** How an earlier commit ended that did not pass. render/document.ts has the same type: neither room may import the other. */
export interface PreviousCommit {
  readonly state: Exclude<CommentState, 'pass'>
  readonly sha: string
}

/** The hidden first line of our comments and issues: which of them it is, which run wrote it, and what it said. */
export interface Marker {
  readonly key: string
  readonly run: WritingRun
  /** Absent in issues, and in comments of versions that did not write it. */
  readonly state?: CommentState
  /** What a comment that passes says of the commit before it. */
  readonly was?: PreviousCommit
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
export function renderMarker({ key, run, state, was }: Marker): string {
  const fields = [
    `key=${key} run=${run.id} attempt=${run.attempt} sha=${run.sha}`,
    ...(state === undefined ? [] : [`state=${state}`]),
    ...(was === undefined ? [] : [`was=${was.state}@${was.sha}`])
  ]
  return `<!-- imgguard v1 ${fields.join(' ')} -->`
}

const SHA = '[0-9a-f]{40}(?:[0-9a-f]{24})?'
const MARKER = new RegExp(
  `^<!-- imgguard v1 key=([0-9a-f]{16}) run=(\\d{1,15}) attempt=(\\d{1,9}) sha=(${SHA})` +
    `(?: state=(pass|fail|incomplete))?(?: was=(fail|incomplete)@(${SHA}))? -->$`
)

/** The marker on a comment's first line, or nothing: one further down may be quoted. */
export function parseMarker(body: string): Marker | undefined {
  const [line = ''] = body.split(/\r?\n/, 1)
  const match = MARKER.exec(line)
  if (match === null) return undefined
  const [, key = '', id, attempt, sha = '', state, was, wasSha = ''] = match
  return {
    key,
    run: { id: Number(id), attempt: Number(attempt), sha },
    ...(state === undefined ? {} : { state: state as CommentState }),
    ...(was === undefined ? {} : { was: { state: was as PreviousCommit['state'], sha: wasSha } })
  }
}

/** True when `a` was started after `b`: a later run, or a later attempt of the same. */
export function isNewer(a: WritingRun, b: WritingRun): boolean {
  return a.id === b.id ? a.attempt > b.attempt : a.id > b.id
}

/**
 * What a run that now ended in `state` on `sha` says of the commit before it. Only one that passes says that the one before did not; it goes on
 * to say so when it runs again on the same commit, and stops with the next commit.
 * @param before the marker of the comment as it stands.
 */
export function previousOf(before: Marker, state: CommentState, sha: string): PreviousCommit | undefined {
  if (state !== 'pass') return undefined
  if (before.state === 'pass') return before.run.sha === sha ? before.was : undefined
  return before.state === undefined ? undefined : { state: before.state, sha: before.run.sha }
}
