import { isNotFound, RegistryError } from '../image/failures.ts'
import type { PinnedReference } from '../image/reference.ts'
import type { Registry } from '../image/registry.ts'
import { readLegacyLayer, type Seen } from './bundle.ts'
import type { Cosign, VerifyOptions } from './cosign.ts'
import { signaturesOf } from './place.ts'

/** What looking at signatures needs beside cosign. */
export interface LookTools {
  readonly cosign: Cosign
  readonly registry: Registry
  readonly wait: (milliseconds: number) => Promise<void>
}

/**
 * Asks the registry itself whether the image is there: cosign says "no signatures found" of an image that is not.
 * @throws RegistryError, of status 404 when it is not there, without a status when other bytes came.
 */
export async function findImage(registry: Registry, reference: PinnedReference): Promise<void> {
  await registry.manifest(reference)
}

/**
 * The signatures at the image's tag `sha256-….sig`, each by its own word; undefined where there are none.
 * @throws RegistryError when the registry does not tell.
 */
export function readLegacySignatures(
  registry: Registry,
  reference: PinnedReference,
  options: VerifyOptions
): Promise<readonly Seen[] | undefined> {
  return readLegacy(registry, signaturesOf(reference, options), 'sig')
}

/** The same for the attestations at `sha256-….att`. */
export function readLegacyAttestations(
  registry: Registry,
  reference: PinnedReference,
  options: VerifyOptions
): Promise<readonly Seen[] | undefined> {
  return readLegacy(registry, signaturesOf(reference, options), 'att')
}

/** True when there was an answer, but one that cannot be right: other bytes than asked for, or no manifest. */
export function isWrongAnswer(error: unknown): boolean {
  return error instanceof RegistryError && error.status === undefined && error.cause === undefined
}

async function readLegacy(
  registry: Registry,
  { digest, ...place }: PinnedReference,
  kind: 'sig' | 'att'
): Promise<readonly Seen[] | undefined> {
  const manifest = await registry.manifest({ ...place, tag: `${digest.replace(':', '-')}.${kind}` }).catch(nothingThere)
  const layers = manifest?.content['layers']
  return Array.isArray(layers) && layers.length > 0 ? layers.map(layer => readLegacyLayer(layer, kind)) : undefined
}

function nothingThere(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}

/** To catch with: what somebody put there and cannot be read must not hide what can. @throws what says that the registry does not tell. */
export function nothingUsable(error: unknown): undefined {
  if (!isNotFound(error) && !isWrongAnswer(error) && !isTooLong(error)) throw error
}

/** A manifest of somebody else's can say that a bundle has fewer bytes than it has. */
function isTooLong(error: unknown): boolean {
  return error instanceof RegistryError && error.cause instanceof Error && error.cause.message === 'TOO_LARGE'
}
