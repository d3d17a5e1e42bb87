import { asArray, asObject, type JsonObject, text } from '../lib/json.ts'
import type { Occurrence, Vulnerability } from '../report/model.ts'
import { sortOccurrences } from '../report/order.ts'
import { bySeverity } from '../report/severity.ts'
import {
  ecosystemOf,
  httpsOnly,
  layerOf,
  optionalObject,
  optionalString,
  type Result,
  requiredString,
  severityOf,
  withoutLeadingSlash
} from './parse-fields.ts'

/** Vulnerabilities that are being gathered, by ecosystem, package and id. */
export type VulnerabilityTable = Map<string, Gathered>

interface Gathered {
  /** The most severe of those with this identity; its occurrences are not complete yet. */
  worst: Omit<Vulnerability, 'fixable' | 'occurrences'>
  readonly occurrences: Occurrence[]
}

/** What `Target` says, where it is no file, by `Type`. Source: Trivy's pkg/scan/langpkg/scan.go, `PkgTargets`. */
const AGGREGATES: ReadonlyMap<string, string> = new Map([
  ['python-pkg', 'Python'],
  ['conda-pkg', 'Conda'],
  ['gemspec', 'Ruby'],
  ['node-pkg', 'Node.js'],
  ['jar', 'Java'],
  ['kubernetes', 'Kubernetes']
])

/** Adds the vulnerabilities of one result to the table. Format: Trivy's pkg/types/vulnerability.go. */
export function readVulnerabilities(result: Result, table: VulnerabilityTable): void {
  const list = asArray(result.json['Vulnerabilities'], `${result.path}.Vulnerabilities`)
  for (const [index, value] of list.entries())
    addVulnerability(value, result, `${result.path}.Vulnerabilities[${index}]`, table)
}

/**
 * Adds one vulnerability of a result to the table.
 * @param path where it stands in the report, for errors.
 */
export function addVulnerability(value: unknown, result: Result, path: string, table: VulnerabilityTable): void {
  const json = asObject(value, path)
  const occurrence = readOccurrence(json, result, path)
  const vulnerability = readVulnerability(json, ecosystemOf(result, occurrence.purl), path)
  const key = JSON.stringify([vulnerability.ecosystem, vulnerability.package, vulnerability.id])
  const known = table.get(key) ?? { worst: vulnerability, occurrences: [] }
  if (bySeverity(vulnerability, known.worst) < 0) known.worst = vulnerability
  known.occurrences.push(occurrence)
  table.set(key, known)
}

/** The gathered vulnerabilities, each with all of its occurrences, in no particular order. */
export function finishVulnerabilities(table: VulnerabilityTable): Vulnerability[] {
  return [...table.values()].map(({ worst, occurrences }) => {
    const distinct = sortOccurrences(occurrences)
    return { ...worst, fixable: distinct.some(({ fixed }) => fixed !== ''), occurrences: distinct }
  })
}

function readVulnerability(json: JsonObject, ecosystem: string, path: string): Gathered['worst'] {
  return {
    kind: 'vulnerability',
    id: requiredString(json, 'VulnerabilityID', path),
    severity: severityOf(json, path),
    ecosystem,
    package: requiredString(json, 'PkgName', path),
    title: text(json, 'Title'),
    description: text(json, 'Description'),
    url: httpsOnly(text(json, 'PrimaryURL')),
    published: timestamp(text(json, 'PublishedDate'))
  }
}

function readOccurrence(json: JsonObject, result: Result, path: string): Occurrence {
  return {
    installed: optionalString(json, 'InstalledVersion', path),
    fixed: optionalString(json, 'FixedVersion', path),
    path: withoutLeadingSlash(optionalString(json, 'PkgPath', path) || fileOf(result)),
    purl: optionalString(optionalObject(json, 'PkgIdentifier', path), 'PURL', `${path}.PkgIdentifier`),
    ...layerOf(json, path)
  }
}

/** The file that a result is about: a binary or a lock file. Empty for a distribution and for packages gathered from many files. */
function fileOf(result: Result): string {
  if (result.class === 'os-pkgs' || result.target === AGGREGATES.get(result.type)) return ''
  return result.target
}

function timestamp(word: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(word) ? word : ''
}
