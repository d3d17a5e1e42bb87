import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Circumstance, explain } from '../github/advice.ts'
import type { GitHubClient, SarifStatus } from '../github/client.ts'
import { isObject } from '../lib/json.ts'
import type { Published } from './result.ts'

/** A SARIF log and where its alerts belong. */
export interface SarifPlan {
  /** JSON. */
  readonly sarif: string
  /** What is sent in its place, one after the other, as long as GitHub finds it too large. */
  readonly smaller?: () => Iterable<string>
  /** From the ability `codeScanning`. */
  readonly ref: string
  readonly sha: string
  /** `tool.driver.name` of its runs; GitHub calls the tool "API" without it. */
  readonly toolName: string
  /** When the scan started. */
  readonly startedAt: Date
  /** `file:` URI of the checkout; only for logs with absolute locations. */
  readonly checkoutUri?: string
  /** Page of the repository's alerts, to be linked when it is published. */
  readonly alertsUrl?: string
  readonly circumstance?: Circumstance
}

type CodeScanning = Pick<GitHubClient, 'uploadSarif' | 'sarifStatus'>

/** Waits for so many milliseconds. */
export type Wait = (ms: number) => Promise<void>

/** Seconds before each look at the status: processing takes two or three at least, and minutes on a bad day. Two minutes in all. */
const LOOKS = [0, 1, 2, 4, 8, 16, 32, 60]

interface Outcome {
  readonly state: SarifStatus['state'] | 'unseen'
  readonly errors: readonly string[]
}

const NOT_PROCESSED = {
  pending: 'GitHub was still processing the upload when this step ended',
  unseen: 'GitHub took the upload and did not tell what became of it'
}

/**
 * Uploads a SARIF log to code scanning and waits until GitHub has processed it.
 * One that is still being processed after two minutes counts as published: GitHub goes on by itself.
 * @param wait is given, so that tests need no time.
 * @returns never an exception; what GitHub refuses is `skipped` with its reason.
 */
export async function publishSarif(client: CodeScanning, plan: SarifPlan, wait: Wait): Promise<Published> {
  try {
    const id = await send(client, plan)
    const { state, errors } = await processed(client, id, wait)
    if (state === 'failed') {
      return {
        state: 'skipped',
        reason: `GitHub could not process the SARIF upload: ${errors.join('; ') || 'no reason given'}`
      }
    }
    const url = plan.alertsUrl === undefined ? {} : { url: plan.alertsUrl }
    return { state: 'published', id, ...url, ...(state === 'complete' ? {} : { note: NOT_PROCESSED[state] }) }
  } catch (error) {
    return { state: 'skipped', ...explain(error, 'code scanning', plan.circumstance) }
  }
}

/** Returns the upload's id. */
async function send(client: CodeScanning, plan: SarifPlan): Promise<string> {
  try {
    return await client.uploadSarif(await packed(plan))
  } catch (error) {
    if (!isTooLarge(error)) throw error
    for (const sarif of plan.smaller?.() ?? []) {
      const id = await client.uploadSarif(await packed({ ...plan, sarif })).catch(nothingIfTooLarge)
      if (id !== undefined) return id
    }
    throw error
  }
}

function isTooLarge(error: unknown): boolean {
  return isObject(error) && error['status'] === 413
}

function nothingIfTooLarge(error: unknown): undefined {
  if (!isTooLarge(error)) throw error
}

/** base_ref and base_sha are not sent: the public endpoint does not know them and refuses the whole upload. */
async function packed({ sarif, ref, sha, toolName, startedAt, checkoutUri }: SarifPlan) {
  const zipped = await promisify(gzip)(sarif)
  return {
    ref,
    commitSha: sha,
    sarif: zipped.toString('base64'),
    toolName,
    startedAt: startedAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    ...(checkoutUri === undefined ? {} : { checkoutUri })
  }
}

/**
 * A look that fails does not undo the upload. Not found is what GitHub answers just after an upload; any other refusal (a token
 * without the right to read) would be the same at the next look.
 */
async function processed(client: CodeScanning, id: string, wait: Wait): Promise<Outcome> {
  for (const seconds of LOOKS) {
    try {
      if (seconds > 0) await wait(seconds * 1000)
      const status = await client.sarifStatus(id)
      if (status.state !== 'pending') return { state: status.state, errors: status.errors }
    } catch (error) {
      if (!isObject(error) || error['status'] !== 404) return { state: 'unseen', errors: [] }
    }
  }
  return { state: 'pending', errors: [] }
}
