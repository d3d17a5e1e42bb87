import { explain } from '../github/advice.ts'
import type { GitHubClient, Issue, IssueChange } from '../github/client.ts'
import { hasMore, type IssueNote, noteOf, parseNote, renderNote } from './issue-note.ts'
import { isNewer, parseMarker, renderMarker, type WritingRun } from './marker.ts'
import type { Published } from './result.ts'

/** What is to be said of one image in its issue. */
export interface IssuePlan {
  /** From `commentKey`. */
  readonly key: string
  readonly run: WritingRun
  /** The step is red because of this image, or would be. */
  readonly failing: boolean
  /** What fails, each thing with the same text in every run. */
  readonly failures: readonly string[]
  readonly title: string
  /** Markdown without marker and note. */
  readonly body: string
}

type Issues = Pick<GitHubClient, 'listIssues' | 'getIssue' | 'createIssue' | 'updateIssue' | 'viewerLogin'>

/**
 * Keeps the one issue of an image: opens it when the image fails, brings it up to date, closes it when the image passes, and opens it again.
 *
 * It is found by its marker and by our own author. It is opened and closed only when what we find changes, so that what somebody decided
 * stands: closed by hand while the image fails, it stays closed until something fails that it did not tell of; opened by hand while the
 * image passes, it stays open.
 *
 * GitHub has no compare-and-swap for issues: what an older run writes at the same time is written over, as with comments.
 *
 * @returns undefined when there is nothing to tell. Never an exception; what GitHub refuses is `skipped` with its reason.
 */
export async function publishIssue(client: Issues, plan: IssuePlan): Promise<Published | undefined> {
  try {
    const oldest = await ownIssue(client, plan)
    if (oldest !== undefined) return await keepCurrent(client, plan, oldest)
    return plan.failing ? await open(client, plan) : undefined
  } catch (error) {
    return { state: 'skipped', ...explain(error, 'issue') }
  }
}

/** The oldest one, if there are several. */
async function ownIssue(client: Issues, { key }: IssuePlan): Promise<Issue | undefined> {
  const login = await client.viewerLogin()
  const own = (await client.listIssues(login)).filter(
    ({ author, body }) => author === login && parseMarker(body)?.key === key
  )
  return own.sort((a, b) => a.number - b.number)[0]
}

/** Twice, because an older run may have read before we wrote and written after; more often would be a quarrel. */
const MAX_WRITES = 2

async function keepCurrent(client: Issues, plan: IssuePlan, found: Issue): Promise<Published | undefined> {
  let standing = found
  for (let writes = 0; writes < MAX_WRITES; writes += 1) {
    if (isNewer(parseMarker(standing.body)?.run ?? plan.run, plan.run))
      return { state: 'skipped', reason: 'a newer run has already written into the issue' }
    if (standing.body === bodyOf(plan)) return published(standing)
    const change = changeOf(standing, plan)
    if ('reason' in change) return plan.failing ? { state: 'skipped', reason: change.reason, chosen: true } : undefined
    await client.updateIssue(standing.number, change)
    standing = await client.getIssue(standing.number)
  }
  return published(standing)
}

/** What is to be done to an issue that an earlier run wrote, or why nothing is. */
function changeOf(issue: Issue, plan: IssuePlan): IssueChange | { readonly reason: string } {
  const body = bodyOf(plan)
  const before: IssueNote = parseNote(issue.body) ?? { failing: true, known: [], count: 0 }
  if (!plan.failing) {
    if (!issue.open && !before.failing) return { reason: 'the issue is closed, and the image passes' }
    return issue.open && before.failing ? { body, state: 'completed' } : { body }
  }
  if (issue.open) return { title: plan.title, body }
  if (before.failing && !hasMore(plan.failures, before))
    return { reason: `issue #${issue.number} was closed by hand, and nothing fails that it does not tell of` }
  return { title: plan.title, body, state: 'open' }
}

async function open(client: Issues, plan: IssuePlan): Promise<Published | undefined> {
  const made = await client.createIssue(plan.title, bodyOf(plan))
  const oldest = await ownIssue(client, plan)
  if (oldest === undefined || oldest.number >= made.number) return published(made)
  const outcome = await keepCurrent(client, plan, oldest)
  const pointer = `Opened at the same time as #${oldest.number}, which is kept current.`
  await client.updateIssue(made.number, { body: pointer, state: 'not_planned' })
  return outcome
}

function bodyOf({ key, run, failing, failures, body }: IssuePlan): string {
  const note = failing ? noteOf(failures) : ({ failing: false } as const)
  return `${renderMarker({ key, run })}\n${renderNote(note)}\n${body}`
}

function published({ number, url }: Issue): Published {
  return { state: 'published', id: String(number), url }
}
