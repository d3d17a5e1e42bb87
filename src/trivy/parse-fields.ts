import { asObject, asString, type JsonObject } from '../lib/json.ts'
import type { Layer } from '../report/model.ts'
import { parseSeverity, SEVERITIES, type Severity } from '../report/severity.ts'

/** The string under `key`; `''` where Go left it out as empty; a TypeError for anything else. */
export function optionalString(object: JsonObject, key: string, path: string): string {
  const value = object[key]
  return value === undefined || value === null ? '' : asString(value, `${path}.${key}`)
}

/** The string under `key`; a TypeError where it is absent, empty or something else. */
export function requiredString(object: JsonObject, key: string, path: string): string {
  const value = asString(object[key], `${path}.${key}`)
  if (value === '') throw new TypeError(`${path}.${key}: expected a text, found an empty string`)
  return value
}

/** The object under `key`; an empty one where it is absent; a TypeError for anything else. */
export function optionalObject(object: JsonObject, key: string, path: string): JsonObject {
  const value = object[key]
  return value === undefined || value === null ? {} : asObject(value, `${path}.${key}`)
}

/**
 * `Severity` of a finding. Absent is `unknown`, as Trivy means it; a word that Trivy does not have is a TypeError, because
 * to take it for `unknown` would let something worse through.
 */
export function severityOf(finding: JsonObject, path: string): Severity {
  const word = optionalString(finding, 'Severity', path)
  if (word === '') return 'unknown'
  const severity = parseSeverity(word)
  if (severity === word.toLowerCase()) return severity
  throw new TypeError(`${path}.Severity: expected one of ${SEVERITIES.join(', ').toUpperCase()}`)
}

/** `Layer` of a finding as a property to spread; nothing where Trivy does not know the layer. */
export function layerOf(finding: JsonObject, path: string): { layer?: Layer } {
  const layer = optionalObject(finding, 'Layer', path)
  const digest = optionalString(layer, 'Digest', `${path}.Layer`)
  const diffId = optionalString(layer, 'DiffID', `${path}.Layer`)
  return digest === '' && diffId === '' ? {} : { layer: { digest, diffId } }
}

/** One element of the report's `Results`, with what all of its findings share. */
export interface Result {
  readonly json: JsonObject
  /** Where it stands in the report, for errors: `Results[3]`. */
  readonly path: string
  /** A file inside the image, or Trivy's own words: the image with its distribution, `Node.js`, `Python`. */
  readonly target: string
  /** `os-pkgs`, `lang-pkgs`, `secret` and others. */
  readonly class: string
  /** The distribution (`debian`) or Trivy's word for the kind of package (`node-pkg`). */
  readonly type: string
}

/**
 * The ecosystem of a package: the distribution for OS packages, else the type in the package URL, else Trivy's word for the kind.
 * @param purl the package URL, `''` where there is none.
 */
export function ecosystemOf(result: Result, purl: string): string {
  const ecosystem = (result.class !== 'os-pkgs' && purlType(purl)) || result.type
  if (ecosystem === '') throw new TypeError(`${result.path}.Type: expected the kind of package, found none`)
  return ecosystem
}

/** Path inside the image, without the leading slash that Trivy writes in some places and not in others. */
export function withoutLeadingSlash(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path
}

/** A web address in its normal form, or `''` for anything that is none or is not `https:`. */
export function httpsOnly(link: string): string {
  return link.startsWith('https://') && URL.canParse(link) ? new URL(link).href : ''
}

function purlType(purl: string): string | undefined {
  return /^pkg:([a-z][a-z0-9.+-]*)\//i.exec(purl)?.[1]?.toLowerCase()
}
