import type { Manifest } from '../../image/manifest.ts'
import { isOneManifest, type OpenedImage, openImage, openPlatforms } from '../../image/open.ts'
import type { Platform } from '../../image/platforms.ts'
import type { PinnedReference, Reference } from '../../image/reference.ts'
import type { Registry } from '../../image/registry.ts'
import { ToolError } from '../../lib/errors.ts'

/** Problems of an index that are told one by one. */
const MAX_TOLD = 3

type Doors = Pick<Registry, 'manifest' | 'blob'>

/**
 * Everything that somebody could get who pulls an image: each platform of an index, or the one manifest itself, whose platform nobody has to know.
 * The index is not believed: each entry is read, and what has no name or one that another entry has would be pulled without having been looked at.
 * @throws ToolError that says what of the index cannot be accounted for, RegistryError when something cannot be read.
 */
export async function allPlatforms(registry: Doors, image: PinnedReference): Promise<readonly Platform[]> {
  const { platforms, problems } = await open(registry, image, openImage)
  if (problems.length === 0) return platforms
  const more = problems.length > MAX_TOLD ? `; and ${problems.length - MAX_TOLD} more` : ''
  throw new ToolError(`${problems.slice(0, MAX_TOLD).join('; ')}${more}`, {
    remedy: 'build the image again with one entry for each platform, or name the digest of the platform that you pull'
  })
}

/** The platforms that an index names, for what only a note depends on: it costs no request for each of them. @throws RegistryError. */
export async function namedPlatforms(registry: Doors, image: PinnedReference): Promise<readonly Platform[]> {
  const { platforms } = await open(registry, image, (source, reference) => openPlatforms(source, reference, ['']))
  return platforms
}

async function open(
  registry: Doors,
  image: PinnedReference,
  openIndex: (source: Doors, reference: Reference) => Promise<Pick<OpenedImage, 'platforms' | 'problems'>>
): Promise<Pick<OpenedImage, 'platforms' | 'problems'>> {
  const own: Manifest = await registry.manifest(image)
  if (isOneManifest(own)) return { platforms: [{ platform: 'the image', digest: image.digest }], problems: [] }
  const manifest: Doors['manifest'] = async reference =>
    reference.digest === image.digest ? own : registry.manifest(reference)
  return openIndex({ manifest, blob: registry.blob }, image)
}
