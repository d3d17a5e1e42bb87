import { messageOf } from '../lib/errors.ts'
import type { Published } from './result.ts'

/** What came of telling somebody; whatever was thrown on the way (a full disk, a bug) is a reason, so that the others are still told. */
export async function attempt(tell: () => Promise<Published>): Promise<Published> {
  try {
    return await tell()
  } catch (error) {
    return { state: 'skipped', reason: `it failed: ${messageOf(error)}` }
  }
}
