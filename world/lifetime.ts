const WATCH_MS = 1000

/**
 * Settles when this process is asked to end (Ctrl-C, SIGTERM, a closed terminal) or when the process that started it is gone. From the call
 * on, those signals no longer end the process by themselves.
 */
export function untilEnded(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid !== parent) resolve()
  }, WATCH_MS)
  return promise.finally(() => clearInterval(watch))
}
