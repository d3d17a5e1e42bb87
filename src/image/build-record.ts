import { asObject, text } from '../lib/json.ts'
import { type HistoryEntry, readBuildHistory } from './build-history.ts'
import { type Descriptor, isIndexType, parseDescriptor, parseDescriptors } from './descriptor.ts'
import type { Manifest } from './manifest.ts'
import { type PinnedReference, pin } from './reference.ts'
import type { Registry } from './registry.ts'

/** What an image says of how it was built. Nothing in it is sure. */
export interface BuildRecord {
  /** Digest and diff id of each layer, the lowest first. */
  readonly layers: readonly { readonly digest: string; readonly diffId: string }[]
  readonly history: readonly HistoryEntry[]
  /** SLSA provenance statements about the image, parsed. */
  readonly provenance: readonly unknown[]
}

type Source = Pick<Registry, 'manifest' | 'blob'>

const LIMITS = {
  /** Bytes of one config or statement. */
  blob: 8 * 1024 * 1024,
  /** Bytes of all of them, over all platforms: parsed, they need many times as much memory. */
  all: 32 * 1024 * 1024,
  /** Of one platform. */
  statements: 4
} as const
// Source of the annotations: https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
const ATTESTED_DIGEST = 'vnd.docker.reference.digest'
const PREDICATE_TYPE = 'in-toto.io/predicate-type'

/**
 * Reads the config of each platform, and the attestations that BuildKit has put beside it in the index.
 * @param source a registry, or an OCI layout.
 * @param image the index, or a single image's manifest.
 * @param platforms digests of the platforms' own manifests.
 * @returns by digest; a platform that cannot be read is missing, with the reason in `failures`.
 */
export async function readBuildRecords(
  source: Source,
  image: PinnedReference,
  platforms: readonly string[]
): Promise<{ readonly records: ReadonlyMap<string, BuildRecord>; readonly failures: readonly unknown[] }> {
  const reading = withinBudget(source)
  const records = new Map<string, BuildRecord>()
  const failures: unknown[] = []
  const attempt = <T>(work: Promise<T>): Promise<T | undefined> =>
    work.catch(error => {
      failures.push(error)
      return undefined
    })
  const index = platforms.includes(image.digest) ? undefined : await attempt(reading.manifest(image))
  const read = async (digest: string) => {
    const own = pin(image, digest)
    const [config, statements] = await Promise.all([
      attempt(readConfig(reading, own)),
      attempt(readStatements(reading, own, index))
    ])
    if (config !== undefined) records.set(digest, { ...config, provenance: statements ?? [] })
  }
  await Promise.all(platforms.map(read))
  return { records, failures }
}

/** What is read of one image, no more than `LIMITS` allow. */
interface Reading {
  readonly manifest: Source['manifest']
  readonly json: (image: PinnedReference, blob: Descriptor) => Promise<unknown>
}

function withinBudget(source: Source): Reading {
  let left: number = LIMITS.all
  return {
    manifest: source.manifest,
    json: async (image, blob) => {
      if (blob.size > Math.min(left, LIMITS.blob)) throw new TypeError('the image tells too much of how it was built')
      left -= blob.size
      return JSON.parse((await source.blob(image, blob, blob.size)).toString('utf8'))
    }
  }
}

async function readConfig(source: Reading, image: PinnedReference): Promise<Omit<BuildRecord, 'provenance'>> {
  const { content } = await source.manifest(image)
  const layers = parseDescriptors(content, 'layers')
  const config = await source.json(image, parseDescriptor(content['config'], 'config'))
  const build = readBuildHistory(asObject(config, 'config'))
  if (build?.diffIds.length !== layers.length)
    throw new TypeError(`the config does not tell of the ${layers.length} layers that the manifest has`)
  return {
    layers: layers.map(({ digest }, position) => ({ digest, diffId: build.diffIds[position] ?? '' })),
    history: build.history
  }
}

async function readStatements(
  source: Reading,
  image: PinnedReference,
  index: Manifest | undefined
): Promise<readonly unknown[]> {
  if (index === undefined || !isIndexType(index.mediaType)) return []
  const attesting = parseDescriptors(index.content, 'manifests')
    .filter(({ annotations }) => annotations[ATTESTED_DIGEST] === image.digest)
    .slice(0, LIMITS.statements)
  const statements: unknown[] = []
  for (const { digest } of attesting) {
    const { content } = await source.manifest(pin(image, digest))
    const left = LIMITS.statements - statements.length
    const layers = parseDescriptors(content, 'layers').filter(isProvenance).slice(0, left)
    for (const layer of layers) statements.push(await source.json(image, layer))
  }
  return statements
}

function isProvenance({ mediaType, annotations }: Descriptor): boolean {
  return (
    mediaType === 'application/vnd.in-toto+json' &&
    text(annotations, PREDICATE_TYPE).startsWith('https://slsa.dev/provenance/')
  )
}
