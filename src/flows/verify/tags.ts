import { isNotFound } from '../../image/failures.ts'
import type { Registry } from '../../image/registry.ts'
import { shortDigest } from '../../render/words.ts'
import type { Facts } from '../../trust/facts.ts'
import type { VerificationOutcome } from '../../trust/trust.ts'
import type { Asked } from './asked.ts'
import { problemOf } from './look.ts'

/** Where an image's tag is, once everything else was looked at. */
export interface TagLook {
  /** Present where it is not at the digest that was looked at, and that counts. */
  readonly tag?: NonNullable<Facts['tag']>
  /** Present where nobody can say where it is, and that counts. */
  readonly problem?: { readonly outcome: VerificationOutcome; readonly reason: string; readonly remedy?: string }
  /** Sentences without a full stop. */
  readonly notes: readonly string[]
}

/**
 * Asks once more where the tag is, or for the first time where a digest stands beside it: who pulls by the tag must get what was looked at.
 * @param digest what was looked at.
 */
export async function lookAtTag(registry: Registry, { reference, tagCounts }: Asked, digest: string): Promise<TagLook> {
  const { digest: given, ...tagged } = reference
  if (given !== undefined && tagged.tag === undefined) return { notes: [] }
  const counts = given === undefined || tagCounts
  const tag = tagged.tag ?? 'latest'
  try {
    const now = await registry.digestOf(tagged)
    if (now === digest) return { notes: [] }
    if (counts) return { tag: { state: given === undefined ? 'moved' : 'elsewhere', digest: now }, notes: [] }
    return { notes: [`the tag ${tag} is at ${shortDigest(now)} by now; docker takes the digest and leaves the tag`] }
  } catch (error) {
    const { outcome, ...why } = problemOf(error)
    if (!counts) return { notes: [`where the tag ${tag} is, beside the digest, is not known: ${why.reason}`] }
    if (!isNotFound(error)) return { problem: { outcome, ...why }, notes: [] }
    const reason =
      given === undefined
        ? `the tag ${tag} is gone since it was looked at`
        : `the tag ${tag} is not in the registry, only the digest beside it is`
    return { problem: { outcome: 'tag-moved', reason }, notes: [] }
  }
}
