import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpClient, type HttpClientResponse } from '@actions/http-client'
import { messageOf } from '../lib/errors.ts'
import { asObject, type JsonObject, text } from '../lib/json.ts'
import { type AuthorizedSend, withAuthorization } from './authorization.ts'
import type { Credentials } from './credentials.ts'
import {
  type Descriptor,
  DOCKER_INDEX,
  DOCKER_MANIFEST,
  isIndexType,
  OCI_INDEX,
  OCI_MANIFEST,
  parseDescriptors
} from './descriptor.ts'
import { isNotFound, RegistryError, refusal, unreachable } from './failures.ts'
import { type HttpRequest, type HttpResponse, type Send, type Wait, withRedirects, withRetries } from './http.ts'
import { isDigest, nameOf, type PinnedReference, type Reference } from './reference.ts'
import { createBaseUrl } from './scheme.ts'

/** A manifest or an index whose digest was computed from its bytes. */
export interface Manifest {
  readonly digest: string
  /** As it says itself; the registry's Content-Type where it says nothing. */
  readonly mediaType: string
  readonly content: JsonObject
}

/** Reads from any registry that speaks the OCI distribution protocol. Everything it throws is a RegistryError or ToolError. */
export interface Registry {
  /** The manifest at the reference's digest, else at its tag, else at `latest`. */
  manifest(reference: Reference): Promise<Manifest>
  /** What a tag points at now, or the reference's own digest if it is there. */
  digestOf(reference: Reference): Promise<string>
  /** A blob of at most `maxBytes`, its size and digest checked. */
  blob(reference: Reference, descriptor: Pick<Descriptor, 'digest' | 'size'>, maxBytes: number): Promise<Buffer>
  /** What refers to a manifest: signatures, attestations. Empty when nothing does. */
  referrers(reference: PinnedReference): Promise<readonly Descriptor[]>
  /** The same for what may as well be left out: a failure is not tried again, so that nobody waits for it. */
  readonly impatient: Registry
}

/** How a registry is spoken to. */
export interface RegistryOptions {
  /** The credentials of a host, undefined for anonymous. */
  readonly credentials: (host: string) => Credentials | undefined
  /** Limit for one request and its answer, in milliseconds. */
  readonly timeoutMs: number
  /** Waits between tries; with a real clock where absent. */
  readonly wait?: Wait
}

const ACCEPT = [OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST].join(', ')
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024
const MAX_REFERRER_PAGES = 50

/**
 * The one client for registries. It goes through the runner's proxy, logs in where it is asked to, and keeps tokens for its lifetime.
 * Source of the protocol: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export function createRegistry({ credentials, timeoutMs, wait = sleep }: RegistryOptions): Registry {
  const direct = createSend(timeoutMs)
  const baseUrl = createBaseUrl(direct)
  const open = (send: Send) => readThrough(createGet(withAuthorization(withRedirects(send), credentials), baseUrl))
  const impatient: Registry = {
    ...open(direct),
    get impatient() {
      return impatient
    }
  }
  return { ...open(withRetries(direct, wait)), impatient }
}

function readThrough(get: Get): Omit<Registry, 'impatient'> {
  const manifest = async (reference: Reference): Promise<Manifest> => {
    const response = await get(reference, manifestPath(reference), { accept: ACCEPT })
    return parseManifest(reference, expectOk(reference, response))
  }

  return {
    manifest,
    digestOf: async reference => {
      const response = await get(reference, manifestPath(reference), { method: 'HEAD', accept: ACCEPT })
      const digest = expectOk(reference, response).header('docker-content-digest')
      // The header is the registry's word; a digest that was asked for stands, and whoever reads the manifest checks its bytes.
      if (reference.digest !== undefined) return reference.digest
      return isDigest(digest) ? digest : (await manifest(reference)).digest
    },
    blob: async (reference, { digest, size }, maxBytes) => {
      const subject = { ...reference, digest }
      if (size > maxBytes)
        throw new RegistryError(`${describe(subject)} says that it has ${size} bytes; at most ${maxBytes} are read`, {})
      const { body } = expectOk(subject, await get(subject, `blobs/${digest}`, { maxBytes: size }))
      if (body.length !== size || sha256(body) !== digest) throw tampered(subject, sha256(body))
      return body
    },
    referrers: async reference => (await listReferrers(get, reference)) ?? taggedReferrers(manifest, reference)
  }
}

type Get = (
  reference: Reference,
  path: string | URL,
  options: { readonly method?: HttpRequest['method']; readonly accept?: string; readonly maxBytes?: number }
) => Promise<HttpResponse>

function createGet(send: AuthorizedSend, baseUrl: (host: string) => Promise<URL>): Get {
  return async (reference, path, { method = 'GET', accept, maxBytes = MAX_MANIFEST_BYTES }) => {
    try {
      const url = new URL(path, new URL(`/v2/${reference.repository}/`, await baseUrl(reference.registry)))
      return await send({ method, url, headers: accept ? { accept } : {}, maxBytes }, reference)
    } catch (error) {
      throw unreachable(reference.registry, error)
    }
  }
}

/** The referrers API's answer; undefined where the registry does not have it. */
async function listReferrers(get: Get, reference: PinnedReference): Promise<Descriptor[] | undefined> {
  const found: Descriptor[] = []
  let next: string | URL | undefined = `referrers/${reference.digest}`
  for (let page = 0; next !== undefined; page++) {
    if (page === MAX_REFERRER_PAGES)
      throw new RegistryError(`${describe(reference)} has more than ${page} pages of referrers`, {})
    const response: HttpResponse = await get(reference, next, { accept: OCI_INDEX })
    // The same answers count as "no such API" for go-containerregistry, and so for cosign (pkg/v1/remote/referrers.go).
    const isMissing =
      [400, 404, 405, 406, 501].includes(response.status) ||
      (response.status === 200 && contentType(response) !== OCI_INDEX)
    if (isMissing && page === 0) return undefined
    found.push(...parse(reference, expectOk(reference, response), content => parseDescriptors(content, 'manifests')))
    next = nextPage(response)
  }
  return found
}

