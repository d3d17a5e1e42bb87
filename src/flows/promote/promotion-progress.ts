import { messageOf, ToolError } from '../../lib/errors.ts'
import type { PromotedTag } from '../../render/outcome.ts'
import type { Target } from './promotion-targets.ts'

/** What has become of each target so far. */
export interface Progress {
  /** Does something about each target that has no outcome yet, one after the other; what it returns is the target's outcome. */
  each(todo: (target: Target) => Promise<Omit<PromotedTag, 'reference'> | undefined>): Promise<void>
  /** The target that something was being done about has failed. */
  fail(error: unknown): void
  /** All of them in order; `missed` where nothing was decided. */
  tags(): readonly PromotedTag[]
}

/** Nothing is decided yet. */
export function startProgress(targets: readonly Target[]): Progress {
  const decided = new Map<Target, Omit<PromotedTag, 'reference'>>()
  let current = targets[0]
  return {
    async each(todo) {
      for (const target of targets.filter(one => !decided.has(one))) {
        current = target
        const outcome = await todo(target)
        if (outcome !== undefined) decided.set(target, outcome)
      }
    },
    fail(error) {
      const remedy = error instanceof ToolError ? error.remedy : undefined
      const failure = { state: 'failed' as const, reason: messageOf(error) }
      if (current !== undefined) decided.set(current, remedy === undefined ? failure : { ...failure, remedy })
    },
    tags: () =>
      targets.map(target => ({ reference: target.title, ...(decided.get(target) ?? { state: 'missed' as const }) }))
  }
}
