import { nameOf, type PinnedReference, pin } from '../../image/reference.ts'
import type { Registry } from '../../image/registry.ts'
import type { CheckedImage } from '../../render/verification-words.ts'
import { type Decision, decide, decideWithoutLooking } from '../../trust/decide.ts'
import { ruleFor } from '../../trust/match.ts'
import type { Rule, TrustPolicy } from '../../trust/trust.ts'
import type { Asked, Unknown } from './asked.ts'
import { type Found, gatherFacts } from './facts.ts'
import { type Looking, problemOf } from './look.ts'
import { lookAtTag } from './tags.ts'

/** What is decided already, for a reason that needs no look at the registry. */
export interface Settled {
  readonly done: CheckedImage
}

/** An image that a rule allows to be looked at. */
export interface Candidate {
  readonly asked: Asked
  readonly rule: Rule
}

/** The same once its digest is known. */
export interface Resolved extends Candidate {
  readonly pinned: PinnedReference
}

/** The same with everything that was found out about that digest. */
export interface LookedAt extends Resolved {
  readonly found: Found
}

/** What the policy says of an image before anybody contacts its registry. */
export function matchRule(policy: TrustPolicy, asked: Asked | Unknown): Settled | Candidate {
  const { text, lines } = asked
  if (!('reference' in asked))
    return { done: { reference: text, lines, outcome: 'error', reason: asked.problem, notes: [] } }
  const rule = ruleFor(policy, asked.reference)
  const decision = decideWithoutLooking(policy, rule, asked.reference)
  if (decision === undefined && rule !== undefined) return { asked, rule }
  if (decision === undefined) throw new Error('an image without a rule was not refused')
  return { done: checked(asked, rule, decision) }
}

/** Fixes the digest: from here on only that is looked at. */
export async function resolveDigest(registry: Registry, candidate: Candidate): Promise<Settled | Resolved> {
  const { reference } = candidate.asked
  try {
    return { ...candidate, pinned: pin(reference, await registry.digestOf(reference)) }
  } catch (error) {
    return settled(candidate, problemOf(error))
  }
}

/** Finds out what the rule wants to know; nothing for one that only allows the image. */
export async function lookAt(looking: Looking | undefined, resolved: Resolved): Promise<Settled | LookedAt> {
  const { signedBy, attested } = resolved.rule
  if (signedBy.length + attested.length === 0)
    return { ...resolved, found: { platforms: [], signatures: [], attested: [], notes: [] } }
  if (looking === undefined) throw new Error('there is nothing to look with')
  try {
    return { ...resolved, found: await gatherFacts(looking, resolved.pinned, resolved.rule) }
  } catch (error) {
    return settled(resolved, problemOf(error))
  }
}

/** The decision, after the tag was asked once more. */
export async function decideOn(registry: Registry, lookedAt: LookedAt, now: Date): Promise<CheckedImage> {
  const { asked, rule, pinned, found } = lookedAt
  // A rule that demands a digest takes the digest's word.
  const tagCounts = asked.tagCounts && !rule.pinned
  const { tag, problem, notes } = await lookAtTag(registry, { ...asked, tagCounts }, pinned.digest)
  const facts = {
    reference: asked.reference,
    digest: pinned.digest,
    ...found,
    now,
    ...(tag === undefined ? {} : { tag })
  }
  const decision = decide(rule, facts)
  const whole =
    problem !== undefined && decision.outcome === 'verified' ? { ...problem, notes: decision.notes } : decision
  return checked(asked, rule, { ...whole, notes: [...whole.notes, ...found.notes, ...notes] }, pinned)
}

function settled(candidate: Candidate | Resolved, why: Omit<Decision, 'notes'>): Settled {
  const pinned = 'pinned' in candidate ? candidate.pinned : undefined
  return { done: checked(candidate.asked, candidate.rule, { ...why, notes: [] }, pinned) }
}

function checked(
  { text, lines, notes }: Asked,
  rule: Rule | undefined,
  decision: Decision,
  pinned?: PinnedReference
): CheckedImage {
  return {
    reference: text,
    ...(pinned === undefined ? {} : { image: `${nameOf(pinned)}@${pinned.digest}`, digest: pinned.digest }),
    ...decision,
    ...(rule === undefined ? {} : { rule: rule.match === '**' ? rule.place : `${rule.place} (${rule.match})` }),
    notes: [...notes, ...decision.notes],
    lines
  }
}
