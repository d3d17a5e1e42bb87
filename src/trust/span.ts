const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** At most five digits: 270 years of days are enough. */
const SPAN = /^([1-9]\d{0,4})([mhd])$/

/** Milliseconds of `30m`, `12h` or `7d`; undefined for anything else. */
export function parseSpan(text: string): number | undefined {
  const [, count, unit = ''] = SPAN.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * (UNITS[unit] ?? 0)
}

/** A span as people say it, rounded down: `9 days`, `36 hours`, `1 minute`; days from two days on, hours from two hours on. */
export function spanInWords(milliseconds: number): string {
  const { m = 1, h = 1, d = 1 } = UNITS
  const [unit, size] = milliseconds >= 2 * d ? ['day', d] : milliseconds >= 2 * h ? ['hour', h] : ['minute', m]
  const count = Math.floor(milliseconds / (size as number))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