/** The list that clients keep at a tag where the registry has no referrers API. */
async function taggedReferrers(
  manifest: Registry['manifest'],
  { digest, ...repository }: PinnedReference
): Promise<Descriptor[]> {
  const list = { ...repository, tag: digest.replace(':', '-') }
  try {
    const { content, mediaType } = await manifest(list)
    return isIndexType(mediaType) ? parseDescriptors(content, 'manifests') : []
  } catch (error) {
    if (isNotFound(error)) return []
    throw error instanceof RegistryError ? error : malformed(list, error)
  }
}

function nextPage(response: HttpResponse): URL | undefined {
  const [, target] = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(response.header('link')) ?? []
  if (target === undefined || !URL.canParse(target, response.url.href)) return undefined
  const url = new URL(target, response.url)
  return url.origin === response.url.origin ? url : undefined
}

function parseManifest(reference: Reference, response: HttpResponse): Manifest {
  const type = contentType(response)
  if (type.startsWith('application/vnd.docker.distribution.manifest.v1+')) {
    throw new RegistryError(`${describe(reference)} is in the old schema 1 format`, {
      remedy: 'Build and push it again with a current tool.'
    })
  }
  const digest = sha256(response.body)
  const expected = reference.digest ?? (response.header('docker-content-digest') || digest)
  if (digest !== expected) throw tampered({ ...reference, digest: expected }, digest)
  return parse(reference, response, content => ({ digest, mediaType: text(content, 'mediaType') || type, content }))
}

function parse<T>(reference: Reference, response: HttpResponse, read: (content: JsonObject) => T): T {
  try {
    return read(asObject(JSON.parse(response.body.toString('utf8')), 'the answer'))
  } catch (error) {
    throw malformed(reference, error)
  }
}

function malformed(reference: Reference, error: unknown): RegistryError {
  const cause = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error)
  return new RegistryError(`the registry's answer for ${describe(reference)} cannot be read: ${cause}`, {})
}

function tampered(reference: Reference, found: string): RegistryError {
  return new RegistryError(`${reference.registry} sent other bytes (${found}) for ${describe(reference)}`, {
    remedy: 'Run the job again; if it stays so, do not trust this registry or the proxy before it.'
  })
}

function expectOk(reference: Reference, response: HttpResponse): HttpResponse {
  if (response.status === 200) return response
  throw refusal(describe(reference), reference.registry, response)
}

function describe(reference: Reference): string {
  return `${nameOf(reference)}${reference.digest === undefined ? `:${reference.tag ?? 'latest'}` : `@${reference.digest}`}`
}

function manifestPath({ digest, tag }: Reference): string {
  return `manifests/${digest ?? tag ?? 'latest'}`
}

function contentType(response: HttpResponse): string {
  return response.header('content-type').split(';')[0]?.trim().toLowerCase() ?? ''
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** The door to the network, through the runner's proxy. One client per origin: a client keeps one agent, whatever the protocol of the next request. */
export function createSend(timeoutMs: number): Send {
  const clients = new Map<string, HttpClient>()
  return async ({ method, url, headers, body, maxBytes }) => {
    const client =
      clients.get(url.origin) ??
      new HttpClient('imgguard-action', [], { allowRedirects: false, socketTimeout: timeoutMs })
    clients.set(url.origin, client)
    const { message } = await client.request(method, url.href, body ?? null, { ...headers }).catch(error => {
      throw /^Request timeout/.test(messageOf(error)) ? coded('no answer in time', 'ETIMEDOUT') : error
    })
    const deadline = setTimeout(() => message.destroy(coded('no whole answer in time', 'ETIMEDOUT')), timeoutMs)
    try {
      const header = (name: string) => String(message.headers[name] ?? '')
      return { status: message.statusCode ?? 0, url, header, body: await readBody(message, maxBytes) }
    } finally {
      clearTimeout(deadline)
    }
  }
}

async function readBody(message: HttpClientResponse['message'], maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message) {
    size += chunk.length
    // An error's text may be longer than the blob that was asked for.
    if (size > Math.max(maxBytes, message.statusCode === 200 ? 0 : MAX_MANIFEST_BYTES))
      throw coded(`more than ${maxBytes} bytes`, 'TOO_LARGE')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}
