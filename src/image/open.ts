import { messageOf } from '../lib/errors.ts'
import { isObject, type JsonObject, text } from '../lib/json.ts'
import { type Descriptor, isIndexType, isManifestType, parseDescriptor, parseDescriptors } from './descriptor.ts'
import { misspeltKey } from './key-spelling.ts'
import type { Manifest } from './manifest.ts'
import { normalizedPlatform, type Platform, platformName } from './platforms.ts'
import { type PinnedReference, pin, type Reference } from './reference.ts'
import type { Registry } from './registry.ts'

/** An image with its digest fixed and everything in it accounted for. */
export interface OpenedImage {
  readonly reference: PinnedReference
  readonly kind: 'index' | 'manifest'
  /** What can be run, in the order of the index; a single image's own manifest otherwise. */
  readonly platforms: readonly Platform[]
  /** Sentences, without full stop, about what would be signed without having been scanned. Any of them makes the verdict `incomplete`. */
  readonly problems: readonly string[]
}

const MAX_CONFIG_BYTES = 8 * 1024 * 1024
/** Far more than any image has platforms; each entry costs a request. */
const MAX_ENTRIES = 200
const IMAGE_CONFIGS = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json']
const IN_TOTO = 'application/vnd.in-toto+json'
// Source of the annotations: https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
const ATTESTATION_TYPE = 'vnd.docker.reference.type'
const ATTESTED_DIGEST = 'vnd.docker.reference.digest'

/** Where manifests and configs are read from: a registry, or a directory. */
type Source = Pick<Registry, 'manifest' | 'blob'>

type Contents = Pick<OpenedImage, 'platforms' | 'problems'>

/** What one entry of an index turned out to be. */
type Entry =
  | { readonly platform: Platform }
  | { readonly attests: string; readonly label: string }
  | { readonly problem: string }

/**
 * Resolves a reference once and looks at everything under its digest: each child of an index is a platform to scan, an attestation
 * about one of them, or a problem. Each child's own manifest is read, because an index can call anything an image.
 * @throws RegistryError when something cannot be read.
 */
export async function openImage(registry: Source, reference: Reference): Promise<OpenedImage> {
  const manifest = await registry.manifest(reference)
  const pinned = pin(reference, manifest.digest)
  if (shapeOf(manifest) === 'index')
    return { reference: pinned, kind: 'index', ...(await openIndex(registry, pinned, manifest)) }
  return { reference: pinned, kind: 'manifest', ...(await openSingle(registry, pinned, manifest)) }
}

/**
 * The same for an image that is only to be compared with: nothing of it will be signed, so the index is believed, and the children are not
 * read, each of which would cost one of the pulls that Docker Hub counts.
 * @param wanted names of platforms; an empty name among them wants all.
 * @throws RegistryError when it cannot be read.
 */
export async function openPlatforms(
  registry: Source,
  reference: Reference,
  wanted: readonly string[]
): Promise<OpenedImage> {
  const manifest = await registry.manifest(reference)
  if (shapeOf(manifest) !== 'index') return openImage(registry, pin(reference, manifest.digest))
  const children = descriptorsOf(manifest.content, 'manifests')
  const listed = typeof children === 'string' ? [] : children.filter(({ mediaType }) => isManifestType(mediaType))
  const platforms = new Map<string, Platform>()
  for (const { platform, digest } of listed.slice(0, MAX_ENTRIES)) {
    const name = platformName(platform)
    if (name === undefined || !(wanted.includes('') || wanted.includes(name))) continue
    // Of several the first one is what is pulled; each would cost a scan.
    if (!platforms.has(name)) platforms.set(name, { platform: name, digest })
  }
  return { reference: pin(reference, manifest.digest), kind: 'index', platforms: [...platforms.values()], problems: [] }
}

/** Whether a manifest can only be read as one image or artifact: then its digest is all that has to be known of it. */
export function isOneManifest(manifest: Manifest): boolean {
  return shapeOf(manifest) === 'manifest'
}

async function openSingle(registry: Source, reference: PinnedReference, manifest: Manifest): Promise<Contents> {
  const problem = imageProblem(manifest)
  if (problem !== undefined) return { platforms: [], problems: [`the image ${problem}`] }
  const platform = await platformOfConfig(registry, reference, manifest)
  if (platform !== undefined) return { platforms: [{ platform, digest: manifest.digest }], problems: [] }
  return { platforms: [], problems: ["the image's config does not name an operating system and an architecture"] }
}

async function openIndex(registry: Source, index: PinnedReference, { content }: Manifest): Promise<Contents> {
  const children = descriptorsOf(content, 'manifests')
  if (typeof children === 'string') return { platforms: [], problems: [`the index cannot be read: ${children}`] }
  if (children.length > MAX_ENTRIES) {
    return {
      platforms: [],
      problems: [`the index has ${children.length} entries; at most ${MAX_ENTRIES} are looked at`]
    }
  }
  const entries = await Promise.all(children.map(child => openChild(registry, index, child)))
  const platforms = entries.flatMap(entry => ('platform' in entry ? [entry.platform] : []))
  const digests = new Set(platforms.map(({ digest }) => digest))
  const problems = entries.flatMap(entry => {
    if ('problem' in entry) return [entry.problem]
    if (!('attests' in entry) || digests.has(entry.attests)) return []
    return [`${entry.label} is about ${printable(entry.attests)}, which is no platform of this index`]
  })
  if (platforms.length === 0) problems.push('the index lists no platform that can be run')
  return { platforms, problems: [...problems, ...ambiguities(platforms)] }
}

