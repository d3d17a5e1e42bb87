import { readStatements, type Statement } from '../../cosign/statements.ts'
import { readProvenance } from '../../evidence/provenance.ts'
import { readVulnPredicate } from '../../evidence/signed-scan.ts'
import type { Platform } from '../../image/platforms.ts'
import { type PinnedReference, pin } from '../../image/reference.ts'
import { messageOf } from '../../lib/errors.ts'
import { PROVENANCE, predicateTypeOf, VULN } from '../../lib/predicate-types.ts'
import type { DemandFacts, StatementFact } from '../../trust/facts.ts'
import type { Demand } from '../../trust/trust.ts'
import { believed, type Looking, problemOf, signerInWords, withPlace } from './look.ts'
import type { Believed } from './trust.ts'

/**
 * Everything that those who are believed attested about an image and its platforms, read as far as its type is known. A scan is of a platform
 * only, so the index is not asked for one.
 */
export async function attestedFor(
  looking: Looking,
  image: PinnedReference,
  platforms: readonly Platform[],
  demand: Demand
): Promise<DemandFacts> {
  const whole = predicateTypeOf(demand.type) === VULN ? [] : [image.digest]
  const digests = new Set([...whole, ...platforms.map(({ digest }) => digest)])
  const looks = demand.signedBy.flatMap(signedBy =>
    [...digests].map(digest => statementsOn(looking, pin(image, digest), demand.type, believed(looking, signedBy)))
  )
  try {
    const found = await Promise.all(looks)
    const refused = found.find(({ statements, refused }) => statements.length === 0 && refused !== undefined)?.refused
    return {
      demand,
      statements: found.flatMap(({ statements }) => statements),
      ...(refused === undefined ? {} : { refused })
    }
  } catch (error) {
    const { outcome, ...why } = problemOf(error)
    if (outcome === 'error') return { demand, statements: [], problem: { outcome, ...why } }
    const signers = demand.signedBy.map(signedBy => believed(looking, signedBy))
    const elsewhere = signers.find(({ elsewhere }) => elsewhere !== undefined)
    const reason = elsewhere === undefined ? why.reason : withPlace(why.reason, elsewhere)
    return { demand, statements: [], problem: { outcome: 'unreachable', ...why, reason } }
  }
}

async function statementsOn(
  { tools }: Looking,
  image: PinnedReference,
  type: string,
  { authorities, options }: Believed
): Promise<{ readonly statements: readonly StatementFact[]; readonly refused?: string }> {
  const { statements, refused } = await readStatements(tools, image, predicateTypeOf(type), authorities, options)
  return {
    statements: statements.map(statement => ({
      digest: image.digest,
      predicateType: statement.predicateType,
      signer: signerInWords(statement.by),
      says: whatItSays(statement)
    })),
    ...(refused === undefined ? {} : { refused })
  }
}

function whatItSays({ predicateType, predicate }: Statement): StatementFact['says'] {
  try {
    if (predicateType === VULN) return { kind: 'scan', scan: readVulnPredicate(predicate) }
    if (predicateType === PROVENANCE) return { kind: 'provenance', provenance: readProvenance(predicate) }
    return { kind: 'other' }
  } catch (error) {
    return { kind: 'unreadable', reason: messageOf(error) }
  }
}
