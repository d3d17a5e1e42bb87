import { isObject, type JsonObject } from '../lib/json.ts'

/**
 * The texts, numbers and truth values of an object under these keys; everything else is left behind, also what has another type. Only what is
 * named gets out: what Trivy adds in a later version is not published by accident.
 */
export function pick(value: unknown, keys: readonly string[]): JsonObject {
  const object = objectOf(value)
  const picked: [string, string | number | boolean][] = []
  for (const key of keys) {
    const item = object[key]
    if (typeof item === 'string' && item !== '') picked.push([key, wellFormed(item)])
    if (typeof item === 'number' || typeof item === 'boolean') picked.push([key, item])
  }
  return Object.fromEntries(picked)
}

/** `value` where it is an object, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The texts of a list, without anything else that is in it. */
export function pickTexts(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap(value => (typeof value === 'string' ? [wellFormed(value)] : []))
}

/** The values of an object that are texts. */
export function pickStrings(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectOf(value)).flatMap(([key, value]) =>
      typeof value === 'string' ? [[wellFormed(key), wellFormed(value)]] : []
    )
  )
}

/** `{ [key]: value }`, or nothing for what is empty: Trivy leaves it out as well. */
export function unlessEmpty(key: string, value: JsonObject | readonly unknown[]): JsonObject {
  const size = Array.isArray(value) ? value.length : Object.keys(value).length
  return size === 0 ? {} : { [key]: value }
}

/** A text for people, at most so many characters and without control characters. */
export function shortened(text: string, most: number): string {
  const clean = wellFormed(text.replace(/\p{Cc}+/gu, ' ')).trim()
  return clean.length > most ? `${clean.slice(0, most - 1).toWellFormed()}…` : clean
}

/** Half a surrogate pair is no UTF-8: it becomes what a decoder puts for what it cannot read. (NUL is UTF-8, and cosign 3.1.3 keeps it.) */
function wellFormed(text: string): string {
  return text.toWellFormed()
}
