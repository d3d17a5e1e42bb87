import { type BuildHistory, readBuildHistory } from '../image/build-history.ts'
import { asArray, asObject, type JsonObject, text } from '../lib/json.ts'
import type { Finding, OperatingSystem, Report } from '../report/model.ts'
import { compareFindings } from '../report/order.ts'
import { type ExemptTable, finishExempt, readExempt, type VexNames } from './parse-exempt.ts'
import { ecosystemOf, optionalObject, optionalString, type Result, requiredString } from './parse-fields.ts'
import { finishRemarks, type RemarkTable, readRemarks } from './parse-remarks.ts'
import { readSecrets, type SecretTable } from './parse-secrets.ts'
import { finishVulnerabilities, readVulnerabilities, type VulnerabilityTable } from './parse-vulnerabilities.ts'

/** What one JSON report of Trivy says. */
export interface ParsedReport {
  readonly report: Report
  /** `os/architecture[/variant]` as the image's config has it; empty where the config does not say. */
  readonly platform: string
  /** Digest of the image's config: proves which image was scanned. */
  readonly imageId: string
  /** Empty where the report does not say. */
  readonly trivyVersion: string
  /** What the image's config says of how it was built; absent where that is not understood. */
  readonly build?: BuildHistory
}

/**
 * Reads a report of `trivy image --format json`, made with `--list-all-pkgs`, `--show-suppressed` and nothing filtered but by VEX.
 *
 * Everything is taken from every result, whatever its class; only custom resources are ignored on purpose. Runs in linear time but for the
 * sorting. Format: Trivy's pkg/types/report.go, schema 2.
 * @param json what JSON.parse made of the report; hostile, because names, paths and texts come from the image.
 * @param options.vex the VEX documents that Trivy was given, by absolute path, with the names that people know; none where it is absent.
 * @throws TypeError with the place in the report, for anything that makes it unclear what was found: a report that is not
 *   understood must never look clean. Only texts that merely inform (title, description, link, date) may be missing or odd.
 */
export function parseTrivyReport(json: unknown, options: { readonly vex?: VexNames } = {}): ParsedReport {
  const root = asObject(json, 'report')
  checkKind(root)
  const metadata = asObject(root['Metadata'], 'Metadata')
  const os = operatingSystem(metadata)
  const results = asArray(root['Results'], 'Results').map(readResult)
  const config = optionalObject(metadata, 'ImageConfig', 'Metadata')
  const build = readBuildHistory(config)
  const found = collect(results, optionalString(root, 'ArtifactName', 'report'), options.vex ?? new Map())
  return {
    report: { ...(os && { os }), ...found },
    platform: platformOf(config),
    imageId: requiredString(metadata, 'ImageID', 'Metadata'),
    trivyVersion: text(optionalObject(root, 'Trivy', 'report'), 'Version'),
    ...(build && { build })
  }
}

function checkKind(root: JsonObject): void {
  if (root['SchemaVersion'] !== 2) {
    throw new TypeError('SchemaVersion: expected 2, the only version of the report format that is understood')
  }
  if (root['ArtifactType'] !== 'container_image') {
    throw new TypeError('ArtifactType: expected "container_image", the report is of something else')
  }
}

function readResult(value: unknown, index: number): Result {
  const path = `Results[${index}]`
  const json = asObject(value, path)
  return {
    json,
    path,
    target: optionalString(json, 'Target', path),
    class: optionalString(json, 'Class', path),
    type: optionalString(json, 'Type', path)
  }
}

function collect(results: readonly Result[], artifact: string, vex: VexNames): Omit<Report, 'os'> {
  const packages: PackageTable = new Map()
  const vulnerabilities: VulnerabilityTable = new Map()
  const secrets: SecretTable = new Map()
  const hidden: ExemptTable = new Map()
  const noted: RemarkTable = new Map()
  for (const result of results) {
    readPackages(result, packages)
    readVulnerabilities(result, vulnerabilities)
    readSecrets(result, artifact, secrets)
    readExempt(result, vex, hidden)
    readRemarks(result, noted)
  }
  const findings: Finding[] = [...finishVulnerabilities(vulnerabilities), ...secrets.values()]
  const [exempt, remarks] = [finishExempt(hidden), finishRemarks(noted)]
  return {
    packages: Object.fromEntries([...packages].map(([ecosystem, unique]) => [ecosystem, unique.size])),
    findings: findings.sort(compareFindings),
    ...(exempt.length > 0 && { exempt }),
    ...(remarks.length > 0 && { remarks })
  }
}

/** Distinct packages by ecosystem. */
type PackageTable = Map<string, Set<string>>

function readPackages(result: Result, table: PackageTable): void {
  const list = asArray(result.json['Packages'], `${result.path}.Packages`)
  for (const [index, value] of list.entries()) {
    const path = `${result.path}.Packages[${index}]`
    const json = asObject(value, path)
    const purl = text(optionalObject(json, 'Identifier', path), 'PURL')
    const ecosystem = ecosystemOf(result, purl)
    const unique = table.get(ecosystem) ?? new Set()
    const file = text(json, 'FilePath') || result.target
    table.set(
      ecosystem,
      unique.add(
        JSON.stringify([requiredString(json, 'Name', path), text(json, 'Version'), text(json, 'Release'), file])
      )
    )
  }
}

function operatingSystem(metadata: JsonObject): OperatingSystem | undefined {
  const os = optionalObject(metadata, 'OS', 'Metadata')
  const family = optionalString(os, 'Family', 'Metadata.OS')
  const eosl = os['EOSL'] ?? false
  if (typeof eosl !== 'boolean') throw new TypeError('Metadata.OS.EOSL: expected true or false')
  // Trivy's word for packages of a distribution that it does not know, and so did not look up (pkg/scan/local/service.go).
  if (family === '' || family === 'none') return undefined
  return { family, version: optionalString(os, 'Name', 'Metadata.OS'), endOfLife: eosl }
}

function platformOf(config: JsonObject): string {
  const [os, architecture, variant] = [text(config, 'os'), text(config, 'architecture'), text(config, 'variant')]
  if (os === '' || architecture === '') return ''
  return variant === '' ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`
}
