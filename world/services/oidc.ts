import { generateKeyPair, type KeyObject, sign } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { claimsOf } from './sigstore/claims.ts'
import { serveWeb } from './web.ts'

/** A stand-in for the OIDC issuer of GitHub Actions. */
export interface OidcIssuer {
  /** Its URL, which stands in tokens as `iss`. */
  readonly issuer: string
  /**
   * Value for ACTIONS_ID_TOKEN_REQUEST_URL. Parameters may be added: `claims.ts` says which claims they set, and `fault` makes it fail as
   * OIDC_FAULTS says. A client adds `&audience=`.
   */
  readonly requestUrl: string
  /** Value for ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly requestToken: string
  close(): Promise<void>
}

/** What the token request answers with `&fault=NAME`: a status, no answer ever, what is not JSON, no token, or a token whose time is over. */
export const OIDC_FAULTS = ['401', '403', '404', '429', '500', '503', 'hangs', 'malformed', 'empty', 'expired'] as const

const REQUEST_TOKEN = 'world-id-token-request-token'
const KEY_ID = 'world'
const RSA_BITS = 2048
const AN_HOUR = 3600

/** What is sent back; a body that is no object goes as it is. */
interface Answer {
  readonly status: number
  readonly body: object | string
}

/** Starts the issuer, with a new RSA key, and its token endpoint, which looks like the one that a job with `id-token: write` is told. */
export async function startOidc(): Promise<OidcIssuer> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS })
  const answerTo = (url: URL, authorization: string | undefined): Answer | undefined => {
    if (url.pathname === '/token') return tokenAnswer(url, authorization, privateKey)
    if (url.pathname === '/.well-known/openid-configuration') return { status: 200, body: discoveryOf(url.origin) }
    if (url.pathname === '/jwks') return { status: 200, body: { keys: [jwkOf(publicKey)] } }
    return { status: 404, body: { message: 'Not Found' } }
  }
  const server = await serveWeb((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const answer = answerTo(url, request.headers.authorization)
    if (answer !== undefined) send(response, answer)
  })
  const requestUrl = `${server.url}/token?api-version=2.0`
  return { issuer: server.url, requestUrl, requestToken: REQUEST_TOKEN, close: server.close }
}

/** Undefined is no answer at all. */
function tokenAnswer(url: URL, authorization: string | undefined, key: KeyObject): Answer | undefined {
  const fault = url.searchParams.get('fault')
  if (fault === 'hangs') return undefined
  if (fault === 'malformed') return { status: 200, body: '<html>' }
  if (fault === 'empty') return { status: 200, body: { count: 0 } }
  const status = Number(fault)
  if (status >= 400) return { status, body: { message: `fault ${fault}` } }
  // The scheme is written in small letters by cosign and with a capital by actions/toolkit.
  if (authorization?.replace(/^bearer /i, '') !== REQUEST_TOKEN)
    return { status: 401, body: { message: 'Unauthorized' } }
  const now = Math.floor(Date.now() / 1000) - (fault === 'expired' ? AN_HOUR : 0)
  const value = tokenOf({ ...claimsOf(url.searchParams, now), iss: url.origin, aud: audienceOf(url) }, key)
  return { status: 200, body: { count: value.length, value } }
}

/** Without an audience GitHub names the owner's page. */
function audienceOf({ searchParams }: URL): string {
  const [owner] = (searchParams.get('repository') ?? 'acme/app').split('/')
  return searchParams.get('audience') ?? `https://github.com/${owner}`
}

/** A JWT by RS256. Format: RFC 7515, section 3.1. */
function tokenOf(claims: object, key: KeyObject): string {
  const header = { typ: 'JWT', alg: 'RS256', kid: KEY_ID }
  const signed = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

/** Format: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata */
function discoveryOf(issuer: string) {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid']
  }
}

function jwkOf(key: KeyObject) {
  return { ...key.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(text)
}
