import { asArray, asObject, type JsonObject, text } from '../lib/json.ts'
import type { Remark } from '../report/model.ts'
import { compareText } from '../report/order.ts'
import { bySeverity } from '../report/severity.ts'
import {
  httpsOnly,
  optionalString,
  type Result,
  requiredString,
  severityOf,
  withoutLeadingSlash
} from './parse-fields.ts'

/** Remarks that are being gathered, each kind, id and subject once. */
export type RemarkTable = Map<string, Remark>

/** Adds the misconfigurations and licences of one result to the table. */
export function readRemarks(result: Result, table: RemarkTable): void {
  for (const remark of [...misconfigurations(result), ...licenses(result)]) {
    const key = JSON.stringify([remark.kind, remark.id, remark.subject])
    const known = table.get(key)
    if (known === undefined || bySeverity(remark, known) < 0) table.set(key, remark)
  }
}

/** The remarks that were gathered: most severe first, then misconfigurations before licences, then by id and subject. */
export function finishRemarks(table: RemarkTable): Remark[] {
  return [...table.values()].sort(
    (a, b) =>
      bySeverity(a, b) || compareText(b.kind, a.kind) || compareText(a.id, b.id) || compareText(a.subject, b.subject)
  )
}

/**
 * Checks of the image's config that failed. `Message`, `CauseMetadata` and `Layer` are never read: they repeat instructions, and with
 * them values of ENV and ARG. Format: Trivy's pkg/types/misconfiguration.go.
 */
function misconfigurations(result: Result): Remark[] {
  return elements(result, 'Misconfigurations')
    .filter(([json]) => json['Status'] === 'FAIL')
    .map(([json, path]) => ({
      kind: 'misconfiguration',
      id: requiredString(json, 'ID', path),
      severity: severityOf(json, path),
      title: text(json, 'Title'),
      subject: '',
      advice: text(json, 'Resolution'),
      url: httpsOnly(text(json, 'PrimaryURL'))
    }))
}

/** Licences of packages, and of files that no package owns. Format: Trivy's pkg/types/license.go, `DetectedLicense`. */
function licenses(result: Result): Remark[] {
  return elements(result, 'Licenses').map(([json, path]) => ({
    kind: 'license',
    // A package may name none, and that is no reason to distrust the whole scan.
    id: optionalString(json, 'Name', path) || 'unknown',
    severity: severityOf(json, path),
    title: text(json, 'Category'),
    subject: optionalString(json, 'PkgName', path) || withoutLeadingSlash(optionalString(json, 'FilePath', path)),
    advice: '',
    url: httpsOnly(text(json, 'Link'))
  }))
}

function elements(result: Result, key: string): [JsonObject, string][] {
  const list = asArray(result.json[key], `${result.path}.${key}`)
  return list.map((value, index) => {
    const path = `${result.path}.${key}[${index}]`
    return [asObject(value, path), path]
  })
}
