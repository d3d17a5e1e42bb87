import { formatReference, parseReference } from '../image/reference.ts'
import type { BaseImage } from './base-image.ts'
import type { BuildImage, Provenance } from './provenance.ts'

/** What is known of the base from elsewhere. */
export interface BaseClues {
  /** As the Dockerfile names it, with its arguments filled in; absent where no Dockerfile is known. */
  readonly named: string | undefined
  /** What the builder says that it pulled for it. */
  readonly pulled?: BuildImage | undefined
  readonly provenance: Provenance | undefined
  /** Diff ids of the base's layers, empty where they are not known. */
  readonly layers: readonly string[]
}

/**
 * Puts together what is known of the base. The builder's word counts more than a Dockerfile, which may be newer than the image.
 * @returns undefined for an image without a base, and where nobody says which one it is.
 */
export function baseImage({ named, pulled, provenance, layers }: BaseClues): BaseImage | undefined {
  if (named === 'scratch' && pulled === undefined) return undefined
  const used = pulled ?? usedFor(named, provenance)
  if (used === undefined) {
    // A provenance that does not know the image is of another Dockerfile.
    if (named === undefined || (provenance?.images.length ?? 0) > 0) return undefined
    return { from: named, layers }
  }
  const from = named !== undefined && isSame(named, used.reference) ? named : short(used.reference)
  return { from, digest: used.digest, layers }
}

/** The image of that name among those that the build read; the only one, where there is no name that fits. */
function usedFor(named: string | undefined, provenance: Provenance | undefined): BuildImage | undefined {
  const images = provenance?.images.filter(({ reference }) => !isFrontend(reference)) ?? []
  const same = images.filter(({ reference }) => named !== undefined && isSame(named, reference))
  const [first] = same.length > 0 ? same : images
  const digests = new Set((same.length > 0 ? same : images).map(({ digest }) => digest))
  return digests.size === 1 ? first : undefined
}

/** The images that read Dockerfiles (`# syntax=docker/dockerfile:1`) and those that look into images for BuildKit. */
function isFrontend(reference: string): boolean {
  return /^(docker\.io\/)?docker\/(dockerfile|dockerfile-upstream|buildkit-syft-scanner|scout-sbom-indexer):/.test(
    reference
  )
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map(normal)
  return first !== undefined && first === second
}

/** Without a digest, which a name may have besides its tag, and with the tag that counts where there is none. */
function normal(name: string): string | undefined {
  try {
    const { registry, repository, tag = 'latest' } = parseReference(name)
    return formatReference({ registry, repository, tag })
  } catch {
    return undefined
  }
}

/** As people write it: `debian:12` for `docker.io/library/debian:12`. */
function short(reference: string): string {
  return reference.replace(/^docker\.io\/(library\/)?/, '')
}
