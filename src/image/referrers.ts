import type { Ask } from './ask.ts'
import { type Descriptor, isIndexType, OCI_INDEX, parseDescriptors } from './descriptor.ts'
import { isNotFound, RegistryError } from './failures.ts'
import type { HttpResponse } from './http.ts'
import { contentType, describe, expectOk, type Manifest, malformed, parseAnswer } from './manifest.ts'
import type { PinnedReference, Reference } from './reference.ts'

const MAX_REFERRER_PAGES = 50

/** How much of a list of referrers is read; all of it where absent. */
export interface ReferrersPart {
  readonly pages?: number
}

/**
 * The Referrers API's answer.
 * @returns undefined where the registry does not have that API.
 * @throws RegistryError.
 */
export async function listReferrers(
  ask: Ask,
  reference: PinnedReference,
  { pages = Number.POSITIVE_INFINITY }: ReferrersPart = {}
): Promise<Descriptor[] | undefined> {
  const found: Descriptor[] = []
  let next: string | URL | undefined = `referrers/${reference.digest}`
  for (let page = 0; next !== undefined && page < pages; page++) {
    if (page === MAX_REFERRER_PAGES)
      throw new RegistryError(`${describe(reference)} has more than ${page} pages of referrers`, {})
    const response: HttpResponse = await ask(reference, next, { headers: { accept: OCI_INDEX } })
    // The same answers count as "no such API" for go-containerregistry, and so for cosign (pkg/v1/remote/referrers.go).
    const isMissing =
      [400, 404, 405, 406, 501].includes(response.status) ||
      (response.status === 200 && contentType(response) !== OCI_INDEX)
    if (isMissing && page === 0) return undefined
    const answer = expectOk(reference, response)
    found.push(...parseAnswer(reference, answer, content => parseDescriptors(content, 'manifests')))
    next = nextPage(reference, response)
  }
  return found
}

/** Where clients keep that list where the registry does not have the API. Source: OCI distribution-spec, "Referrers Tag Schema". */
export function referrersTag({ registry, repository, digest }: PinnedReference): Reference & { readonly tag: string } {
  return { registry, repository, tag: digest.replace(':', '-') }
}

/**
 * The list that clients keep at that tag, empty where there is none.
 * @throws RegistryError.
 */
export async function taggedReferrers(
  manifest: (reference: Reference) => Promise<Manifest>,
  reference: PinnedReference
): Promise<Descriptor[]> {
  const list = referrersTag(reference)
  try {
    const { content, mediaType } = await manifest(list)
    return isIndexType(mediaType) ? parseDescriptors(content, 'manifests') : []
  } catch (error) {
    if (isNotFound(error)) return []
    throw error instanceof RegistryError ? error : malformed(list, error)
  }
}

/**
 * Always at the host that answered: a link may name the registry as a proxy before it does not know it, and a list that ended early would hide
 * what is newest.
 */
function nextPage(reference: Reference, response: HttpResponse): URL | undefined {
  const [, target] = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(response.header('link')) ?? []
  if (target === undefined) return undefined
  if (!URL.canParse(target, response.url.href))
    throw new RegistryError(`${reference.registry} does not say where its list of referrers goes on`, {})
  const { pathname, search } = new URL(target, response.url)
  return new URL(pathname + search, response.url.origin)
}
