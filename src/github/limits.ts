import type { Octokit } from '@octokit/core'
import { isObject } from '../lib/json.ts'

/** The longest that GitHub may make us wait for another try. */
const MAX_WAIT_SECONDS = 60

/** How often a request is tried again because GitHub asked to wait. */
const MAX_WAITS = 2

/**
 * A plugin for octokit that bounds how long a request takes: each try has a time limit, and where GitHub asks to wait
 * (429, or 403 with Retry-After), it is waited for as long as it asks, unless that is too long.
 * It must be registered before plugin-retry, which does the waiting: plugins that come later wrap those before them.
 */
export function limits(
  octokit: Octokit,
  options: { limits?: { timeoutMs: number }; retry?: { retryAfterBaseValue?: number } }
) {
  const { timeoutMs } = options.limits ?? { timeoutMs: 30_000 }
  octokit.hook.before('request', endpoint => {
    // Per request and not in the constructor's options: there it would replace the toolkit's proxy.
    endpoint.request.signal = AbortSignal.timeout(timeoutMs)
  })
  octokit.hook.error('request', error => {
    throw bounded(error)
  })
}

function bounded(error: unknown): unknown {
  if (!isObject(error)) return error
  // octokit reports a time-out as 500, which plugin-retry would try again.
  if (isObject(error['cause']) && error['cause']['name'] === 'TimeoutError')
    return Object.assign(error, { status: 408 })
  const seconds = requestedWait(error)
  if (seconds !== undefined && seconds <= MAX_WAIT_SECONDS && isObject(error['request'])) {
    // The fields by which plugin-retry lets other plugins ask for another try (its `retryRequest`).
    const { request } = error['request']
    const again = { ...(isObject(request) ? request : {}), retries: MAX_WAITS, retryAfter: Math.max(1, seconds) }
    return Object.assign(error, { request: { ...error['request'], request: again } })
  }
  return error
}

function requestedWait(error: Readonly<Record<string, unknown>>): number | undefined {
  if (error['status'] !== 429 && error['status'] !== 403) return undefined
  const headers = isObject(error['response']) ? error['response']['headers'] : undefined
  const value = isObject(headers) ? headers['retry-after'] : undefined
  const seconds = value === undefined || value === '' ? Number.NaN : Number(value)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}
