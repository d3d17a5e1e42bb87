import { UserError } from '../lib/errors.ts'

/** `registry/repository[:tag][@digest]`, with Docker Hub's short names made long. */
export interface Reference {
  /** Host as `registryOf` gives it, with a port where there is one: `ghcr.io`, `127.0.0.1:5000`, `index.docker.io`. */
  readonly registry: string
  /** `acme/app`; `library/debian` for Docker's official images. */
  readonly repository: string
  readonly tag?: string
  readonly digest?: string
}

/** A reference whose digest is fixed: the only thing that is scanned or signed. */
export type PinnedReference = Reference & { readonly digest: string }

/** Docker Hub as registries' clients call it. */
export const DOCKER_HUB = 'index.docker.io'
/** All of its hosts; they answer alike. */
export const DOCKER_HUB_HOSTS = [DOCKER_HUB, 'docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']

// Source of the grammar: https://github.com/distribution/reference/blob/main/regexp.go
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`)
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/
const MAX_NAME_LENGTH = 255

/**
 * Reads a reference as Docker, cosign and Trivy do: the first part is a host if it has a dot, a port, or is `localhost`. Other than with them,
 * all names of one registry become the same one.
 * @throws UserError, a sentence without full stop, that says what is wrong with it.
 */
export function parseReference(text: string): Reference {
  const shown = JSON.stringify(text.slice(0, 300))
  if (text === '') throw new UserError('the reference is empty; it looks like ghcr.io/acme/app@sha256:…')
  const [, scheme] = /^([a-z][a-z0-9+.-]*:\/\/)/i.exec(text) ?? []
  if (scheme) throw new UserError(`${shown} begins with ${scheme}; leave it out, as in ghcr.io/acme/app`)

  const [beforeDigest = '', digest, ...more] = text.split('@')
  if (more.length > 0) throw new UserError(`${shown} has more than one @`)
  // A port's colon stands before a slash, a tag's never does.
  const colon = beforeDigest.indexOf(':', beforeDigest.lastIndexOf('/') + 1)
  const tag = colon < 0 ? undefined : beforeDigest.slice(colon + 1)
  if (tag !== undefined && !TAG.test(tag))
    throw new UserError(`${shown} has the tag ${quote(tag)}; a tag has up to 128 letters, digits and _ . -`)
  const name = colon < 0 ? beforeDigest : beforeDigest.slice(0, colon)
  return {
    ...parseName(name, shown),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: parseDigest(digest) })
  }
}

/**
 * Checks a digest: `sha256:` and 64 lower-case hex digits, the only kind that cosign and Trivy take in a reference.
 * @throws UserError, a sentence without full stop.
 */
export function parseDigest(text: string): string {
  if (isDigest(text)) return text
  if (text === '')
    throw new UserError('the digest is empty; did the step that pushed the image have an output "digest"?')
  throw new UserError(`the digest ${quote(text)} is not sha256: and 64 lower-case hex digits`)
}

/** True for `sha256:` and 64 lower-case hex digits. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text)
}

/** The reference as cosign and Trivy take it: `index.docker.io/library/debian:12`. The reverse of parseReference. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** The name without tag and digest, as people know it: `ghcr.io/acme/app`, `docker.io/library/debian`. */
export function nameOf({ registry, repository }: Reference): string {
  return `${registry === DOCKER_HUB ? 'docker.io' : registry}/${repository}`
}

/** The same repository at a digest. The tag is left out: from here on it means nothing. */
export function pin({ registry, repository }: Reference, digest: string): PinnedReference {
  return { registry, repository, digest }
}

/**
 * The one name of a registry that has several, as requests to it go by: in small letters, without the port that https has anyway, an address as
 * it is usually written, and index.docker.io for each of Docker Hub's hosts. Go's clients keep them apart, although it is one registry; then a
 * rule about one name would not be about the others.
 * @param host `ghcr.io`, `GHCR.io:443`, `localhost:5000`.
 * @returns undefined for what cannot be the host in a reference.
 */
export function registryOf(host: string): string | undefined {
  if (!isHost(host) || !HOST.test(host) || !URL.canParse(`https://${host}`)) return undefined
  const registry = new URL(`https://${host}`).host
  if (DOCKER_HUB_HOSTS.includes(registry)) return DOCKER_HUB
  // Without its port, one without a dot would be a name on Docker Hub.
  return isHost(registry) ? registry : `${registry}:443`
}

function parseName(name: string, shown: string): Pick<Reference, 'registry' | 'repository'> {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(slash, 0))
  const path = isHost(first) ? name.slice(slash + 1) : name
  const registry = isHost(first) ? registryOf(first) : DOCKER_HUB
  if (registry === undefined) throw new UserError(`${shown} has the registry ${quote(first)}, which is not a host name`)
  const repository = registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path
  checkRepository(path, shown)
  if (nameOf({ registry, repository }).length > MAX_NAME_LENGTH)
    throw new UserError(`${shown} is longer than ${MAX_NAME_LENGTH} characters`)
  return { registry, repository }
}

function isHost(first: string): boolean {
  return /[.:[]/.test(first) || first.toLowerCase() === 'localhost'
}

function checkRepository(path: string, shown: string): void {
  if (path === '') throw new UserError(`${shown} names no repository; it looks like ghcr.io/acme/app`)
  const lower = path.toLowerCase()
  const isValid = (candidate: string) => candidate.split('/').every(component => COMPONENT.test(component))
  if (isValid(path)) return
  if (isValid(lower))
    throw new UserError(`${shown} has upper-case letters in the repository; registries allow lower case only: ${lower}`)
  throw new UserError(
    `${shown} has the repository ${quote(path)}; its parts are lower-case letters and digits, joined by . _ __ or -`
  )
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
