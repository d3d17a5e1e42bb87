import { type Descriptor, parseDescriptors } from '../image/descriptor.ts'
import { isNotFound, RegistryError } from '../image/failures.ts'
import type { Manifest } from '../image/manifest.ts'
import { type PinnedReference, pin } from '../image/reference.ts'
import type { Registry } from '../image/registry.ts'
import { isObject, text } from '../lib/json.ts'
import { readBundle, readLegacyLayer, type Seen } from './bundle.ts'
import type { Cosign, VerifyOptions } from './cosign.ts'
import { signaturesOf } from './place.ts'

/** What looking at signatures needs beside cosign. */
export interface LookTools {
  readonly cosign: Cosign
  readonly registry: Registry
  readonly wait: (milliseconds: number) => Promise<void>
}

/** One manifest that refers to the image and holds a Sigstore bundle. */
export interface ListedBundle {
  readonly bundle: Descriptor
  /** What its manifest says is attested; nobody signed that. `''` where absent. */
  readonly predicateType: string
}

const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle'
const MAX_BUNDLES = 100
/** A signature's bundle has about 8 KiB; what is longer is an attestation, and is not read to explain a refusal. */
const MAX_READ_BYTES = 1024 * 1024

/**
 * Asks the registry itself whether the image is there: cosign says "no signatures found" of an image that is not.
 * @throws RegistryError, of status 404 when it is not there, without a status when other bytes came.
 */
export async function findImage(registry: Registry, reference: PinnedReference): Promise<void> {
  await registry.manifest(reference)
}

/**
 * True when a Sigstore bundle refers to the image, signature or attestation, of anybody. A list can name manifests that were removed since, so
 * one is read; and it need not say what they are: cosign up to 3.0.6 and some registries give another artifact type.
 * @throws RegistryError when the registry does not tell.
 */
export async function hasBundle(
  registry: Registry,
  reference: PinnedReference,
  options: VerifyOptions
): Promise<boolean> {
  const place = signaturesOf(reference, options)
  for (const candidate of await candidates(registry, place))
    if ((await readListed(registry, place, candidate)) !== undefined) return true
  return false
}

/** All of them, at most 100. @throws RegistryError when the registry does not tell. */
export async function listBundles(
  registry: Registry,
  reference: PinnedReference,
  options: VerifyOptions
): Promise<readonly ListedBundle[]> {
  const place = signaturesOf(reference, options)
  const read = await Promise.all(
    (await candidates(registry, place)).map(candidate => readListed(registry, place, candidate))
  )
  return read.filter(bundle => bundle !== undefined)
}

/** What the image's bundles say of themselves, without those that cannot be read. @throws RegistryError when the registry does not tell. */
export async function readBundles(
  registry: Registry,
  reference: PinnedReference,
  options: VerifyOptions
): Promise<readonly Seen[]> {
  const place = signaturesOf(reference, options)
  const seen = (await listBundles(registry, reference, options)).map(async ({ bundle, predicateType }) => {
    if (bundle.size > MAX_READ_BYTES) return { isSignature: false, type: predicateType, keyless: false, logged: false }
    const bytes = await registry.blob(place, bundle, MAX_READ_BYTES).catch(nothingUsable)
    return bytes === undefined ? undefined : readBundle(bytes)
  })
  return (await Promise.all(seen)).filter(bundle => bundle !== undefined)
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

/** At most 100; those that say they are bundles come first. */
async function candidates(registry: Registry, place: PinnedReference): Promise<Descriptor[]> {
  const rank = (listed: Descriptor) => (listed.artifactType.startsWith(BUNDLE_TYPE) ? 0 : 1)
  return [...(await registry.referrers(place))].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_BUNDLES)
}

async function readListed(
  registry: Registry,
  place: PinnedReference,
  { digest }: Descriptor
): Promise<ListedBundle | undefined> {
  const manifest = await registry.manifest(pin(place, digest)).catch(nothingUsable)
  return manifest === undefined ? undefined : bundleIn(manifest)
}

function bundleIn({ content }: Manifest): ListedBundle | undefined {
  try {
    const bundle = parseDescriptors(content, 'layers').find(({ mediaType }) => mediaType.startsWith(BUNDLE_TYPE))
    const annotations = content['annotations']
    const predicateType = isObject(annotations) ? text(annotations, 'dev.sigstore.bundle.predicateType') : ''
    return bundle === undefined ? undefined : { bundle, predicateType }
  } catch {
    return undefined // Whoever may push can put anything beside an image.
  }
}

function nothingThere(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}

/** What somebody put there and cannot be read must not hide what can. */
function nothingUsable(error: unknown): undefined {
  if (!isNotFound(error) && !isWrongAnswer(error)) throw error
}
