import type { Repository } from './ask.ts'
import { copyReferrers } from './copy-referrers.ts'
import { type CopyTools, copyTree } from './copy-tree.ts'
import type { PinnedReference } from './reference.ts'

/**
 * Makes an image be in another repository, of the same or another registry, byte for byte: what an index names, then the index, by digest and
 * without a tag. What is there already is left alone.
 * @param withReferrers whether signatures and attestations go along. Those in a signature repository do not: they are found there, wherever the
 *   image is, by its digest (COSIGN_REPOSITORY).
 * @throws RegistryError, ToolError: something may have been copied, but no tag shows it.
 */
export async function copyImage(
  tools: CopyTools,
  source: PinnedReference,
  target: Repository,
  { withReferrers }: { readonly withReferrers: boolean }
): Promise<void> {
  const way = { source, target }
  const root = await tools.registry.manifest(source)
  const copied = await copyTree(tools, way, root)
  if (!withReferrers) return
  for (const { digest } of copied) await copyReferrers(tools, way, digest)
}
