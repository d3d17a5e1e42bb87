/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>

/** True for `{…}`, false for arrays, null and everything else. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `value` as an object, or an error that names where (`path`) and what was found instead. */
export function asObject(value: unknown, path: string): JsonObject {
  if (isObject(value)) return value
  throw new TypeError(`${path}: expected an object, found ${kindOf(value)}`)
}

/** `value` as a string, or an error that names where and what was found instead. */
export function asString(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw new TypeError(`${path}: expected a string, found ${kindOf(value)}`)
}

/** `value` as an array; absent and null count as empty, as Go leaves empty lists out. */
export function asArray(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw new TypeError(`${path}: expected a list, found ${kindOf(value)}`)
}

/** The string under `key`, or `''` where it is absent or of another type: for texts that only inform. */
export function text(object: JsonObject, key: string): string {
  const value = object[key]
  return typeof value === 'string' ? value : ''
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : typeof value
}
