import { nameOf, type PinnedReference, pin } from '../../image/reference.ts'
import type { TaggedReference } from '../../image/writer.ts'
import type { PromotionTarget } from '../../inputs/signing.ts'

/** One tag that the digest is to get. */
export interface Target {
  readonly tag: TaggedReference
  /** The image where the tag is. */
  readonly image: PinnedReference
  /** Without tag and digest; the same for all targets of one repository. */
  readonly name: string
  /** As people know it: `ghcr.io/acme/app:latest`. */
  readonly title: string
  /** True when the image was signed there already, as one of `image`. */
  readonly isOwn: boolean
}

/**
 * The tags that `promote` means, each once, in their order. A tag alone is one in every repository that the image was named in.
 * @param places the image in those repositories, the first one from which copies are made.
 */
export function promotionTargets(
  wanted: readonly PromotionTarget[],
  places: readonly PinnedReference[],
  digest: string
): readonly Target[] {
  const tags = wanted.flatMap(target =>
    'reference' in target
      ? [target.reference]
      : places.map(({ registry, repository }) => ({ registry, repository, tag: target.tag }))
  )
  const own = new Set(places.map(nameOf))
  const targets = tags.map(tag => {
    const name = nameOf(tag)
    return { tag, image: pin(tag, digest), name, title: `${name}:${tag.tag}`, isOwn: own.has(name) }
  })
  return [...new Map(targets.map(target => [target.title, target])).values()]
}
