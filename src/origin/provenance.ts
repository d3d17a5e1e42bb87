import { isObject, type JsonObject, text } from '../lib/json.ts'
import { PROVENANCE } from '../lib/predicate-types.ts'

/** What BuildKit says of how one platform was built. It is the builder's word, signed by nobody: for placing an alert, not for trust. */
export interface Provenance {
  /** The Dockerfile that was used; absent with `mode=min`. */
  readonly dockerfile?: {
    /** Where it may be, relative to the repository or to a directory that nobody tells. */
    readonly names: readonly string[]
    readonly text: string
  }
  /** Build arguments by name, and the stage that was asked for. */
  readonly values: ReadonlyMap<string, string>
  readonly target?: string
  /** Absent with `mode=min`. */
  readonly steps: readonly Step[]
  /** Images that were read, each with the digest that was used; frontends and images that were only copied from too. */
  readonly images: readonly BuildImage[]
}

/** One step of the build that has layers. */
export interface Step {
  /** Digests of all layers of its result, the base's first. */
  readonly layers: readonly string[]
  /** First lines in the Dockerfile of the instructions that are this step: several when two stages have the same one. */
  readonly lines: readonly number[]
  /** The image that the step pulls, where it pulls one. */
  readonly image?: BuildImage
}

/** An image as a build used it. */
export interface BuildImage {
  /** `docker.io/library/debian:12`, without a digest. */
  readonly reference: string
  /** `sha256:…` */
  readonly digest: string
}

const LIMITS = {
  steps: 2_000,
  layers: 512,
  digests: 1_000_000,
  locations: 1_000,
  images: 1_000,
  text: 1_048_576
} as const
const METADATA = 'https://mobyproject.org/buildkit@v1#metadata'

/**
 * Reads the SLSA provenance that BuildKit makes, v1 or v0.2.
 * Format: https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md
 * @param statement what JSON.parse made of the in-toto statement; hostile. What is malformed or beyond all measure is left out.
 * @returns undefined for anything that is not BuildKit's provenance.
 */
export function readProvenance(statement: unknown): Provenance | undefined {
  const predicate = at(statement, 'predicate')
  const type = isObject(statement) ? text(statement, 'predicateType') : ''
  if (type === PROVENANCE) {
    const definition = at(predicate, 'buildDefinition')
    return assemble({
      metadata: at(predicate, 'runDetails', 'metadata', 'buildkit_metadata'),
      request: at(definition, 'externalParameters', 'request'),
      entry: text(at(definition, 'externalParameters', 'configSource'), 'path'),
      config: at(definition, 'internalParameters', 'buildConfig'),
      images: list(definition['resolvedDependencies'])
    })
  }
  if (type !== 'https://slsa.dev/provenance/v0.2') return undefined
  return assemble({
    metadata: at(predicate, 'metadata', METADATA),
    request: at(predicate, 'invocation', 'parameters'),
    entry: text(at(predicate, 'invocation', 'configSource'), 'entryPoint'),
    config: at(predicate, 'buildConfig'),
    images: list(predicate['materials'])
  })
}

/** The parts of which both versions have the same shape. */
interface Parts {
  readonly metadata: JsonObject
  readonly request: JsonObject
  /** Path of the Dockerfile in the repository that was the context. */
  readonly entry: string
  readonly config: JsonObject
  readonly images: readonly unknown[]
}

function assemble({ metadata, request, entry, config, images }: Parts): Provenance {
  const { index, dockerfile } = dockerfileOf(list(at(metadata, 'source')['infos']), entry)
  const values = Object.entries(at(request, 'args')).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string'
  )
  const target = values.find(([name]) => name === 'target')?.[1]
  return {
    ...(dockerfile === undefined ? {} : { dockerfile }),
    values: new Map(
      values.flatMap(([name, value]) => (name.startsWith('build-arg:') ? [[name.slice(10), value]] : []))
    ),
    ...(target === undefined ? {} : { target }),
    steps: stepsOf(metadata, config, index),
    images: images.slice(0, LIMITS.images).flatMap(readDependency)
  }
}

