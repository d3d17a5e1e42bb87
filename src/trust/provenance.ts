import type { Provenance, StatementFact } from './facts.ts'
import { isFuture, momentInWords } from './moment.ts'
import type { Finding } from './signatures.ts'
import { spanInWords } from './span.ts'
import type { Demand } from './trust.ts'

/** How many statements that do not fit are told of. */
const MAX_TOLD = 3

/** Whether one of the provenance statements, of which there is at least one, says what is demanded. */
export function judgeProvenance(demand: Demand, statements: readonly StatementFact[], now: Date): Finding {
  const judged = statements.map(statement => ({ statement, problem: problemOf(demand, statement, now) }))
  const good = judged.find(({ problem }) => problem === undefined)
  if (good !== undefined) return { outcome: 'verified', signer: good.statement.signer, notes: [] }
  const problems = [...new Set(judged.map(({ problem }) => problem))]
  const more = problems.length > MAX_TOLD ? `; and ${problems.length - MAX_TOLD} more` : ''
  return {
    outcome: 'attestation-refused',
    reason: `the provenance ${problems.slice(0, MAX_TOLD).join('; another ')}${more}`,
    notes: []
  }
}

/** What keeps a statement from being what is demanded, to be read after "the provenance". */
function problemOf(demand: Demand, { says }: StatementFact, now: Date): string | undefined {
  if (says.kind === 'unreadable') return `cannot be read: ${says.reason}`
  if (says.kind !== 'provenance') return 'was not read as provenance'
  return problemOfOrigin(demand, says.provenance) ?? problemOfTime(demand, says.provenance, now)
}

function problemOfOrigin(demand: Demand, said: Provenance): string | undefined {
  if (demand.repository !== undefined && plainName(said.repository) !== plainName(demand.repository))
    return `says the repository ${quote(said.repository)}, and ${quote(demand.repository)} is demanded`
  if (demand.workflow !== undefined && said.workflow !== demand.workflow)
    return `says the workflow ${quote(said.workflow)}, and ${quote(demand.workflow)} is demanded`
  if (demand.ref !== undefined && said.ref !== demand.ref)
    return `says the ref ${quote(said.ref)}, and ${quote(demand.ref)} is demanded`
  return undefined
}

function problemOfTime({ maxAgeMs }: Demand, { finishedOn }: Provenance, now: Date): string | undefined {
  if (finishedOn === undefined || Number.isNaN(finishedOn.getTime()))
    return maxAgeMs === undefined ? undefined : 'does not say when the build ended, and max-age is demanded'
  if (isFuture(finishedOn, now)) return `says that the build ended in the future, at ${momentInWords(finishedOn)}`
  const age = now.getTime() - finishedOn.getTime()
  if (maxAgeMs !== undefined && age > maxAgeMs)
    return `is ${spanInWords(age)} old, and at most ${spanInWords(maxAgeMs)} are allowed`
  return undefined
}

/** GitHub's names are the same whatever their capitals are. */
function plainName(repository: string | undefined): string | undefined {
  return repository?.toLowerCase().replace(/^https:\/\/github\.com\//, '')
}

function quote(text: string | undefined): string {
  return text === undefined ? 'nothing' : JSON.stringify(text.slice(0, 200))
}
