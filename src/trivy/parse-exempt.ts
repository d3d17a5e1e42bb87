import { asArray, asObject } from '../lib/json.ts'
import type { Exempt } from '../report/model.ts'
import { compareFindings, compareText } from '../report/order.ts'
import { optionalString, type Result, requiredString } from './parse-fields.ts'
import { addVulnerability, finishVulnerabilities, type VulnerabilityTable } from './parse-vulnerabilities.ts'

/** The VEX documents that Trivy was given: their absolute paths, as Trivy repeats them, and what people call them. */
export type VexNames = ReadonlyMap<string, string>

/** What VEX documents take out, while it is being gathered: the vulnerabilities of each statement. */
export type ExemptTable = Map<string, Omit<Exempt, 'finding'> & { readonly vulnerabilities: VulnerabilityTable }>

/**
 * Adds what Trivy hid in one result to the table. Format: `ModifiedFinding` of Trivy's pkg/types/finding.go.
 * @throws TypeError when Trivy hid something that no document of `vex` says: then it read a file that we did not give it.
 */
export function readExempt(result: Result, vex: VexNames, table: ExemptTable): void {
  const list = asArray(result.json['ExperimentalModifiedFindings'], `${result.path}.ExperimentalModifiedFindings`)
  for (const [index, value] of list.entries()) {
    const path = `${result.path}.ExperimentalModifiedFindings[${index}]`
    const json = asObject(value, path)
    const source = vex.get(optionalString(json, 'Source', path))
    if (source === undefined || json['Type'] !== 'vulnerability')
      throw new TypeError(`${path}: expected only what the given VEX documents say, Trivy hid something else`)
    const status = requiredString(json, 'Status', path)
    const statement = optionalString(json, 'Statement', path)
    const key = JSON.stringify([source, status, statement])
    const said = table.get(key) ?? { source, status, statement, vulnerabilities: new Map() }
    addVulnerability(json['Finding'], result, `${path}.Finding`, said.vulnerabilities)
    table.set(key, said)
  }
}

/** What was gathered: each vulnerability once for each statement that takes it out, most severe first. */
export function finishExempt(table: ExemptTable): Exempt[] {
  return [...table.values()]
    .flatMap(({ vulnerabilities, ...said }) =>
      finishVulnerabilities(vulnerabilities).map(finding => ({ finding, ...said }))
    )
    .sort((a, b) => compareFindings(a.finding, b.finding) || compareText(a.source, b.source))
}
