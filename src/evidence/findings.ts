import { asArray, type JsonObject, text } from '../lib/json.ts'
import { type AcceptedBy, type AcceptedFinding, findAccepted } from './accepted.ts'
import { objectOf, pick, shortened, unlessEmpty } from './pick.ts'
import { type Published, scrubReport, scrubVulnerability } from './scrub.ts'

/** What was taken out of the findings of one platform, and by whom. */
export interface Acceptances {
  /** By ignore files and dismissed alerts. */
  readonly accepted: readonly AcceptedFinding[]
  /** The VEX documents that Trivy was given: their absolute paths, as Trivy repeats them, and what people call them. */
  readonly vex: ReadonlyMap<string, string>
}

const MOST_STATEMENT = 1_000
const MOST_SOURCE = 300

/**
 * The report with its vulnerabilities and nothing else: what is said of them in public. What was accepted stands apart from the others, in
 * Trivy's own form for findings that it hides, so that whoever verifies it sees that the signer accepted them, and why.
 *
 * Packages are left to the SBOM. Secrets are in no evidence.
 * @param json Trivy's JSON, unfiltered and understood.
 * @throws TypeError for what is no report.
 */
export function scrubFindings(json: unknown, image: Published, { accepted, vex }: Acceptances): JsonObject {
  const acceptedBy = findAccepted(accepted)
  return scrubReport(json, image, (result, index) => {
    const path = `Results[${index}]`
    const all = asArray(result['Vulnerabilities'], `${path}.Vulnerabilities`)
    const hidden = asArray(result['ExperimentalModifiedFindings'], `${path}.ExperimentalModifiedFindings`)
    if (!describesPackages(result) && all.length === 0 && hidden.length === 0) return undefined
    const { counting, ignored } = split(all, result, acceptedBy)
    return {
      ...unlessEmpty('Vulnerabilities', counting),
      ...unlessEmpty('ExperimentalModifiedFindings', [...hidden.map(one => scrubHidden(one, vex)), ...ignored])
    }
  })
}

/** True for results about a distribution's packages or a language's: what is kept of a scan that found nothing in them. */
export function describesPackages(result: JsonObject): boolean {
  return ['os-pkgs', 'lang-pkgs'].includes(text(result, 'Class'))
}

function split(
  all: readonly unknown[],
  result: JsonObject,
  acceptedBy: AcceptedBy
): { readonly counting: JsonObject[]; readonly ignored: JsonObject[] } {
  const counting: JsonObject[] = []
  const ignored: JsonObject[] = []
  for (const vulnerability of all) {
    const scrubbed = scrubVulnerability(vulnerability)
    const by = acceptedBy(objectOf(vulnerability), result)
    if (by === undefined) counting.push(scrubbed)
    else ignored.push(modified('ignored', by.statement, by.source, scrubbed))
  }
  return { counting, ignored }
}

/** What a VEX document takes out, which Trivy has apart already. */
function scrubHidden(value: unknown, vex: ReadonlyMap<string, string>): JsonObject {
  const said = pick(value, ['Status', 'Statement', 'Source'])
  const finding = scrubVulnerability(objectOf(value)['Finding'])
  return modified(text(said, 'Status'), text(said, 'Statement'), vex.get(text(said, 'Source')) ?? '', finding)
}

/** Format: `ModifiedFinding` of Trivy's pkg/types/finding.go. */
function modified(status: string, statement: string, source: string, finding: JsonObject): JsonObject {
  return {
    Type: 'vulnerability',
    Status: status,
    Statement: shortened(statement, MOST_STATEMENT),
    Source: shortened(source, MOST_SOURCE),
    Finding: finding
  }
}