/** The first of the sources that is a Dockerfile. Its place in the list is what locations refer to. */
function dockerfileOf(
  infos: readonly unknown[],
  entry: string
): { index: number; dockerfile?: Provenance['dockerfile'] } {
  for (const [index, info] of infos.entries()) {
    if (!isObject(info) || text(info, 'language') !== 'Dockerfile') continue
    const data = text(info, 'data')
    if (data === '' || data.length > LIMITS.text * 2) continue
    const decoded = Buffer.from(data, 'base64').toString('utf8')
    const names = [entry, text(info, 'filename')].filter(name => name !== '' && name.length <= 1_000)
    return { index, dockerfile: { names, text: decoded } }
  }
  return { index: 0 }
}

function stepsOf(metadata: JsonObject, config: JsonObject, source: number): Step[] {
  const locations = at(metadata, 'source', 'locations')
  const pulled = pulledBy(list(config['llbDefinition']))
  let digests = 0
  return Object.entries(at(metadata, 'layers'))
    .slice(0, LIMITS.steps)
    .flatMap(([output, chains]) => {
      const step = output.replace(/:\d+$/, '')
      const layers = list(list(chains)[0]).map(layer => (isObject(layer) ? text(layer, 'digest') : ''))
      digests += layers.length
      if (layers.length === 0 || layers.length > LIMITS.layers || digests > LIMITS.digests) return []
      const image = pulled.get(step)
      return [{ layers, lines: linesOf(at(locations, step), source), ...(image === undefined ? {} : { image }) }]
    })
}

function linesOf(step: JsonObject, source: number): number[] {
  const lines = list(step['locations'])
    .slice(0, LIMITS.locations)
    .flatMap(location => {
      if (!isObject(location) || (location['sourceIndex'] ?? 0) !== source) return []
      const line = at(list(location['ranges'])[0], 'start')['line']
      return Number.isSafeInteger(line) && Number(line) > 0 ? [Number(line)] : []
    })
  return [...new Set(lines)]
}

/** The images that steps pull, by step: `docker-image://docker.io/library/debian:12@sha256:…`. */
function pulledBy(definition: readonly unknown[]): ReadonlyMap<string, BuildImage> {
  const pulled = definition.slice(0, LIMITS.steps * 10).flatMap((step): [string, BuildImage][] => {
    const identifier = text(at(step, 'op', 'Op', 'source'), 'identifier')
    const [, reference, digest] = /^docker-image:\/\/([^@\s]{1,400})@(sha256:[0-9a-f]{64})$/.exec(identifier) ?? []
    if (reference === undefined || digest === undefined || !isObject(step)) return []
    return [[text(step, 'id'), { reference, digest }]]
  })
  return new Map(pulled)
}

/** `pkg:docker/registry.example.com/acme/base@12?platform=linux%2Famd64`. Source: package-url/purl-spec, types/docker. */
function readDependency(value: unknown): BuildImage[] {
  if (!isObject(value)) return []
  const [, name, version] = /^pkg:docker\/([^@?#\s]{1,400})@([^?#\s]{1,200})/.exec(text(value, 'uri')) ?? []
  const digest = text(at(value, 'digest'), 'sha256')
  if (name === undefined || version === undefined || !/^[0-9a-f]{64}$/.test(digest)) return []
  try {
    const tag = decodeURIComponent(version)
    if (!/^[\w.-]+$/.test(tag)) return []
    return [{ reference: `${decodeURIComponent(name)}:${tag}`, digest: `sha256:${digest}` }]
  } catch {
    return []
  }
}

/** What stands under a path of keys; an empty object where that is no object. */
function at(value: unknown, ...path: readonly string[]): JsonObject {
  let found = value
  for (const key of path) found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined
  return isObject(found) ? found : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
