import { Readable } from 'node:stream'
import { ToolError } from '../lib/errors.ts'

/** A body that is too large for memory, or not text. */
export interface Upload {
  /** Bytes. */
  readonly size: number
  /** Its bytes from the beginning, once for each try. */
  readonly open: () => Readable
}

/** Bytes that are in memory, as a body. */
export function uploadOf(bytes: Buffer): Upload {
  return { size: bytes.length, open: () => Readable.from([bytes]) }
}

/** One HTTP request. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Upload
  /** A longer answer is an error. */
  readonly maxBytes: number
  /** Takes what a 200 brings piece by piece, instead of the answer's `body`; called anew for each try. */
  readonly into?: (pieces: AsyncIterable<Buffer>) => Promise<void>
}

/** Its answer, whatever the status. */
export interface HttpResponse {
  readonly status: number
  /** Who answered: another URL than the request's after a redirect. */
  readonly url: URL
  /** By name in lower case; `''` where absent. */
  readonly header: (name: string) => string
  /** Empty where the request has `into`. */
  readonly body: Buffer
}

/** Sends one request and reads the whole answer. Throws for what is not an answer: DNS, TLS, connection, time limit, size limit. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>

/** Waits so many milliseconds. */
export type Wait = (milliseconds: number) => Promise<void>

const BACK_OFF_MS = [500, 1500]
const MAX_RETRY_AFTER_MS = 30_000
const MAX_REDIRECTS = 5
const TRANSIENT = [408, 429, 500, 502, 503, 504]
/** Trying again cannot mend these: certificates, and limits of our own. */
const LASTING = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_|EPROTO|^TOO_LARGE$/

/** `send`, three times at most: on 429, on the server's own errors and on a broken connection. */
export function withRetries(send: Send, wait: Wait): Send {
  return request => retrying(() => send(request), wait)
}

/**
 * The same for what is more than one request, or may be done again only while something still holds.
 * @param mayRepeat asked before each further try; false: the failure stands.
 */
export async function retrying(
  attempt: () => Promise<HttpResponse>,
  wait: Wait,
  mayRepeat: () => Promise<boolean> = async () => true
): Promise<HttpResponse> {
  for (const pause of BACK_OFF_MS) {
    const tried = await attempt().then(
      response => ({ response }),
      (error: unknown) => ({ error })
    )
    if ('error' in tried) {
      if (tried.error instanceof ToolError || LASTING.test(codeOf(tried.error))) throw tried.error
      await wait(pause)
      if (!(await mayRepeat())) throw tried.error
    } else {
      if (!TRANSIENT.includes(tried.response.status)) return tried.response
      await wait(Math.max(pause, retryAfter(tried.response)))
      if (!(await mayRepeat())) return tried.response
    }
  }
  return attempt()
}

/** `send`, following redirects: never from https to http, and without Authorization to another host. */
export function withRedirects(send: Send): Send {
  return async request => {
    let current = request
    for (let hops = 0; ; hops++) {
      const response = await send(current)
      const location = response.header('location')
      if (![301, 302, 303, 307, 308].includes(response.status) || location === '') return response
      if (hops === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`)
      current = redirected(current, response.status, location)
    }
  }
}

/** The code of a network error (`ENOTFOUND`), `''` for any other. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

function redirected(request: HttpRequest, status: number, location: string): HttpRequest {
  if (typeof request.body === 'string')
    throw new Error('a redirect of what was posted, which holds a token, is not followed')
  // Only these two keep the method for certain: RFC 9110, section 15.4.
  if (request.body !== undefined && status !== 307 && status !== 308)
    throw new Error(`a redirect (${status}) of what was sent is not followed`)
  if (!URL.canParse(location, request.url.href)) throw new Error('a redirect to something that is not a URL')
  const url = new URL(location, request.url)
  if (!/^https?:$/.test(url.protocol) || (request.url.protocol === 'https:' && url.protocol === 'http:')) {
    throw new Error(`a redirect from ${request.url.protocol}// to ${url.protocol}// is not followed`)
  }
  const { authorization, ...others } = request.headers
  return {
    ...request,
    url,
    headers: url.host === request.url.host && authorization ? { ...others, authorization } : others
  }
}

function retryAfter(response: HttpResponse): number {
  const seconds = Number(response.header('retry-after'))
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0) * 1000, MAX_RETRY_AFTER_MS) : 0
}
