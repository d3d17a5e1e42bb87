import { PROVENANCE, predicateTypeOf, VULN } from '../lib/predicate-types.ts'
import type { DemandFacts, Facts, StatementFact } from './facts.ts'
import { judgeProvenance } from './provenance.ts'
import { judgeScans } from './scans.ts'
import type { Finding } from './signatures.ts'
import type { Demand } from './trust.ts'

/** Whether what must be attested is, and says what it must. */
export function judgeDemand(demand: Demand, facts: Facts): Finding {
  const found = facts.attested.find(one => one.demand === demand)
  if (found === undefined)
    return { outcome: 'error', reason: `nobody looked for what is attested (${demand.type})`, notes: [] }
  if (found.problem !== undefined) return { ...found.problem, notes: [] }
  const type = predicateTypeOf(demand.type)
  const statements = found.statements.filter(({ predicateType }) => predicateType === type)
  return type === VULN ? judgePlatforms(demand, facts, found, statements) : judgeImage(demand, facts, found, statements)
}

/** A scan is of a platform: each of them needs its own. */
function judgePlatforms(demand: Demand, facts: Facts, found: DemandFacts, all: readonly StatementFact[]): Finding {
  const notes: string[] = []
  let signer: string | undefined
  for (const { platform, digest } of facts.platforms) {
    const statements = all.filter(statement => statement.digest === digest)
    const finding = judgeScans(demand, platform, statements, facts.now)
    notes.push(...finding.notes)
    if (finding.outcome !== 'verified') return { ...explained(finding, found), notes }
    signer ??= finding.signer
  }
  if (facts.platforms.length === 0)
    return { outcome: 'not-attested', reason: 'it has no platform that could have been scanned', notes }
  return { outcome: 'verified', ...(signer !== undefined && { signer }), notes }
}

/** Anything else is of the image as a whole, or else of every platform. */
function judgeImage(demand: Demand, facts: Facts, found: DemandFacts, all: readonly StatementFact[]): Finding {
  const about = (digest: string) =>
    judgeAny(
      demand,
      all.filter(statement => statement.digest === digest),
      facts.now
    )
  const whole = about(facts.digest)
  const platforms = facts.platforms.filter(({ digest }) => digest !== facts.digest)
  if (whole.outcome === 'verified' || platforms.length === 0) return explained(whole, found)
  const findings = platforms.map(({ platform, digest }) => ofPlatform(platform, about(digest)))
  const missing = findings.find(({ outcome }) => outcome !== 'verified')
  if (missing === undefined) return findings[0] ?? whole
  const nowhere = findings.every(({ outcome }) => outcome === 'not-attested')
  return explained(whole.outcome === 'not-attested' && !nowhere ? missing : whole, found)
}

function judgeAny(demand: Demand, statements: readonly StatementFact[], now: Date): Finding {
  const [first] = statements
  if (first === undefined)
    return { outcome: 'not-attested', reason: `nobody who is believed attested ${demand.type}`, notes: [] }
  if (predicateTypeOf(demand.type) === PROVENANCE) return judgeProvenance(demand, statements, now)
  return { outcome: 'verified', signer: first.signer, notes: [] }
}

function ofPlatform(platform: string, finding: Finding): Finding {
  return finding.outcome === 'verified' ? finding : { ...finding, reason: `platform ${platform}: ${finding.reason}` }
}

/** What lies there and was not believed may be why nothing was found. */
function explained(finding: Finding, { refused }: DemandFacts): Finding {
  if (finding.outcome !== 'not-attested' || refused === undefined) return finding
  return { ...finding, reason: `${finding.reason} (${refused})` }
}
