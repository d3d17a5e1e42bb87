import { appendFile, stat } from 'node:fs/promises'
import { messageOf } from '../lib/errors.ts'
import type { Published } from './result.ts'

/** GitHub's limit of one step's summary in bytes; over it, all of it is dropped. Source: actions/runner, AttachmentSizeLimit. */
export const MAX_SUMMARY_BYTES = 1024 * 1024

/**
 * Appends to the job summary.
 * @param file value of GITHUB_STEP_SUMMARY; undefined or empty outside of a runner.
 * @param markdown what to append.
 * @returns never an exception.
 */
export async function publishSummary(file: string | undefined, markdown: string): Promise<Published> {
  if (!file) return { state: 'skipped', reason: 'this runner has no job summary (GITHUB_STEP_SUMMARY is not set)' }
  try {
    const { size } = await stat(file).catch(() => ({ size: 0 }))
    const needed = size + Buffer.byteLength(markdown) + 1
    if (needed > MAX_SUMMARY_BYTES) {
      return {
        state: 'skipped',
        reason: `the job summary would have ${needed} bytes, and GitHub shows none over ${MAX_SUMMARY_BYTES}`
      }
    }
    await appendFile(file, `${markdown}\n`)
    return { state: 'published' }
  } catch (error) {
    return { state: 'skipped', reason: `the job summary could not be written: ${messageOf(error)}` }
  }
}
