/** How far another machine's clock may be ahead of ours. */
const TOLERANCE_MS = 5 * 60_000

/** Whether a time that somebody signed cannot be, as it is still to come. */
export function isFuture(time: Date, now: Date): boolean {
  return time.getTime() - now.getTime() > TOLERANCE_MS
}

/** `2026-11-22 10:31 UTC`. */
export function momentInWords(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
