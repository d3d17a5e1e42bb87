const TICK_MS = 15_000

/** Says something on standard error: standard output belongs to the JSON that scripts print. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/**
 * Does `work` and says so: a line at its beginning, one every 15 seconds, one at its end.
 * @param expected how long it takes, for people ("about 8 minutes").
 */
export async function withProgress<T>(title: string, expected: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now()
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`
  say(`${title} (${expected})…`)
  const ticker = setInterval(() => say(`${title}: ${elapsed()}`), TICK_MS)
  try {
    const result = await work()
    say(`${title}: done in ${elapsed()}`)
    return result
  } finally {
    clearInterval(ticker)
  }
}
