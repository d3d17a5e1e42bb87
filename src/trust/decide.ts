import { nameOf, type Reference } from '../image/reference.ts'
import { judgeDemand } from './attested.ts'
import type { Facts } from './facts.ts'
import { type Finding, judgeSignatures } from './signatures.ts'
import type { Rule, TrustPolicy, VerificationOutcome } from './trust.ts'

/** What becomes of one image. */
export interface Decision {
  readonly outcome: VerificationOutcome
  /** A sentence without a full stop. */
  readonly reason: string
  readonly remedy?: string
  /** Who is believed; absent unless somebody is. */
  readonly signer?: string
  /** What is worth knowing although it changes nothing: sentences without a full stop. */
  readonly notes: readonly string[]
}

/**
 * What can be said before anybody looks at the registry: that no rule names the image, or that it is not pinned although it must be.
 * @param rule what `ruleFor` found.
 * @returns undefined when somebody has to look.
 */
export function decideWithoutLooking(
  policy: TrustPolicy,
  rule: Rule | undefined,
  reference: Reference
): Decision | undefined {
  const name = nameOf(reference)
  if (rule === undefined)
    return {
      outcome: 'not-allowed',
      reason: `no rule of ${policy.name} names ${name}, and what none names is denied`,
      remedy: `add a rule with match: ${name} to ${policy.name}, and say there who must have signed it`,
      notes: []
    }
  if (rule.pinned && reference.digest === undefined)
    return {
      outcome: 'not-pinned',
      reason: `the reference names no digest, and the rule ${rule.match} (${rule.place}) demands one`,
      remedy: `write ${name}${reference.tag === undefined ? '' : `:${reference.tag}`}@sha256:… with the digest that was looked at`,
      notes: []
    }
  return undefined
}

/**
 * What the facts mean under a rule. A fact that is missing is an error, never a pass.
 * @param rule the one that `ruleFor` found.
 */
export function decide(rule: Rule, facts: Facts): Decision {
  const early = decideWithoutLooking({ name: rule.place, rules: [rule] }, rule, facts.reference)
  if (early !== undefined) return early
  const notes: string[] = []
  let signer: string | undefined
  for (const finding of findings(rule, facts)) {
    notes.push(...finding.notes)
    if (finding.outcome !== 'verified') return { ...finding, notes }
    signer ??= finding.signer
  }
  return { outcome: 'verified', reason: whyVerified(rule), ...(signer !== undefined && { signer }), notes }
}

/** One by one what the rule demands, and what came of it. */
function* findings(rule: Rule, facts: Facts): Generator<Finding> {
  yield judgeTag(rule, facts)
  if (rule.signedBy.length > 0) yield judgeSignatures(rule.signedBy, facts)
  for (const demand of rule.attested) yield judgeDemand(demand, facts)
}

/** A rule that demands a digest takes the digest's word; otherwise people read the tag, and it has to be true. */
function judgeTag(rule: Rule, { reference, digest, tag }: Facts): Finding {
  if (tag === undefined) return { outcome: 'verified', notes: [] }
  const name = `${nameOf(reference)}:${reference.tag ?? 'latest'}`
  if (tag.state === 'moved')
    return {
      outcome: 'tag-moved',
      reason: `the tag ${name} went from ${digest} to ${tag.digest} while it was looked at`,
      remedy: 'run this again, or name the digest',
      notes: []
    }
  const reason = `the tag ${name} is at ${tag.digest} now, not at ${digest} beside it`
  if (rule.pinned) return { outcome: 'verified', notes: [reason] }
  return {
    outcome: 'tag-moved',
    reason,
    remedy:
      'name the digest that the tag has now, or leave out the tag, or set pinned: true in the rule when the digest alone counts',
    notes: []
  }
}

function whyVerified({ signedBy, attested, pinned }: Rule): string {
  const what = [
    ...(signedBy.length > 0 ? ['signed'] : []),
    ...(attested.length > 0 ? [`attested (${attested.map(({ type }) => type).join(', ')})`] : []),
    ...(pinned ? ['pinned by digest'] : [])
  ]
  const last = what.pop() ?? 'allowed'
  const said = what.length === 0 ? last : `${what.join(', ')} and ${last}`
  return `${said} as the rule demands`
}
