/** True for a day that exists, written `YYYY-MM-DD`. */
export function isDay(word: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(word) && dayOf(new Date(`${word}T00:00:00Z`)) === word
}

/** The day of an instant in UTC, `YYYY-MM-DD`; undefined for an invalid date. */
export function dayOf(instant: Date): string | undefined {
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString().slice(0, 10)
}
