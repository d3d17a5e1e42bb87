import type { JsonObject } from '../lib/json.ts'
import type { Repository } from './ask.ts'
import { type Descriptor, isIndexType, parseDescriptor, parseDescriptors } from './descriptor.ts'
import { RegistryError } from './failures.ts'
import { describe, type Manifest, malformed } from './manifest.ts'
import { type PinnedReference, pin } from './reference.ts'
import type { WritableRegistry } from './registry.ts'

/** What copying works with. */
export interface CopyTools {
  readonly registry: Pick<WritableRegistry, 'manifest' | 'referrers' | 'writer'>
  /** Absolute path of a directory of ours, for layers on their way. */
  readonly directory: string
}

/** From where to where. */
export interface CopyWay {
  readonly source: Repository
  readonly target: Repository
}

const BLOBS_AT_ONCE = 3
/** An index of indexes of images; nobody makes more, and a circle cannot be made. */
const MAX_DEPTH = 4
const MAX_MANIFESTS = 500

/**
 * Copies a manifest with everything below it, lowest first.
 * @returns all manifests of it, the root last.
 */
export async function copyTree(tools: CopyTools, way: CopyWay, root: Manifest): Promise<readonly Manifest[]> {
  const manifests = await listTree(tools, way, root)
  for (const manifest of manifests) {
    if ((await tools.registry.writer.digestAt(pin(way.target, manifest.digest))) !== undefined) continue
    if (!isIndexType(manifest.mediaType)) await copyBlobs(tools, way, manifest)
    await tools.registry.writer.putManifest(way.target, manifest)
  }
  return manifests
}

/** Each manifest once, asked for once: a few indexes can name each other so often that the ways through them are millions. */
async function listTree({ registry }: CopyTools, { source }: CopyWay, root: Manifest): Promise<readonly Manifest[]> {
  const found = new Map<string, Manifest>()
  const visit = async (manifest: Manifest, depth: number) => {
    for (const digest of childrenOf(pin(source, manifest.digest), manifest, depth))
      if (!found.has(digest)) await visit(await registry.manifest(pin(source, digest)), depth + 1)
    found.set(manifest.digest, manifest)
    if (found.size > MAX_MANIFESTS)
      throw new RegistryError(`${describe(pin(source, root.digest))} has more than ${MAX_MANIFESTS} manifests`, {})
  }
  await visit(root, 0)
  return [...found.values()]
}

function childrenOf(reference: PinnedReference, manifest: Manifest, depth: number): readonly string[] {
  if (!isIndexType(manifest.mediaType)) return []
  if (depth === MAX_DEPTH) throw new RegistryError(`${describe(reference)} is an index too deep inside others`, {})
  return descriptors(reference, manifest, content => parseDescriptors(content, 'manifests')).map(({ digest }) => digest)
}

async function copyBlobs({ registry, directory }: CopyTools, way: CopyWay, manifest: Manifest): Promise<void> {
  const reference = pin(way.source, manifest.digest)
  const blobs = descriptors(reference, manifest, content => [
    parseDescriptor(content['config'], 'config'),
    ...parseDescriptors(content, 'layers')
  ])
  const unique = new Map(blobs.filter(isDistributable).map(blob => [blob.digest, blob]))
  await eachOf([...unique.values()], blob => registry.writer.copyBlob(way.source, way.target, blob, directory))
}

/** Layers of Windows that may only be had from Microsoft are in no other registry. Source: OCI image-spec, layer.md */
function isDistributable({ mediaType }: Descriptor): boolean {
  return !/nondistributable|\.foreign\./.test(mediaType)
}

function descriptors(
  reference: PinnedReference,
  { content }: Manifest,
  read: (content: JsonObject) => readonly Descriptor[]
): readonly Descriptor[] {
  try {
    return read(content)
  } catch (error) {
    throw malformed(reference, error)
  }
}

/** A few at a time. After a failure no other one is begun, and it is told when those that are under way have ended. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  const workers = Array.from({ length: BLOBS_AT_ONCE }, () =>
    worker().catch(error => {
      waiting.length = 0
      throw error
    })
  )
  const failure = (await Promise.allSettled(workers)).find(result => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}
