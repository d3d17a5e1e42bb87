import { gunzipSync } from 'node:zlib'
import { isObject, type JsonObject, text } from '../../src/lib/json.ts'

/** GitHub's limits. Source: https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support */
const LIMITS = {
  gzipBytes: 10 * 1024 * 1024,
  runs: 20,
  results: 25_000,
  rules: 25_000,
  locations: 1000,
  tags: 20,
  ruleText: 1024
}

/** The decoded upload, or the status and words with which GitHub refuses it at once. */
export type Decoded = { readonly sarif: JsonObject } | { readonly status: 400 | 413; readonly message: string }

/** Decodes base64(gzip(JSON)), strictly: GitHub takes no line breaks and no other alphabet. */
export function decodeSarif(encoded: string): Decoded {
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) return { status: 400, message: 'sarif is not valid base64' }
  if (bytes.length > LIMITS.gzipBytes) return { status: 413, message: 'Payload Too Large' }
  try {
    const sarif: unknown = JSON.parse(gunzipSync(bytes).toString('utf8'))
    if (isObject(sarif) && sarif['version'] === '2.1.0' && Array.isArray(sarif['runs'])) return { sarif }
    return { status: 400, message: 'sarif is not a SARIF 2.1.0 log' }
  } catch (error) {
    return {
      status: 400,
      message: `sarif is not gzip-compressed JSON: ${error instanceof Error ? error.message : error}`
    }
  }
}

/** `automationDetails.id` up to its last slash; without a slash, GitHub takes all of it for the run's id. */
export function categoryOf(run: JsonObject): string {
  const id = text(objectIn(run, 'automationDetails'), 'id')
  return id.slice(0, Math.max(0, id.lastIndexOf('/')))
}

/**
 * What GitHub finds when it processes an upload, in its words where they are known: codeql-action src/upload-lib.ts and its
 * issues. Limits of which only the number is documented are reported by analogy.
 * @param hasCheckoutUri whether the upload named a checkout, with which every location must be a path or a `file:` URI.
 */
export function processingErrors(sarif: JsonObject, hasCheckoutUri: boolean): string[] {
  const runs = objectsIn(sarif, 'runs')
  const errors: string[] = []
  if (runs.length > LIMITS.runs) {
    errors.push(`rejecting SARIF, as there are more runs than allowed (${runs.length} > ${LIMITS.runs})`)
  }
  const keys = runs.map(run => `${toolName(run)}\n${categoryOf(run)}`)
  if (new Set(keys).size < keys.length) errors.push('A delivery cannot contain multiple runs with the same category')
  return [...errors, ...runs.flatMap(run => [...runErrors(run), ...resultErrors(run, hasCheckoutUri)])]
}

function runErrors(run: JsonObject): string[] {
  const driver = objectIn(objectIn(run, 'tool'), 'driver')
  const rules = objectsIn(driver, 'rules')
  const counts: [string, number, number][] = [
    ['results', objectsIn(run, 'results').length, LIMITS.results],
    ['rules', rules.length, LIMITS.rules]
  ]
  const errors = counts
    .filter(([, count, limit]) => count > limit)
    .map(
      ([what, count, limit]) => `rejecting SARIF, as there are more ${what} per run than allowed (${count} > ${limit})`
    )
  if (text(driver, 'name') === '') errors.push('tool.driver.name must not be empty')
  if (objectsIn(run, 'invocations').some(invocation => invocation['executionSuccessful'] === false)) {
    errors.push('unsuccessful execution')
  }
  return [...errors, ...rules.flatMap(ruleErrors)]
}

function ruleErrors(rule: JsonObject): string[] {
  const properties = objectIn(rule, 'properties')
  const severity = properties['security-severity']
  const errors: string[] = []
  if (
    severity !== undefined &&
    (typeof severity !== 'string' || severity.trim() === '' || Number.isNaN(Number(severity)))
  ) {
    errors.push('could not convert rules: invalid security severity value, is not a number')
  }
  if (Array.isArray(properties['tags']) && properties['tags'].length > LIMITS.tags)
    errors.push('could not convert rules: too many tags')
  for (const key of ['shortDescription', 'fullDescription']) {
    const length = text(objectIn(rule, key), 'text').length
    if (length === 0 || length > LIMITS.ruleText)
      errors.push(`could not convert rules: ${key} has ${length} characters`)
  }
  return errors
}

function resultErrors(run: JsonObject, hasCheckoutUri: boolean): string[] {
  const errors = new Set<string>()
  for (const result of objectsIn(run, 'results')) {
    const locations = objectsIn(result, 'locations')
    const uri = text(objectIn(objectIn(locations[0] ?? {}, 'physicalLocation'), 'artifactLocation'), 'uri')
    if (uri === '') errors.add('locationFromSarifResult: expected artifact location')
    else if (/[\s\\]/.test(uri) || !URL.canParse(uri, 'file:///'))
      errors.add('an invalid URI was provided as a SARIF location')
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]
    if (hasCheckoutUri && scheme !== undefined && scheme !== 'file') {
      errors.add(`SARIF URI scheme "${scheme}" did not match the checkout URI scheme "file"`)
    }
    if (locations.length > LIMITS.locations)
      errors.add('rejecting SARIF, as there are more locations per result than allowed')
    if (text(objectIn(result, 'message'), 'text') === '') errors.add('result without message.text')
  }
  return [...errors]
}

function toolName(run: JsonObject): string {
  return text(objectIn(objectIn(run, 'tool'), 'driver'), 'name')
}

function objectIn(object: JsonObject, key: string): JsonObject {
  const value = object[key]
  return isObject(value) ? value : {}
}

function objectsIn(object: JsonObject, key: string): readonly JsonObject[] {
  const value = object[key]
  return Array.isArray(value) ? value.filter(isObject) : []
}
