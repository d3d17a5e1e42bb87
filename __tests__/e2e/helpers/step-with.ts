import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SHA } from '../../../world/runner/payloads.ts'
import { githubState, setFaults, setFiles } from './github.ts'
import { resultsOf, runsOf, stepIn } from './judgement.ts'
import { type E2eStep, freshFolder, freshRepository } from './world.ts'

/** Contents by path. */
export type Files = Readonly<Record<string, string>>

/** A step with the files that it and GitHub see. */
export interface StepWithFiles extends E2eStep {
  /** One that no other test uses where absent. */
  readonly repository?: string
  /** What is in the checkout. */
  readonly head?: Files
  /** What the pull request's base has; absent: GitHub does not know that commit. */
  readonly base?: Files
  /** GitHub refuses addresses that match, as it does for want of a permission. */
  readonly forbidden?: string
}

/** What became of such a step. */
export type Told = Awaited<ReturnType<typeof stepWith>>

/** Runs a step, on a pull request if nothing else is asked for, and gathers what it told GitHub. */
export async function stepWith({
  repository = freshRepository(),
  head = {},
  base,
  forbidden,
  ...given
}: StepWithFiles) {
  const workspace = await freshFolder()
  for (const [name, text] of Object.entries(head)) {
    await mkdir(dirname(join(workspace, name)), { recursive: true })
    await writeFile(join(workspace, name), text)
  }
  if (base !== undefined) await setFiles(repository, SHA.base, base)
  const body = { message: 'Resource not accessible by integration' }
  if (forbidden !== undefined) await setFaults(repository, { path: forbidden, status: 403, body })
  const result = await stepIn(repository, { event: 'pull_request', workspace, ...given })
  const { comments, uploads } = await githubState(repository)
  const runs = runsOf(uploads.at(-1))
  return {
    ...result,
    repository,
    /** The first one's body; empty where there is none. */
    comment: comments[0]?.body ?? '',
    /** The rules of the newest upload, of all its runs. */
    uploaded: runs.flatMap(({ results }) => results.map(({ ruleId }) => ruleId)),
    /** The category of its first run. */
    category: runs[0]?.automationDetails?.id ?? '',
    /** Why the gate fails the first image. */
    reasons: resultsOf(result)[0]?.reasons
  }
}

/** The first line of a table that holds all of `words`. */
export function rowWith(text: string, ...words: readonly string[]): string | undefined {
  return text.split('\n').find(line => line.startsWith('|') && words.every(word => line.includes(word)))
}

/** What a comment says before anything else of its image. */
export function topOf({ comment }: Told): string {
  return comment.slice(0, comment.indexOf('Policy:'))
}
