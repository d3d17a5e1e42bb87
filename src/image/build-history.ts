import { isObject, type JsonObject, text } from '../lib/json.ts'
import { isDigest } from './reference.ts'

/** One entry of an image's history. Source: OCI image-spec, config.md. */
export interface HistoryEntry {
  /** What made it, in the builder's words; of what can have no layer only the instruction's name. */
  readonly createdBy: string
  /** It has no layer. */
  readonly empty: boolean
  /** Milliseconds since 1970; absent where it does not say. */
  readonly created?: number
}

/** What an image's config says of how it was built. Nothing in it is sure. */
export interface BuildHistory {
  /** Diff ids of the layers, the lowest first. */
  readonly diffIds: readonly string[]
  readonly history: readonly HistoryEntry[]
}

const LIMITS = { layers: 512, history: 2_000, characters: 262_144 } as const

/**
 * Reads `rootfs` and `history` of an image's config.
 * @param config hostile: it comes from the image.
 * @returns undefined for a list of layers that is none, or is longer than any that a builder makes.
 */
export function readBuildHistory({ rootfs, history }: JsonObject): BuildHistory | undefined {
  const diffIds = isObject(rootfs) ? rootfs['diff_ids'] : undefined
  if (!Array.isArray(diffIds) || diffIds.length > LIMITS.layers || !diffIds.every(isDiffId)) return undefined
  const entries = Array.isArray(history) ? history.slice(0, LIMITS.history) : []
  return { diffIds, history: entries.filter(isObject).map(historyEntry) }
}

function isDiffId(id: unknown): id is string {
  return typeof id === 'string' && isDigest(id)
}

function historyEntry(entry: JsonObject): HistoryEntry {
  const said = text(entry, 'created_by')
  const empty = entry['empty_layer'] === true
  const created = Date.parse(text(entry, 'created'))
  return {
    // What is longer is no instruction that somebody wrote.
    createdBy: said.length > LIMITS.characters ? '' : (empty && nameAlone(said)) || said,
    empty,
    ...(Number.isNaN(created) ? {} : { created })
  }
}

/** `ENV TOKEN=x` is `ENV `: the values are nobody's business, and no layer is found by them. */
function nameAlone(said: string): string | undefined {
  return /^(?:\/bin\/sh -c #\(nop\) +)?(?!RUN|COPY|ADD|WORKDIR)[A-Z]+ /.exec(said)?.[0]
}
