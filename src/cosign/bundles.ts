import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Descriptor, OCI_MANIFEST, parseDescriptors } from '../image/descriptor.ts'
import { type Manifest, sha256 } from '../image/manifest.ts'
import { type PinnedReference, pin } from '../image/reference.ts'
import type { Registry } from '../image/registry.ts'
import { sideBySide } from '../lib/side-by-side.ts'
import { readBundle, type Seen } from './bundle.ts'
import type { Cosign, VerifyOptions } from './cosign.ts'
import { signaturesOf } from './place.ts'
import { nothingUsable } from './presence.ts'

/** The Sigstore bundles that refer to one manifest, brought here. */
export interface Bundles {
  /** How many are here, whether cosign can read them or not. */
  readonly count: number
  /** What each says of itself, without those that are no bundle with a statement. */
  readonly seen: readonly Seen[]
  /** Why some were left out, a sentence without a full stop; absent when all are here. */
  readonly unread?: string
}

/** What helps where there is more beside an image than is read. */
export const TOO_MANY_REMEDY = 'Delete old attestations of this digest in the registry.'

const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle'
const MAX_REFERRERS = 1000
const MAX_BUNDLE_MIB = 128 // As cosign: its COSIGN_MAX_ATTACHMENT_SIZE where nobody sets it.
const MAX_TOGETHER_MIB = 512
const MIB = 1024 * 1024
const AT_ONCE = 4

/** Lends a directory for bundles, and removes it once the work is done: they may be large. */
export async function withBundleDirectory<T>(
  cosign: Pick<Cosign, 'emptyDirectory'>,
  work: (directory: string) => Promise<T>
): Promise<T> {
  // One of its own making: what is removed with all that is in it must not be anything that was there before.
  const directory = await mkdtemp(join(await cosign.emptyDirectory('bundles'), 'layout-'))
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * Brings all bundles that refer to the manifest here, signatures and attestations, of anybody, for cosign to check. It does not read all by
 * itself: of a long list of referrers it takes the first page only (google/go-containerregistry pkg/v1/remote/referrers.go), and passes over in
 * silence what it fails to fetch; and what it does not see may be the newest.
 * A list can name manifests that were removed since, and need not say what they are: cosign up to 3.0.6 and some registries give another
 * artifact type. So each is read.
 * @param directory absolute; becomes an OCI image layout as `cosign verify-attestation --local-image` wants it.
 * @throws RegistryError when the registry does not tell.
 */
export async function takeBundles(
  registry: Registry,
  reference: PinnedReference,
  options: VerifyOptions,
  directory: string
): Promise<Bundles> {
  const place = signaturesOf(reference, options)
  const referrers = await registry.referrers(place)
  const layers = await sideBySide(first(referrers), AT_ONCE, async ({ digest }) =>
    bundleIn(await registry.manifest(pin(place, digest)).catch(nothingUsable))
  )
  const bundles = distinct(layers.filter(layer => layer !== undefined))
  const { fitting, unread } = limit(bundles, referrers.length)

  const folder = join(directory, 'blobs', 'sha256')
  await mkdir(folder, { recursive: true })
  const taken = await sideBySide(fitting, AT_ONCE, async bundle => {
    const bytes = await registry.blob(place, bundle, bundle.size).catch(nothingUsable)
    if (bytes === undefined) return undefined
    await writeFile(join(folder, hexOf(bundle.digest)), bytes)
    return { bundle, seen: readBundle(bytes) }
  })
  const here = taken.filter(one => one !== undefined)
  await describeLayout(
    directory,
    reference.digest,
    here.map(({ bundle }) => bundle)
  )
  const seen = here.flatMap(one => (one.seen === undefined ? [] : [one.seen]))
  return { count: here.length, seen, ...(unread === undefined ? {} : { unread }) }
}

/** Those that say they are bundles come first. */
function first(referrers: readonly Descriptor[]): Descriptor[] {
  const rank = (listed: Descriptor) => (listed.artifactType.startsWith(BUNDLE_TYPE) ? 0 : 1)
  return referrers.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_REFERRERS)
}

/** The layer that is the bundle. Whoever may push can put anything beside an image. */
function bundleIn(manifest: Manifest | undefined): Descriptor | undefined {
  try {
    return parseDescriptors(manifest?.content ?? {}, 'layers').find(({ mediaType }) =>
      mediaType.startsWith(BUNDLE_TYPE)
    )
  } catch {
    return undefined
  }
}

/** By their size too: a manifest of somebody else's that names a wrong one must not keep the bundle from being read. */
function distinct(bundles: readonly Descriptor[]): Descriptor[] {
  return [...new Map(bundles.map(bundle => [`${bundle.digest} ${bundle.size}`, bundle])).values()]
}

/** Small ones first: signatures have about 8 KiB, and no attestation, however long, shall crowd them out. */
function limit(bundles: readonly Descriptor[], referrers: number): { fitting: Descriptor[]; unread?: string } {
  let together = 0
  const fitting = bundles
    .toSorted((a, b) => a.size - b.size)
    .filter(({ size }) => {
      together += size
      return size <= MAX_BUNDLE_MIB * MIB && together <= MAX_TOGETHER_MIB * MIB
    })
  if (referrers > MAX_REFERRERS)
    return { fitting, unread: `${referrers} manifests refer to the image; at most ${MAX_REFERRERS} are read` }
  if (fitting.length === bundles.length) return { fitting }
  const size = `${Math.ceil(together / MIB)} MiB in ${bundles.length} bundles`
  const limits = `at most ${MAX_BUNDLE_MIB} MiB of one and ${MAX_TOGETHER_MIB} MiB of all are read`
  return { fitting, unread: `the image's signatures and attestations have ${size}; ${limits}` }
}

/**
 * Writes what says that the bundles belong to the image, which itself need not be there.
 * Format: sigstore/cosign pkg/cosign/verify.go, getLocalBundleDescriptors; OCI image-spec, image-layout.md
 */
async function describeLayout(directory: string, subject: string, bundles: readonly Descriptor[]): Promise<void> {
  const image = { mediaType: OCI_MANIFEST, digest: subject, size: 0 }
  const content = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256(Buffer.from('{}')), size: 2 },
    layers: bundles.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    subject: image
  }
  const manifest = Buffer.from(JSON.stringify(content))
  const index = { schemaVersion: 2, manifests: [{ ...image, annotations: { kind: 'dev.cosignproject.cosign/image' } }] }
  await writeFile(join(directory, 'blobs', 'sha256', hexOf(sha256(manifest))), manifest)
  await writeFile(join(directory, 'index.json'), JSON.stringify(index))
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length)
}
