import { type Circumstance, explain } from '../github/advice.ts'
import type { Comment, GitHubClient } from '../github/client.ts'
import {
  type CommentState,
  isNewer,
  type Marker,
  type PreviousCommit,
  parseMarker,
  previousOf,
  renderMarker,
  type WritingRun
} from './marker.ts'
import type { Published } from './result.ts'

/** What is to be said on a pull request, and when. */
export interface CommentPlan {
  readonly pullRequest: number
  /** From `commentKey`. */
  readonly key: string
  readonly run: WritingRun
  /** How the run ended. */
  readonly state: CommentState
  /**
   * Markdown without the marker's line.
   * @param previous how the commit ended of which the comment spoke before, when that was bad and this is not.
   */
  readonly body: (previous?: PreviousCommit) => string
  /** The input `comment`; `never` is the caller's matter. */
  readonly when: 'always' | 'on-change' | 'on-failure'
  /** What `on-change` is about: something that readers do not know yet. */
  readonly worthTelling: boolean
  /** The gate failed. */
  readonly failed: boolean
  readonly circumstance?: Circumstance
}

type Comments = Pick<GitHubClient, 'listComments' | 'getComment' | 'createComment' | 'updateComment' | 'viewerLogin'>

/**
 * Makes or updates the one comment of this subject on a pull request. It is found by its marker and by our own author: anybody
 * can write a marker, and a token that may write may also write into other people's comments.
 *
 * GitHub has no compare-and-swap for comments, so after writing it is read again: if an older run has overwritten it in between,
 * it is written once more, and if two runs have made one each, the newer content goes into the older comment and the other one
 * becomes a pointer to it. What remains: an older run that writes after this last look stands until the next run.
 *
 * @returns never an exception; what GitHub refuses is `skipped` with its reason.
 */
export async function publishComment(client: Comments, plan: CommentPlan): Promise<Published> {
  try {
    const own = await ownComments(client, plan)
    const [oldest] = own
    if (oldest !== undefined) return await update(client, plan, oldest)
    const silence = reasonForSilence(plan)
    return silence === undefined ? await create(client, plan) : { state: 'skipped', reason: silence, chosen: true }
  } catch (error) {
    return { state: 'skipped', ...explain(error, 'comment', plan.circumstance) }
  }
}

/** A comment that exists is always kept current: a stale one would lie. */
function reasonForSilence({ when, worthTelling, failed }: CommentPlan): string | undefined {
  if (when === 'always' || failed) return undefined
  if (when === 'on-failure') return 'the gate did not fail (comment: on-failure)'
  return worthTelling ? undefined : 'there is nothing new to tell (comment: on-change)'
}

/** Oldest first, as GitHub lists them. */
async function ownComments(client: Comments, { pullRequest, key }: CommentPlan): Promise<readonly Comment[]> {
  const all = await client.listComments(pullRequest)
  const marked = all.filter(comment => parseMarker(comment.body)?.key === key)
  if (marked.length === 0) return []
  const login = await client.viewerLogin()
  return marked.filter(comment => comment.author === login)
}

/** Twice, because an older run may have read before we wrote and written after; more often would be a quarrel. */
const MAX_WRITES = 2

async function update(client: Comments, plan: CommentPlan, found: Comment): Promise<Published> {
  let standing = found
  for (let writes = 0; writes < MAX_WRITES; writes += 1) {
    const marker = parseMarker(standing.body)
    if (marker !== undefined && isNewer(marker.run, plan.run)) {
      return { state: 'skipped', reason: 'a newer run has already commented' }
    }
    const body = bodyOf(plan, marker)
    if (standing.body === body) return published(standing)
    await client.updateComment(standing.id, body)
    standing = await client.getComment(standing.id)
  }
  return published(standing)
}

async function create(client: Comments, plan: CommentPlan): Promise<Published> {
  const made = await client.createComment(plan.pullRequest, bodyOf(plan))
  const [oldest] = await ownComments(client, plan)
  if (oldest === undefined || oldest.id === made.id) return published(made)
  const outcome = await update(client, plan, oldest)
  await client.updateComment(made.id, `Made at the same time as ${oldest.url}, which is kept current.`)
  return outcome
}

/** Of its own comment it makes the same again: what the marker says of the commit before is kept. */
function bodyOf({ key, run, state, body }: CommentPlan, standing?: Marker): string {
  const was = standing && previousOf(standing, state, run.sha)
  return `${renderMarker({ key, run, state, ...(was === undefined ? {} : { was }) })}\n${body(was)}`
}

function published({ id, url }: Comment): Published {
  return { state: 'published', id: String(id), url }
}
