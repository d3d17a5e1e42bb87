import { nameOf, parseReference, type Reference } from '../image/reference.ts'
import { UserError } from '../lib/errors.ts'
import type { Facts, GoodSignature, SignatureFact } from './facts.ts'
import type { SignedBy, VerificationOutcome } from './trust.ts'

/** What came of one thing that a rule demands. */
export type Finding =
  | { readonly outcome: 'verified'; readonly signer?: string; readonly notes: readonly string[] }
  | {
      readonly outcome: Exclude<VerificationOutcome, 'verified'>
      /** A sentence without a full stop. */
      readonly reason: string
      readonly remedy?: string
      readonly notes: readonly string[]
    }

type Refusal = Exclude<Finding, { readonly outcome: 'verified' }>

/**
 * Which of several refusals explains most. First that nobody could look, since then nothing else is known; then the ones that were nearest
 * to passing.
 */
const TELLING: readonly VerificationOutcome[] = [
  'unreachable',
  'error',
  'not-found',
  'other-repository',
  'annotation-mismatch',
  'not-logged',
  'other-digest',
  'only-attestation',
  'other-signer',
  'not-signed'
]

/** Whether the image carries a signature of one of the signers that says what it must. */
export function judgeSignatures(signers: readonly SignedBy[], facts: Facts): Finding {
  const findings = signers.map(signedBy => judgeSigner(signedBy, facts))
  return findings.find(({ outcome }) => outcome === 'verified') ?? mostTelling(findings.flatMap(asRefusal))
}

/** The image's own manifest and, where that is demanded, each of its platforms'. */
function judgeSigner(signedBy: SignedBy, facts: Facts): Finding {
  const found = facts.signatures.find(one => one.signedBy === signedBy)?.found
  const own = judgeFact(found?.get(facts.digest), signedBy, facts.reference)
  if (own.outcome !== 'verified' || !signedBy.eachPlatform) return own
  const refusals = facts.platforms.flatMap(({ platform, digest }) => {
    const finding = judgeFact(found?.get(digest), signedBy, facts.reference)
    if (finding.outcome === 'verified') return []
    return [
      { ...finding, reason: `the index is signed as demanded, its platform ${platform} is not: ${finding.reason}` }
    ]
  })
  return refusals.length === 0 ? own : mostTelling(refusals)
}

function judgeFact(fact: SignatureFact | undefined, signedBy: SignedBy, reference: Reference): Finding {
  if (fact === undefined) return { outcome: 'error', reason: 'nobody looked for its signatures', notes: [] }
  if (fact.state !== 'signed') {
    const { state, reason, remedy } = fact
    return { outcome: state, reason, ...(remedy !== undefined && { remedy }), notes: [] }
  }
  const judged = fact.signatures.map(signature => ({
    finding: judgeSignature(signature, signedBy, reference),
    isOwn: isNameOf(signature.annotations['repository'] ?? '', reference)
  }))
  const good = judged.find(({ finding }) => finding.outcome === 'verified')
  // A copy brings the signatures of the original along: where one names this very repository, what is wrong with that one explains more.
  const own = judged.filter(({ isOwn }) => isOwn)
  return good?.finding ?? mostTelling((own.length > 0 ? own : judged).flatMap(({ finding }) => asRefusal(finding)))
}

function judgeSignature({ annotations, signer }: GoodSignature, signedBy: SignedBy, reference: Reference): Finding {
  const demanded = signedBy.annotations
  const { repository } = annotations
  // Who demands a repository by name says which one it is to be: that of the original, for a copy.
  if (repository !== undefined && demanded['repository'] === undefined && !isNameOf(repository, reference))
    return {
      outcome: 'other-repository',
      reason: `the signature says that it is for ${JSON.stringify(repository)}, not for ${nameOf(reference)}: another image of this signer lies under this name`,
      remedy: `take it from ${repository}; where it is a copy that you want, demand the annotation repository=${repository}`,
      notes: []
    }
  const said = new Map(Object.entries(annotations))
  const wrong = Object.entries(demanded).find(([key, value]) => said.get(key) !== value)
  if (wrong !== undefined) return annotationMismatch(wrong, said.get(wrong[0]))
  return { outcome: 'verified', signer, notes: [] }
}

function annotationMismatch([key, value]: readonly [string, string], said: string | undefined): Refusal {
  const found = said === undefined ? `says nothing of ${key}` : `says ${key}=${JSON.stringify(said)}`
  return {
    outcome: 'annotation-mismatch',
    reason: `the signature ${found}, and ${key}=${JSON.stringify(value)} is demanded`,
    notes: []
  }
}

/** Whether the text names the repository, in whichever way Docker Hub is written. */
function isNameOf(text: string, reference: Reference): boolean {
  if (text === nameOf(reference)) return true
  try {
    const named = parseReference(text)
    return named.tag === undefined && named.digest === undefined && nameOf(named) === nameOf(reference)
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}

function asRefusal(finding: Finding): Refusal[] {
  return finding.outcome === 'verified' ? [] : [finding]
}

function mostTelling(refusals: readonly Refusal[]): Finding {
  const [first] = refusals.toSorted((a, b) => TELLING.indexOf(a.outcome) - TELLING.indexOf(b.outcome))
  return first ?? { outcome: 'error', reason: 'no signature was found where there should be one', notes: [] }
}
