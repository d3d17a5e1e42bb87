import type { Memory, Repository } from './memory.ts'
import type { Origin } from './shapes.ts'

/** A request that GitHub's description allows, with path and query as the description types them. */
export interface Call {
  readonly repository: Repository
  readonly memory: Memory
  readonly origin: Origin
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  /** The media types that the client takes. */
  readonly accept: string
}
