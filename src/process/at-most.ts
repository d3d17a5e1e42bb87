import type { Run } from './command.ts'

/**
 * The same door with at most so many children at a time; further ones wait for their turn, in their order. Their time limits begin when they
 * start.
 */
export function atMost(count: number, run: Run): Run {
  let free = count
  const waiting: (() => void)[] = []
  return async command => {
    if (free > 0) free -= 1
    else await new Promise<void>(resolve => void waiting.push(resolve))
    try {
      return await run(command)
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
