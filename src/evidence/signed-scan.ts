import { asArray, asObject, asString, type JsonObject, text } from '../lib/json.ts'
import { parseSeverity, SEVERITIES, type Severity } from '../report/severity.ts'
import { describesPackages } from './findings.ts'
import { objectOf, pickTexts } from './pick.ts'
import type { SignedDatabase } from './predicate.ts'
import { parseTime } from './time.ts'

/** One vulnerability of a signed scan, at one place. */
export interface SignedVulnerability {
  readonly id: string
  readonly package: string
  readonly severity: Severity
  readonly fixable: boolean
  readonly installed: string
  /** Versions that fix it, as the advisory gives them; empty while there is none. */
  readonly fixed: string
  /** Path inside the image; empty for a distribution's packages and where it is not told. */
  readonly path: string
}

/** One that the signer accepted: it does not count, and whoever relies on the scan should know. */
export interface AcceptedVulnerability extends SignedVulnerability {
  /** `ignored`, or a word of VEX: `not_affected`. */
  readonly status: string
  readonly statement: string
  /** Where it was accepted. */
  readonly source: string
}

/** What a signed scan says. */
export interface SignedScan {
  /** When the scan ended, by the signer's clock. It may be in the future: the caller decides what that means. */
  readonly scannedAt: Date
  readonly database: SignedDatabase
  /** Options of the scan, as far as the signer tells: `--skip-dirs=/opt`. */
  readonly parameters: readonly string[]
  /** Trivy's report without what was accepted, for `parseTrivyReport`. Of our own making it has neither secrets nor packages. */
  readonly report: JsonObject
  /** Without what was accepted. */
  readonly vulnerabilities: readonly SignedVulnerability[]
  readonly accepted: readonly AcceptedVulnerability[]
  /** False when the scan recognised neither an operating system nor packages: nobody may call that clean. */
  readonly recognised: boolean
}

/**
 * Reads the predicate of a vulnerability scan: of our own making, or as `trivy --format cosign-vuln` writes it.
 * @param predicate its signature must be verified already.
 * @throws TypeError with the place, for anything that makes it unclear when the scan was or what it found: what is not understood must never look
 *   clean. Without `Results` a report says that nothing was found only if it is a report of Trivy at all.
 */
export function readVulnPredicate(predicate: JsonObject): SignedScan {
  const scanner = asObject(predicate['scanner'], 'scanner')
  const metadata = asObject(predicate['metadata'], 'metadata')
  const database = objectOf(scanner['db'])
  const path = 'scanner.result'
  const report = asObject(scanner['result'], path)
  checkKind(report, path)
  const results = asArray(report['Results'], `${path}.Results`).map((value, index) => {
    const place = `${path}.Results[${index}]`
    return { json: asObject(value, place), path: place }
  })
  return {
    scannedAt: parseTime(metadata['scanFinishedOn'], 'metadata.scanFinishedOn'),
    database: { uri: text(database, 'uri'), version: text(database, 'version') },
    parameters: pickTexts(objectOf(predicate['invocation'])['parameters']),
    report: { ...report, Results: results.map(({ json }) => withoutAccepted(json)) },
    vulnerabilities: results.flatMap(readVulnerabilities),
    accepted: results.flatMap(readAccepted),
    recognised: operatingSystem(report, path) !== '' || results.some(({ json }) => describesPackages(json))
  }
}

interface Result {
  readonly json: JsonObject
  readonly path: string
}

/** Format: Trivy's pkg/types/report.go. A report of another scanner has neither field; one of a file system says nothing about an image. */
function checkKind(report: JsonObject, path: string): void {
  if (report['SchemaVersion'] !== 2)
    throw new TypeError(`${path}.SchemaVersion: expected 2, the only version of Trivy's report that is understood`)
  if (report['ArtifactType'] !== 'container_image')
    throw new TypeError(`${path}.ArtifactType: expected "container_image", the report is of something else`)
}

function operatingSystem(report: JsonObject, path: string): string {
  const metadata = report['Metadata'] === undefined ? {} : asObject(report['Metadata'], `${path}.Metadata`)
  return text(objectOf(metadata['OS']), 'Family').replace(/^none$/, '')
}

function readVulnerabilities({ json, path }: Result): SignedVulnerability[] {
  const list = asArray(json['Vulnerabilities'], `${path}.Vulnerabilities`)
  return list.map((value, index) => readVulnerability(value, json, `${path}.Vulnerabilities[${index}]`))
}

/** Findings of other kinds that were hidden, such as secrets, are not what this is about. */
function readAccepted({ json, path }: Result): AcceptedVulnerability[] {
  const list = asArray(json['ExperimentalModifiedFindings'], `${path}.ExperimentalModifiedFindings`)
  return list.flatMap((value, index) => {
    const place = `${path}.ExperimentalModifiedFindings[${index}]`
    const hidden = asObject(value, place)
    if (asString(hidden['Type'], `${place}.Type`) !== 'vulnerability') return []
    const said = {
      status: text(hidden, 'Status'),
      statement: text(hidden, 'Statement'),
      source: text(hidden, 'Source')
    }
    return [{ ...readVulnerability(hidden['Finding'], json, `${place}.Finding`), ...said }]
  })
}

function readVulnerability(value: unknown, result: JsonObject, path: string): SignedVulnerability {
  const json = asObject(value, path)
  const fixed = optional(json, 'FixedVersion', path)
  const target = text(result, 'Class') === 'os-pkgs' ? '' : text(result, 'Target')
  return {
    id: required(json, 'VulnerabilityID', path),
    package: required(json, 'PkgName', path),
    severity: severityOf(json, path),
    fixable: fixed !== '',
    installed: optional(json, 'InstalledVersion', path),
    fixed,
    path: (optional(json, 'PkgPath', path) || target).replace(/^\//, '')
  }
}

/** Absent is `unknown`, as Trivy means it; a word that Trivy does not have could be anything. */
function severityOf(json: JsonObject, path: string): Severity {
  const word = optional(json, 'Severity', path)
  const severity = parseSeverity(word)
  if (word === '' || severity === word.toLowerCase()) return severity
  throw new TypeError(`${path}.Severity: expected one of ${SEVERITIES.join(', ').toUpperCase()}`)
}

function required(json: JsonObject, key: string, path: string): string {
  const value = asString(json[key], `${path}.${key}`)
  if (value === '') throw new TypeError(`${path}.${key}: expected a text, found an empty string`)
  return value
}

function optional(json: JsonObject, key: string, path: string): string {
  const value = json[key]
  return value === undefined || value === null ? '' : asString(value, `${path}.${key}`)
}

function withoutAccepted({ ExperimentalModifiedFindings: _, ...result }: JsonObject): JsonObject {
  return result
}
