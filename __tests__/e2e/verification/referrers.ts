import { createHash } from 'node:crypto'
import { type Entry, sibling } from '../helpers/registry.ts'

/** A bundle beside an image, and the manifest that carries it. */
export interface Carrier {
  readonly digest: string
  readonly manifest: CarrierManifest
  /** What the manifest says that the bundle is; nobody signed that. */
  readonly predicateType: string
}

interface CarrierManifest {
  readonly mediaType: string
  readonly artifactType?: string
  readonly config: Entry
  readonly layers: readonly Entry[]
  readonly subject: Entry
  readonly annotations?: Readonly<Record<string, string>>
}

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const PREDICATE = 'dev.sigstore.bundle.predicateType'

/** The bundles beside an image, by the Referrers API or the list at a tag. */
export async function carriersOf(reference: string): Promise<readonly Carrier[]> {
  const { list } = await listOf(reference)
  return Promise.all(
    list.map(async ({ digest }) => {
      const manifest = (await get(sibling(reference, digest))).json() as CarrierManifest
      return { digest, manifest, predicateType: manifest.annotations?.[PREDICATE] ?? '' }
    })
  )
}

/** The bytes of a bundle. */
export async function bundleOf(reference: string, { manifest }: Carrier): Promise<Buffer> {
  const [layer] = manifest.layers
  const answer = await fetch(urlOf(reference, `blobs/${layer?.digest}`))
  return Buffer.from(await answer.arrayBuffer())
}

/** Puts a bundle beside an image as cosign does: a manifest with a subject, and where the registry has no Referrers API an entry at the tag. */
export async function attachBundle(reference: string, bundle: Buffer, predicateType: string): Promise<void> {
  const empty = Buffer.from('{}')
  for (const blob of [empty, bundle]) await putBlob(reference, blob)
  const image = await get(reference)
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: BUNDLE,
    config: describe('application/vnd.oci.empty.v1+json', empty),
    layers: [describe(BUNDLE, bundle)],
    subject: { ...describe(image.mediaType, image.bytes) },
    annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope', [PREDICATE]: predicateType }
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  const entry = { ...describe(MANIFEST, bytes), artifactType: BUNDLE }
  await put(sibling(reference, entry.digest), MANIFEST, bytes)
  const { list, atTag } = await listOf(reference)
  if (atTag) await putList(reference, [...list, entry])
}

/** Takes bundles away from an image. */
export async function detach(reference: string, which: (carrier: Carrier) => boolean): Promise<void> {
  const gone = (await carriersOf(reference)).filter(which).map(({ digest }) => digest)
  const { list, atTag } = await listOf(reference)
  const left = list.filter(({ digest }) => !gone.includes(digest))
  if (atTag) await putList(reference, left)
  for (const digest of gone) await fetch(urlOf(reference, `manifests/${digest}`), { method: 'DELETE' })
}

async function listOf(reference: string): Promise<{ readonly list: readonly Entry[]; readonly atTag: boolean }> {
  const byApi = await fetch(urlOf(reference, `referrers/${digestOf(reference)}`))
  const atTag = byApi.status === 404
  const answer = atTag ? await fetch(urlOf(reference, `manifests/${tagOf(reference)}`), { headers: ACCEPT }) : byApi
  if (answer.status === 404) return { list: [], atTag }
  return { list: ((await answer.json()) as { manifests?: readonly Entry[] }).manifests ?? [], atTag }
}

async function putList(reference: string, manifests: readonly Entry[]): Promise<void> {
  const index = { schemaVersion: 2, mediaType: INDEX, manifests }
  await put(sibling(reference, tagOf(reference)), INDEX, Buffer.from(JSON.stringify(index)))
}

const ACCEPT = { accept: [INDEX, MANIFEST].join(', ') }

async function get(reference: string): Promise<{ bytes: Buffer; mediaType: string; json: () => unknown }> {
  const answer = await fetch(urlOf(reference, `manifests/${digestOf(reference)}`), { headers: ACCEPT })
  if (!answer.ok) throw new Error(`${reference}: ${answer.status}`)
  const bytes = Buffer.from(await answer.arrayBuffer())
  const mediaType = answer.headers.get('content-type') ?? ''
  return { bytes, mediaType, json: () => JSON.parse(bytes.toString('utf8')) }
}

async function put(reference: string, mediaType: string, body: Buffer): Promise<void> {
  const url = urlOf(reference, `manifests/${digestOf(reference)}`)
  const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': mediaType }, body })
  if (answer.status !== 201) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
}

async function putBlob(reference: string, body: Buffer): Promise<void> {
  const begun = await fetch(urlOf(reference, 'blobs/uploads/'), { method: 'POST' })
  const url = new URL(begun.headers.get('location') ?? '', begun.url)
  url.searchParams.set('digest', sha256(body))
  const headers = { 'content-type': 'application/octet-stream' }
  const answer = await fetch(url, { method: 'PUT', headers, body })
  if (answer.status !== 201) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
}

function describe(mediaType: string, bytes: Buffer): Entry {
  return { mediaType, digest: sha256(bytes), size: bytes.length }
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** What stands after the @: a digest, or a tag. */
function digestOf(reference: string): string {
  return reference.split('@').at(-1) ?? ''
}

function tagOf(reference: string): string {
  return digestOf(reference).replace(':', '-')
}

function urlOf(reference: string, path: string): string {
  const [, host, repository] = /^([^/]+)\/([^@]+)@/.exec(reference) ?? []
  return `http://${host}/v2/${repository}/${path}`
}
