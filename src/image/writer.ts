import { type Ask, explaining, type Repository } from './ask.ts'
import { type Blob, createBlobCopier } from './blobs.ts'
import { writeRefusal } from './failures.ts'
import { type HttpResponse, retrying, uploadOf, type Wait } from './http.ts'
import {
  ACCEPT_MANIFESTS,
  describe,
  expectOk,
  type Manifest,
  manifestPath,
  parseManifest,
  tampered
} from './manifest.ts'
import { isDigest, nameOf, type PinnedReference, type Reference } from './reference.ts'
import { listReferrers } from './referrers.ts'

/** A name that can be given to another digest. */
export type TaggedReference = Repository & { readonly tag: string }

/** Writes to any registry that speaks the OCI distribution protocol. Everything it throws is a RegistryError or ToolError. */
export interface RegistryWriter {
  /** Begins an upload and gives it up, as go-containerregistry's CheckPushPermission does. Throws where we may not push. */
  mustAccept(repository: Repository): Promise<void>
  /** What is there now, at a tag or a digest; undefined where there is none, or no such repository. */
  digestAt(reference: Reference): Promise<string | undefined>
  /**
   * Puts a manifest, its bytes unchanged, at its digest; what it names must be there.
   * @returns whether the registry said that it lists it as a referrer of its `subject`.
   */
  putManifest(repository: Repository, manifest: Manifest): Promise<{ readonly listed: boolean }>
  /**
   * Makes a tag point at a manifest. A failure is tried again only while the tag still points at `before` (undefined: nothing), and is none
   * when the tag then points where it should.
   */
  moveTag(reference: TaggedReference, manifest: Manifest, before: string | undefined): Promise<void>
  /** Makes a blob of `source` be in `target` too: left alone, mounted, or carried over through a file in `directory`. */
  copyBlob(source: Repository, target: Repository, blob: Blob, directory: string): Promise<void>
  /** Whether the registry lists by itself what refers to a manifest: whether it has the Referrers API. */
  listsReferrers(reference: PinnedReference): Promise<boolean>
}

/** The ways to a registry. */
export interface WriterDoors {
  /** Each request is tried once. */
  readonly once: Ask
  /** With retries: for what can be asked any number of times. */
  readonly patiently: Ask
  readonly wait: Wait
}

const PUSH = { wanted: { push: true } } as const

/** Source of the protocol: OCI distribution-spec, "Pushing Manifests". */
export function createWriter(doors: WriterDoors): RegistryWriter {
  const { once, patiently, wait } = doors
  const told =
    <A extends readonly [Repository, ...unknown[]], T>(work: (...given: A) => Promise<T>) =>
    (...given: A) =>
      explaining(given[0].registry, work(...given))
  const digestAt = (reference: Reference) => readDigest(patiently, reference)

  return {
    mustAccept: told(repository => mustAccept(patiently, repository)),
    digestAt: told(digestAt),
    putManifest: told(async (repository, manifest) => {
      const { registry, repository: name } = repository
      const response = await put(patiently, { registry, repository: name, digest: manifest.digest }, manifest)
      return { listed: response.header('oci-subject') !== '' }
    }),
    moveTag: told(async (reference, manifest, before) => {
      const isUnchanged = async () => (await digestAt(reference)) === before
      try {
        await put((...asked) => retrying(() => once(...asked), wait, isUnchanged), reference, manifest)
      } catch (error) {
        const now = await digestAt(reference).catch(() => undefined)
        if (now !== manifest.digest) throw error
      }
    }),
    copyBlob: createBlobCopier(doors),
    listsReferrers: told(async reference => (await listReferrers(patiently, reference)) !== undefined)
  }
}

async function mustAccept(ask: Ask, repository: Repository): Promise<void> {
  const response = await ask(repository, 'blobs/uploads/', { ...PUSH, method: 'POST' })
  if (![201, 202].includes(response.status)) throw writeRefusal(nameOf(repository), repository.registry, response)
  await giveUp(ask, repository, response)
}

/** Only a courtesy: an upload that is not ended ends by itself. */
async function giveUp(ask: Ask, repository: Repository, started: HttpResponse): Promise<void> {
  const location = started.header('location')
  const url = URL.canParse(location, started.url.href) ? new URL(location, started.url) : undefined
  if (url?.origin !== started.url.origin) return
  await ask(repository, url, { ...PUSH, method: 'DELETE' }).catch(() => undefined)
}

async function readDigest(ask: Ask, reference: Reference): Promise<string | undefined> {
  const options = { ...PUSH, headers: { accept: ACCEPT_MANIFESTS } }
  const response = await ask(reference, manifestPath(reference), { ...options, method: 'HEAD' })
  if (response.status === 404) return undefined
  const digest = expectOk(reference, response).header('docker-content-digest')
  if (isDigest(digest)) return digest
  const whole = await ask(reference, manifestPath(reference), options)
  return whole.status === 404 ? undefined : parseManifest(reference, whole).digest
}

async function put(ask: Ask, reference: Reference, { mediaType, bytes, digest }: Manifest): Promise<HttpResponse> {
  const response = await ask(reference, manifestPath(reference), {
    ...PUSH,
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: uploadOf(bytes)
  })
  if (![200, 201, 202, 204].includes(response.status))
    throw writeRefusal(describe(reference), reference.registry, response)
  const stored = response.header('docker-content-digest')
  if (isDigest(stored) && stored !== digest) throw tampered({ ...reference, digest }, stored)
  return response
}
