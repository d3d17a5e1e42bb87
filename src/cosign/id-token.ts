import { codeOf, type HttpResponse, type Send } from '../image/http.ts'
import { messageOf, ToolError } from '../lib/errors.ts'
import { isObject, text } from '../lib/json.ts'

/** Where GitHub gives ID tokens to a job with `id-token: write`. */
export interface IdTokenSource {
  /** ACTIONS_ID_TOKEN_REQUEST_URL, which has a query already. */
  readonly url: string
  /** ACTIONS_ID_TOKEN_REQUEST_TOKEN: whoever has it can get a token for any audience, so no child does. */
  readonly token: string
}

const AUDIENCE = 'sigstore'
const MAX_BYTES = 64 * 1024
const PERMISSION = 'the job needs `permissions: id-token: write`'

/** The source, as the runner names it; undefined when the job may not have ID tokens. */
export function idTokenSource(env: Readonly<Record<string, string | undefined>>): IdTokenSource | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env
  return url && token && URL.canParse(url) ? { url, token } : undefined
}

/**
 * Gets a fresh ID token that only Sigstore accepts. It is good for some minutes.
 * Source: https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 * @param send tries again by itself.
 * @returns a JWT, which is a secret.
 * @throws ToolError with what GitHub answered.
 */
export async function requestIdToken(send: Send, source: IdTokenSource): Promise<string> {
  const url = new URL(source.url)
  url.searchParams.set('audience', AUDIENCE)
  const headers = { authorization: `Bearer ${source.token}`, accept: 'application/json; api-version=2.0' }
  const response = await send({ method: 'GET', url, headers, maxBytes: MAX_BYTES }).catch(error => {
    throw failure(
      url,
      `${/TIMEDOUT|TIMEOUT/.test(codeOf(error)) ? 'did not answer in time' : 'cannot be reached'}`,
      error
    )
  })
  if (response.status !== 200) throw refusal(url, response.status)
  const token = tokenIn(response)
  if (token === '') throw failure(url, 'answered without a token')
  return token
}

function tokenIn(response: HttpResponse): string {
  try {
    const body: unknown = JSON.parse(response.body.toString('utf8'))
    return isObject(body) ? text(body, 'value') : ''
  } catch {
    return ''
  }
}

function refusal(url: URL, status: number): ToolError {
  const isForbidden = status === 401 || status === 403
  return failure(url, `answered ${status}`, undefined, isForbidden ? PERMISSION : undefined)
}

function failure(url: URL, what: string, error?: unknown, remedy = 'run the job again later'): ToolError {
  const cause = error === undefined ? undefined : new Error(codeOf(error) || messageOf(error))
  return new ToolError(`GitHub's service for OIDC tokens (${url.host}) ${what}`, { cause, remedy })
}
