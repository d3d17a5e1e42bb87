import { asObject, text } from '../lib/json.ts'
import { type HistoryEntry, readBuildHistory } from './build-history.ts'
import { type Descriptor, isIndexType, parseDescriptor, parseDescriptors } from './descriptor.ts'
import { type PinnedReference, pin } from './reference.ts'
import type { Manifest, Registry } from './registry.ts'

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
  config: 8 * 1024 * 1024,
  statement: 8 * 1024 * 1024,
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
  const records = new Map<string, BuildRecord>()
  const failures: unknown[] = []
  const attempt = <T>(work: Promise<T>): Promise<T | undefined> =>
    work.catch(error => {
      failures.push(error)
      return undefined
    })
  const index = platforms.includes(image.digest) ? undefined : await attempt(source.manifest(image))
  const read = async (digest: string) => {
    const own = pin(image, digest)
    const [config, statements] = await Promise.all([
      attempt(readConfig(source, own)),
      attempt(readStatements(source, own, index))
    ])
    if (config !== undefined) records.set(digest, { ...config, provenance: statements ?? [] })
  }
  await Promise.all(platforms.map(read))
  return { records, failures }
}

async function readConfig(source: Source, image: PinnedReference): Promise<Omit<BuildRecord, 'provenance'>> {
  const { content } = await source.manifest(image)
  const layers = parseDescriptors(content, 'layers')
  const config = await source.blob(image, parseDescriptor(content['config'], 'config'), LIMITS.config)
  const build = readBuildHistory(asObject(JSON.parse(config.toString('utf8')), 'config'))
  if (build?.diffIds.length !== layers.length)
    throw new TypeError(`the config does not tell of the ${layers.length} layers that the manifest has`)
  return {
    layers: layers.map(({ digest }, position) => ({ digest, diffId: build.diffIds[position] ?? '' })),
    history: build.history
  }
}

async function readStatements(
  source: Source,
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
    const layers = parseDescriptors(content, 'layers').filter(isProvenance).slice(0, LIMITS.statements)
    for (const layer of layers) {
      const bytes = await source.blob(image, layer, LIMITS.statement)
      statements.push(JSON.parse(bytes.toString('utf8')))
    }
  }
  return statements
}

function isProvenance({ mediaType, annotations }: Descriptor): boolean {
  return (
    mediaType === 'application/vnd.in-toto+json' &&
    text(annotations, PREDICATE_TYPE).startsWith('https://slsa.dev/provenance/')
  )
}
