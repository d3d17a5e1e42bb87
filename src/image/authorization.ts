import { ToolError } from '../lib/errors.ts'
import { isObject, text } from '../lib/json.ts'
import { parseChallenge } from './challenge.ts'
import type { Credentials } from './credentials.ts'
import type { HttpRequest, HttpResponse, Send } from './http.ts'
import type { Reference } from './reference.ts'
import { isLoopback } from './scheme.ts'

const MAX_TOKEN_BYTES = 256 * 1024
const CLIENT = 'imgguard-action'

/** What a token must allow beside reading the repository. */
export interface Wanted {
  readonly push: true
  /** Another repository of the same registry, from which a blob is mounted. */
  readonly mountFrom?: string
}

/** Sends a request for something of one repository, logged in where the registry asks for it. */
export type AuthorizedSend = (
  request: HttpRequest,
  owner: Pick<Reference, 'registry' | 'repository'>,
  wanted?: Wanted
) => Promise<HttpResponse>

/**
 * `send`, answering the challenge of a 401 once. Tokens are kept per host and what they allow; a token that has run out is asked for again.
 * Source: https://distribution.github.io/distribution/spec/auth/token/ and /oauth/
 * @param credentialsFor the credentials of a host, undefined for anonymous.
 * @param known what was given so far, to be shared with other ways to the same registries.
 */
export function withAuthorization(
  send: Send,
  credentialsFor: (host: string) => Credentials | undefined,
  known: Map<string, string> = new Map()
): AuthorizedSend {
  return async (request, { registry, repository }, wanted) => {
    const scopes = scopesOf(repository, wanted)
    const key = [registry, ...scopes].join(' ')
    const attempt = () => {
      const authorization = known.get(key)
      return send(authorization ? { ...request, headers: { ...request.headers, authorization } } : request)
    }
    const response = await attempt()
    // A host that we were redirected to must not say where the registry's credentials go.
    const isOwn = response.status === 401 && response.url.host === request.url.host
    const challenge = isOwn ? parseChallenge(response.header('www-authenticate')) : undefined
    if (challenge === undefined) return response
    const credentials = credentialsFor(registry)
    const authorization =
      challenge.scheme === 'basic' ? basic(credentials) : await fetchToken(send, challenge, scopes, credentials)
    if (authorization === undefined) return response
    known.set(key, authorization)
    return attempt()
  }
}

/** Source: https://distribution.github.io/distribution/spec/auth/scope/ */
function scopesOf(repository: string, wanted: Wanted | undefined): readonly string[] {
  const own = `repository:${repository}:${wanted === undefined ? 'pull' : 'pull,push'}`
  return wanted?.mountFrom === undefined ? [own] : [own, `repository:${wanted.mountFrom}:pull`]
}

async function fetchToken(
  send: Send,
  challenge: { readonly realm: string; readonly service: string },
  scopes: readonly string[],
  credentials: Credentials | undefined
): Promise<string | undefined> {
  const url = new URL(challenge.realm)
  if (credentials && url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new ToolError(`the registry wants its credentials sent to ${url.host} without https; they are not sent`)
  }
  const response = await send(tokenRequest(url, challenge.service, scopes, credentials))
  if (response.status === 401 || response.status === 403) return undefined
  const answer = response.status === 200 ? parseJson(response.body) : undefined
  const token = isObject(answer) ? text(answer, 'token') || text(answer, 'access_token') : ''
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new ToolError(`the token server ${url.host} answered ${response.status} without a token`)
  return `Bearer ${token}`
}

function tokenRequest(
  url: URL,
  service: string,
  scopes: readonly string[],
  credentials: Credentials | undefined
): HttpRequest {
  const common = { maxBytes: MAX_TOKEN_BYTES }
  if (credentials && 'identityToken' in credentials) {
    const form = {
      grant_type: 'refresh_token',
      service,
      scope: scopes.join(' '),
      client_id: CLIENT,
      refresh_token: credentials.identityToken
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return { ...common, method: 'POST', url, headers, body: new URLSearchParams(form).toString() }
  }
  const withScope = new URL(url)
  if (service) withScope.searchParams.set('service', service)
  for (const scope of scopes) withScope.searchParams.append('scope', scope)
  const authorization = basic(credentials)
  return { ...common, method: 'GET', url: withScope, headers: authorization ? { authorization } : {} }
}

function basic(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined || 'identityToken' in credentials) return undefined
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
