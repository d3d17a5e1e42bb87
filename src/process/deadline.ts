import { ToolError } from '../lib/errors.ts'

/** When the step has to end: at its time limit, or when the runner cancels it. */
export interface Deadline {
  /** Aborted at the end, with the reason: children are killed, pauses are over. */
  readonly signal: AbortSignal
  /** `work`, or a rejection when the end comes first. For work that is not worth telling when it is not done; it is abandoned. */
  within<T>(work: Promise<T>): Promise<T>
  /**
   * The same for telling others over the network: with most of the while that there is after the time limit, so that what stands in files and in
   * the log can still be written when they do not answer.
   */
  whileTelling<T>(work: Promise<T>): Promise<T>
  /** The same with a while to spare after the time limit, in which it can still be told what was not done. A cancelled run has none. */
  withGrace<T>(work: Promise<T>): Promise<T>
  /** Brings the end now, whatever still runs. */
  end(): void
}

const GRACE_MS = 30_000
/** The part of it that is for telling others. */
const TELLING = 2 / 3
/** The runner sends the first, and 7.5 s later the second. Source: actions/runner, ProcessInvoker.cs. */
const CANCELLATIONS = ['SIGINT', 'SIGTERM'] as const

/**
 * Starts the clock.
 * @param limitMs the input `timeout` in milliseconds.
 */
export function startDeadline(limitMs: number, graceMs = GRACE_MS): Deadline {
  const end = new AbortController()
  const telling = new AbortController()
  const last = new AbortController()
  const late = new ToolError(`the time limit of the step, ${limitMs / 1000} s, is over`, {
    remedy: 'Find out what took so long, or raise timeout.'
  })
  const timers = [
    setTimeout(() => end.abort(late), limitMs),
    setTimeout(() => telling.abort(late), limitMs + graceMs * TELLING),
    setTimeout(() => last.abort(late), limitMs + graceMs)
  ]
  const cancel = () => {
    const cancelled = new ToolError('the run was cancelled')
    end.abort(cancelled)
    telling.abort(cancelled)
    last.abort(cancelled)
  }
  for (const name of CANCELLATIONS) process.once(name, cancel)
  return {
    signal: end.signal,
    within: work => unlessAborted(work, end.signal),
    whileTelling: work => unlessAborted(work, telling.signal),
    withGrace: work => unlessAborted(work, last.signal),
    end: () => {
      for (const timer of timers) clearTimeout(timer)
      for (const name of CANCELLATIONS) process.off(name, cancel)
      end.abort()
    }
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
