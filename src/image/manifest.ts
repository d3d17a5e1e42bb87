import { createHash } from 'node:crypto'
import { messageOf } from '../lib/errors.ts'
import { asObject, type JsonObject, text } from '../lib/json.ts'
import { DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from './descriptor.ts'
import { RegistryError, refusal } from './failures.ts'
import type { HttpResponse } from './http.ts'
import { nameOf, type Reference } from './reference.ts'

/** A manifest or an index whose digest was computed from its bytes. */
export interface Manifest {
  readonly digest: string
  /** As it says itself; the registry's Content-Type where it says nothing. */
  readonly mediaType: string
  /** As they came: only these have the digest. */
  readonly bytes: Buffer
  readonly content: JsonObject
}

/** More than any registry takes of one manifest. Source: OCI distribution-spec, "Pushing Manifests". */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024
/** The header `Accept` by which a manifest or an index comes as it was pushed. */
export const ACCEPT_MANIFESTS = [OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST].join(', ')

/**
 * Reads an answer as a manifest of any kind.
 * @throws RegistryError when it was refused, is no JSON object, or has not the digest that was asked for.
 */
export function parseManifest(reference: Reference, response: HttpResponse): Manifest {
  const { body: bytes } = expectOk(reference, response)
  const type = contentType(response)
  if (type.startsWith('application/vnd.docker.distribution.manifest.v1+')) {
    throw new RegistryError(`${describe(reference)} is in the old schema 1 format`, {
      remedy: 'Build and push it again with a current tool.'
    })
  }
  const digest = sha256(bytes)
  const expected = reference.digest ?? (response.header('docker-content-digest') || digest)
  if (digest !== expected) throw tampered({ ...reference, digest: expected }, digest)
  return parseAnswer(reference, response, content => ({
    digest,
    mediaType: text(content, 'mediaType') || type,
    bytes,
    content
  }))
}

/**
 * Reads an answer as a JSON object.
 * @throws RegistryError where it is none, or `read` throws.
 */
export function parseAnswer<T>(reference: Reference, response: HttpResponse, read: (content: JsonObject) => T): T {
  try {
    return read(asObject(JSON.parse(response.body.toString('utf8')), 'the answer'))
  } catch (error) {
    throw malformed(reference, error)
  }
}

/** What it means that an answer cannot be read. */
export function malformed(reference: Reference, error: unknown): RegistryError {
  const cause = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error)
  return new RegistryError(`the registry's answer for ${describe(reference)} cannot be read: ${cause}`, {})
}

/** What it means that bytes have the digest `found` and not the reference's. */
export function tampered(reference: Reference, found: string): RegistryError {
  return new RegistryError(`${reference.registry} sent other bytes (${found}) for ${describe(reference)}`, {
    remedy: 'Run the job again; if it stays so, do not trust this registry or the proxy before it.'
  })
}

/** @throws RegistryError unless the answer is 200. */
export function expectOk(reference: Reference, response: HttpResponse): HttpResponse {
  if (response.status === 200) return response
  throw refusal(describe(reference), reference.registry, response)
}

/** What a sentence calls one manifest: `ghcr.io/acme/app:1.4`, or with its digest. */
export function describe(reference: Reference): string {
  return `${nameOf(reference)}${reference.digest === undefined ? `:${reference.tag ?? 'latest'}` : `@${reference.digest}`}`
}

/** Where it is below `/v2/REPOSITORY/`. */
export function manifestPath({ digest, tag }: Reference): string {
  return `manifests/${digest ?? tag ?? 'latest'}`
}

/** The media type of an answer, in lower case, without parameters. */
export function contentType(response: HttpResponse): string {
  return response.header('content-type').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** The digest of bytes. */
export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