async function openChild(registry: Source, index: PinnedReference, child: Descriptor): Promise<Entry> {
  const isAttestation = child.annotations[ATTESTATION_TYPE] === 'attestation-manifest' && isUnknown(child.platform)
  const platform = platformName(child.platform)
  const label = `the index entry ${child.digest}${platform === undefined ? '' : ` (${platform})`}`
  if (isIndexType(child.mediaType)) return { problem: `${label} is an index inside the index` }
  if (!isManifestType(child.mediaType))
    return { problem: `${label} has the type ${printable(child.mediaType)}, which is not an image that can be scanned` }
  if (!isAttestation && platform === undefined) return { problem: `${label} names no platform and is no attestation` }

  const manifest = await registry.manifest(pin(index, child.digest))
  if (isAttestation) {
    const label = `the attestation ${child.digest}`
    const problem = attestationProblem(manifest)
    return problem === undefined
      ? { attests: text(child.annotations, ATTESTED_DIGEST), label }
      : { problem: `${label} ${problem}` }
  }
  const problem = imageProblem(manifest)
  if (problem !== undefined) return { problem: `${label} ${problem}` }
  return { platform: { platform: platform ?? '', digest: child.digest } }
}

/** Why a manifest is not one image with layers to scan, as the rest of a sentence. */
function imageProblem(manifest: Manifest): string | undefined {
  const { content } = manifest
  const shape = shapeOf(manifest)
  if (shape === 'index') return 'is itself an index'
  const misspelt = misspeltKey(content)
  if (misspelt !== undefined)
    return `has the key ${JSON.stringify(printable(misspelt.key))}, which other readers take for ${misspelt.name}`
  if (shape === 'unclear') return 'is neither an image manifest nor an index, or both at once'
  if (text(content, 'artifactType'))
    return `is an artifact of type ${printable(text(content, 'artifactType'))}, not an image`
  const config = configOf(content)?.mediaType ?? ''
  return IMAGE_CONFIGS.includes(config) ? undefined : `has a config of type ${printable(config)}, so it is not an image`
}

/** Why a manifest that calls itself an attestation could hold something to run, as the rest of a sentence. */
function attestationProblem(manifest: Manifest): string | undefined {
  if (shapeOf(manifest) !== 'manifest') return 'is not a manifest'
  const layers = descriptorsOf(manifest.content, 'layers')
  if (typeof layers === 'string') return `has malformed layers: ${layers}`
  const other = layers.find(layer => layer.mediaType !== IN_TOTO)
  return other && `holds a layer of type ${printable(other.mediaType)}, which is not an attestation`
}

/** An index has manifests, an image has a config and layers; what has both means different things to different readers (CVE-2021-41190). */
function shapeOf({ content, mediaType }: Manifest): 'index' | 'manifest' | 'unclear' {
  if (misspeltKey(content) !== undefined) return 'unclear'
  const hasManifests = content['manifests'] !== undefined
  const hasConfig = content['config'] !== undefined || content['layers'] !== undefined
  if (content['fsLayers'] !== undefined || hasManifests === hasConfig) return 'unclear'
  if (hasManifests) return isIndexType(mediaType) ? 'index' : 'unclear'
  return isManifestType(mediaType) ? 'manifest' : 'unclear'
}

async function platformOfConfig(
  registry: Source,
  reference: PinnedReference,
  { content }: Manifest
): Promise<string | undefined> {
  const descriptor = configOf(content)
  if (descriptor === undefined) return undefined
  const bytes = await registry.blob(reference, descriptor, MAX_CONFIG_BYTES)
  try {
    const config: unknown = JSON.parse(bytes.toString('utf8'))
    return isObject(config) ? platformName(config) : undefined
  } catch {
    return undefined
  }
}

/** What cannot be told apart later: a scan, a category and a signature each belong to one platform and one digest. */
function ambiguities(platforms: readonly Platform[]): string[] {
  const repeated = (keyOf: (platform: Platform) => string) =>
    [...Map.groupBy(platforms, keyOf)].filter(([, group]) => group.length > 1)
  return [
    ...repeated(({ digest }) => digest).map(
      ([digest, group]) => `the index lists ${digest} under several platforms: ${namesOf(group).join(', ')}`
    ),
    ...repeated(({ platform }) => normalizedPlatform(platform)).map(([, group]) => {
      const [name = '', ...others] = new Set(namesOf(group))
      return others.length === 0
        ? `the index lists ${name} ${group.length} times`
        : `the index lists ${[name, ...others].join(', ')}, which are one platform for whoever pulls it`
    })
  ]
}

function namesOf(platforms: readonly Platform[]): string[] {
  return platforms.map(({ platform }) => platform)
}

function configOf(content: JsonObject): Descriptor | undefined {
  try {
    return parseDescriptor(content['config'], 'config')
  } catch {
    return undefined
  }
}

function descriptorsOf(content: JsonObject, key: 'manifests' | 'layers'): Descriptor[] | string {
  try {
    return parseDescriptors(content, key)
  } catch (error) {
    return messageOf(error)
  }
}

function isUnknown(platform: JsonObject | undefined): boolean {
  return platform !== undefined && text(platform, 'os') === 'unknown' && text(platform, 'architecture') === 'unknown'
}

function printable(words: string): string {
  return words.replace(/[^\x21-\x7e]/g, '').slice(0, 100) || 'unknown'
}
