import { UserError } from '../lib/errors.ts'

/** The inputs as GitHub gives them; `''` for one that was not given. */
export type RawInputs = Readonly<Record<string, string>>

/** Reads single inputs and keeps every problem, so that all of them can be told at once. */
export interface Fields {
  readonly problems: readonly string[]
  /** Adds a problem: a sentence without a full stop that names the input and the remedy. */
  reject(problem: string): void
  text(name: string): string | undefined
  choice<T extends string>(name: string, allowed: readonly T[]): T
  choices<T extends string>(name: string, allowed: readonly T[]): readonly T[]
  boolean(name: string): boolean
  /** Lines or comma-separated values, without empty ones. */
  list(name: string): readonly string[]
  /** Milliseconds. */
  duration(name: string): number
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }
/** A day: longer than any job of GitHub's own runners, and far below what a timer of Node's can hold. */
const LONGEST_MS = 24 * 3_600_000

/**
 * @param raw what was given.
 * @param defaults values of inputs that were given empty or not at all; they are those of action.yml.
 */
export function createFields(raw: RawInputs, defaults: RawInputs): Fields {
  const problems: string[] = []
  const value = (name: string) => raw[name]?.trim() || defaults[name] || ''
  const reject = (problem: string) => void problems.push(problem)

  const one = <T extends string>(name: string, given: string, allowed: readonly T[]): T[] => {
    const known = allowed.find(word => word === given)
    if (known === undefined) reject(`${name} is "${shown(given)}"; it can be ${allowed.join(', ')}`)
    return known === undefined ? [] : [known]
  }
  const list = (name: string) =>
    value(name)
      .split(/[\n,]/)
      .map(entry => entry.trim())
      .filter(entry => entry !== '')

  return {
    problems,
    reject,
    text: name => value(name) || undefined,
    list,
    choice: (name, allowed) => one(name, value(name), allowed)[0] ?? (allowed[0] as (typeof allowed)[number]),
    choices: (name, allowed) => [...new Set(list(name).flatMap(entry => one(name, entry, allowed)))],
    boolean: name => one(name, value(name).toLowerCase(), ['true', 'false'])[0] === 'true',
    duration: name => {
      const match = /^(\d{1,6})(s|m|h)$/.exec(value(name))
      const milliseconds = Number(match?.[1] ?? 0) * (UNITS[match?.[2] ?? ''] ?? 0)
      if (milliseconds === 0 || milliseconds > LONGEST_MS)
        reject(
          `${name} is "${shown(value(name))}"; it is a number with a unit, such as 90s, 20m or 1h, and at most 24h`
        )
      return milliseconds
    }
  }
}

/** The result of `parse`, or nothing, and its UserError's text as a problem of the input `name`. */
export function attempt<T>(fields: Fields, name: string, parse: () => T): T[] {
  try {
    return [parse()]
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    fields.reject(`${name}: ${error.message}`)
    return []
  }
}

/** A property to spread, which is not there when the value is undefined. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V })
}

/** A value for an error text: one line, not long. */
export function shown(value: string): string {
  const line = value.replace(/\s+/g, ' ')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
