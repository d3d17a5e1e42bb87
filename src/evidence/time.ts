const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/

/**
 * Reads a time as RFC 3339 has it.
 * @throws TypeError with the place, also for the year 1, which Go's programs write for "no time".
 */
export function parseTime(value: unknown, path: string): Date {
  const time = new Date(typeof value === 'string' && RFC_3339.test(value) ? value : Number.NaN)
  if (Number.isNaN(time.getTime()) || time.getUTCFullYear() < 1970)
    throw new TypeError(`${path}: expected a time such as 2026-11-22T10:00:00Z`)
  return time
}
