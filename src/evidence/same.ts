import { asArray, asObject, isObject, type JsonObject } from '../lib/json.ts'
import { compareText } from '../report/order.ts'
import type { SignedScan } from './signed-scan.ts'

const DAY_MS = 24 * 60 * 60_000

/**
 * True when an earlier scan of the same image makes a new attestation needless: it says the same, with the same database, and is younger than a
 * day. What is older is attested again, so that a reader who asks for a fresh scan finds one.
 */
export function stillHolds(earlier: SignedScan, now: SignedScan): boolean {
  const age = now.scannedAt.getTime() - earlier.scannedAt.getTime()
  return age >= 0 && age < DAY_MS && sameFindings(earlier, now)
}

/**
 * True when two scans looked at the same, found the same, accepted the same for the same reasons, and asked the same database: the same by its
 * digest, whoever served it. Where a scan does not tell the digest, nobody knows.
 */
export function sameFindings(a: SignedScan, b: SignedScan): boolean {
  return (
    sameDatabase(a, b) &&
    a.recognised === b.recognised &&
    canonical(a.parameters) === canonical(b.parameters) &&
    canonical(a.vulnerabilities) === canonical(b.vulnerabilities) &&
    canonical(a.accepted) === canonical(b.accepted)
  )
}

function sameDatabase(a: SignedScan, b: SignedScan): boolean {
  const [digest, other] = [a, b].map(({ database }) => /@(sha256:[0-9a-f]{64})$/.exec(database.uri)?.[1])
  return digest !== undefined && digest === other
}

/**
 * True when two CycloneDX documents list the same components with the same properties, whatever their serial numbers, times and references to
 * themselves, which are new in each document.
 * Format: https://cyclonedx.org/docs/1.6/json/
 * @throws TypeError when `components` is none.
 */
export function sameComponents(a: JsonObject, b: JsonObject): boolean {
  return a['specVersion'] === b['specVersion'] && canonical(componentsOf(a)) === canonical(componentsOf(b))
}

function componentsOf(bom: JsonObject): JsonObject[] {
  const root = isObject(bom['metadata']) ? bom['metadata']['component'] : undefined
  const all = [...(root === undefined ? [] : [root]), ...asArray(bom['components'], 'components')]
  return all.map((value, index) => {
    const { 'bom-ref': _, ...component } = asObject(value, `components[${index}]`)
    return component
  })
}

/** JSON in which neither the order of an object's keys nor that of a list matters: cosign keeps the one, Trivy means nothing by the other. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort(compareText).join()}]`
  if (!isObject(value)) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
  return `{${entries.sort(compareText).join()}}`
}
