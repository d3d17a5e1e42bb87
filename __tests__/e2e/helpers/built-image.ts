import { createHash, randomBytes } from 'node:crypto'
import { tarOf } from '../../../world/database/archive.ts'
import { world } from './world.ts'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'

/** A manifest as an index names it. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly os: string; readonly architecture: string }
}

/** `repository` on the world's first registry that no other test uses. */
export function freshPlace(): string {
  return `${world().registry}/test/built-${randomBytes(6).toString('hex')}`
}

/**
 * Pushes an image of one layer that no builder would make.
 * @param place `host:port/repository`.
 * @param files contents by path, which has at most 100 bytes.
 * @param config what the image's config says of how it runs (`Env`, `Labels`).
 * @returns its manifest; `place@digest` is the reference.
 */
export async function pushBuilt(
  place: string,
  files: Readonly<Record<string, string>>,
  config: Readonly<Record<string, unknown>> = {}
): Promise<Descriptor> {
  const layer = tarOf(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))
  const image = {
    os: 'linux',
    architecture: 'amd64',
    config,
    rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
    history: [{ created_by: Object.keys(files).join(' ') }]
  }
  return pushManifest(place, MANIFEST, {
    config: await pushBlob(place, 'application/vnd.oci.image.config.v1+json', Buffer.from(JSON.stringify(image))),
    layers: [await pushBlob(place, 'application/vnd.oci.image.layer.v1.tar', layer)]
  })
}

/** Puts in place of a pushed image one whose layer the registry has lost. */
export async function pushWithLostLayer(place: string, digest: string): Promise<Descriptor> {
  const manifest = (await getManifest(place, digest)) as { layers: Descriptor[] }
  const layers = manifest.layers.map(layer => ({ ...layer, digest: sha256(randomBytes(8)) }))
  return pushManifest(place, MANIFEST, { ...manifest, layers })
}

/** Pushes an index of the given manifests, which are there. */
export async function pushIndex(place: string, manifests: readonly Descriptor[]): Promise<Descriptor> {
  return pushManifest(place, INDEX, { manifests })
}

/** A manifest or index as JSON. */
export async function getManifest(place: string, digest: string): Promise<unknown> {
  const answer = await fetch(urlOf(place, `manifests/${digest}`), { headers: { accept: `${MANIFEST}, ${INDEX}` } })
  return answer.json()
}

async function pushManifest(place: string, mediaType: string, content: object): Promise<Descriptor> {
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }))
  const digest = sha256(body)
  await put(urlOf(place, `manifests/${digest}`), 'PUT', mediaType, body)
  return { mediaType, digest, size: body.length }
}

async function pushBlob(place: string, mediaType: string, body: Buffer): Promise<Descriptor> {
  const digest = sha256(body)
  await put(urlOf(place, `blobs/uploads/?digest=${digest}`), 'POST', 'application/octet-stream', body)
  return { mediaType, digest, size: body.length }
}

async function put(url: string, method: string, type: string, body: Buffer): Promise<void> {
  const answer = await fetch(url, { method, headers: { 'content-type': type }, body: new Uint8Array(body) })
  if (answer.status !== 201) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
}

function urlOf(place: string, path: string): string {
  const slash = place.indexOf('/')
  return `http://${place.slice(0, slash)}/v2${place.slice(slash)}/${path}`
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
