import type { RunContext } from './context.ts'

/** Something that this run must not or cannot do, and why: a sentence without a full stop. */
export interface Refusal {
  readonly allowed: false
  readonly reason: string
  /** YAML or an input that mends it, where that is a good idea. */
  readonly remedy?: string
  /** True when a later event, after the merge, will do it. */
  readonly later?: boolean
}

/** Whether something may be done; when it may, with what is needed to do it. */
export type Ability<Needs = unknown> = ({ readonly allowed: true } & Needs) | Refusal

/** What this run may do. "Allowed" means that it is to be tried: GitHub has the last word. */
export interface Abilities {
  readonly sign: Ability
  readonly promote: Ability
  readonly comment: Ability<{ readonly pullRequest: number }>
  readonly codeScanning: Ability<{ readonly ref: string; readonly sha: string }>
  /** Whether an issue may tell what was found. */
  readonly issue: Ability
  readonly writeCaches: Ability
  /** It should sign and there is no key: a mistake in the workflow, not a circumstance. */
  readonly missingKey: boolean
}

/** The inputs that decide with the event what may be signed. */
export interface SigningWishes {
  /** Events on which it may sign: `sign-on`. */
  readonly signOn: readonly string[]
  readonly sign: 'passing' | 'always' | 'never'
  readonly hasKey: boolean
}

/** The rows of the table of events. A tag is a `push`. */
type Row = 'release' | 'schedule' | 'queue' | 'own pull request' | 'fork' | 'dependabot' | 'other'

/** The events by which something reviewed is released; `sign-on` has them by default. */
const RELEASING = ['push', 'release', 'workflow_dispatch']
const ALLOWED = { allowed: true } as const

/**
 * What may be done on this event: who has reviewed what runs, and where GitHub keeps results.
 * `sign-on` cannot widen it to events that run for, or with, code that nobody has reviewed and that bring secrets.
 */
export function abilities(context: RunContext, wishes: SigningWishes): Abilities {
  const row = rowOf(context, wishes.hasKey)
  const sign = signing(context, row, wishes)
  return {
    sign,
    promote: promoting(context, row),
    comment: commenting(context, row),
    codeScanning: codeScanning(context, row),
    issue: reporting(context, row),
    writeCaches:
      row === 'release' || row === 'schedule' ? ALLOWED : refusal(`caches are only read on ${nameOf(context, row)}`),
    missingKey: sign.allowed && !wishes.hasKey
  }
}

/**
 * Both the merge_group event and the push to the queue's branch run before the merge, on a ref that vanishes.
 * Dependabot's runs get Dependabot's secrets, not the repository's: it counts only where the key is in fact missing.
 */
function rowOf({ event, ref, actor, pullRequest }: RunContext, hasKey: boolean): Row {
  if (event === 'merge_group' || (event === 'push' && ref.startsWith('refs/heads/gh-readonly-queue/'))) return 'queue'
  if (event === 'pull_request' && pullRequest?.fromFork !== false) return 'fork'
  const fromDependabot = actor === 'dependabot[bot]' && !hasKey
  if (fromDependabot && (event === 'pull_request' || event === 'push')) return 'dependabot'
  if (event === 'pull_request') return 'own pull request'
  if (event === 'schedule') return 'schedule'
  return RELEASING.includes(event) ? 'release' : 'other'
}

function nameOf({ event }: RunContext, row: Row): string {
  if (row === 'fork') return 'a pull request from a fork'
  if (row === 'dependabot') return `a ${event} by Dependabot without the key`
  return row === 'queue' ? 'the merge queue' : event
}

const NEVER_SIGNED: Partial<Record<Row, (event: string) => string>> = {
  fork: () => 'a pull request from a fork is never signed: it has no secrets, and nobody has reviewed it yet',
  dependabot: () => 'Dependabot started this run, and the key is not among the secrets for Dependabot',
  other: event => `${event} is never signed: it can run with secrets for code that nobody has reviewed`
}

function signing(context: RunContext, row: Row, { sign, signOn }: SigningWishes): Ability {
  if (sign === 'never') return refusal('sign is never')
  const never = NEVER_SIGNED[row]
  if (never !== undefined) return refusal(never(context.event))
  if (context.refDeleted) return refusal('the push deleted its branch or tag')
  const event = row === 'queue' ? 'merge_group' : context.event
  if (signOn.includes(event)) return ALLOWED
  const reason = `${event} is not in sign-on (${signOn.join(', ') || 'which is empty'})`
  const beforeMerge = row === 'own pull request' || row === 'queue'
  if (beforeMerge) return { ...refusal(reason), later: RELEASING.some(releasing => signOn.includes(releasing)) }
  return { ...refusal(reason), remedy: `sign-on: ${[...signOn, event].join(', ')}` }
}

function promoting(context: RunContext, row: Row): Ability {
  if (row !== 'release') return refusal(`tags are not moved on ${nameOf(context, row)}`)
  return context.refDeleted ? refusal('the push deleted its branch or tag') : ALLOWED
}

function commenting(context: RunContext, row: Row): Abilities['comment'] {
  if (row === 'release' || row === 'schedule' || row === 'queue') {
    return refusal(`${nameOf(context, row)} has no pull request to comment on`)
  }
  if (context.pullRequest === undefined) return refusal(`the payload of ${context.event} names no pull request`)
  return { allowed: true, pullRequest: context.pullRequest.number }
}

/** An issue is for what has been released, of which no pull request tells. */
function reporting(context: RunContext, row: Row): Ability {
  if (row !== 'release' && row !== 'schedule') return refusal(`no issue is kept on ${nameOf(context, row)}`)
  return context.refDeleted ? refusal('the push deleted its branch or tag') : ALLOWED
}

/** Formats that GitHub demands of `ref` and `commit_sha`: its OpenAPI description, code-scanning/upload-sarif. */
const REF = /^refs\/(heads|tags|pull)\/.+$/
const SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/i

/**
 * Where alerts belong. Where GITHUB_REF is the default branch but what was scanned is not (pull_request_target,
 * workflow_run, issue_comment), using it would replace the default branch's alerts.
 */
function codeScanning(context: RunContext, row: Row): Abilities['codeScanning'] {
  if (row === 'queue') return refusal("the merge queue's ref vanishes after the merge, and its alerts with it")
  if (context.refDeleted) return refusal('the push deleted its branch or tag')
  if (context.event === 'pull_request' && context.action === 'closed') return refusal('the pull request is closed')
  const { ref, sha } = row === 'other' ? headOf(context) : reported(context)
  if (!REF.test(ref) || !SHA.test(sha)) {
    return refusal(`${context.event} names no commit of a branch, tag or pull request to file alerts under`)
  }
  return { allowed: true, ref, sha }
}

function reported({ event, ref, sha, pullRequest }: RunContext): { ref: string; sha: string } {
  if (event !== 'pull_request') return { ref, sha }
  return { ref: pullRequest === undefined ? '' : `refs/pull/${pullRequest.number}/merge`, sha }
}

function headOf({ pullRequest }: RunContext): { ref: string; sha: string } {
  if (pullRequest?.headSha === undefined) return { ref: '', sha: '' }
  return { ref: `refs/pull/${pullRequest.number}/head`, sha: pullRequest.headSha }
}

function refusal(reason: string): Refusal {
  return { allowed: false, reason }
}
