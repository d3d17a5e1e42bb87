import type { ImageName } from './images.ts'

/** What an image is built for, when (seconds since 1970), and whether BuildKit says how; by default as docker/build-push-action does. */
export interface Recipe {
  readonly platforms?: readonly string[]
  readonly created: number
  readonly provenance?: boolean
}

const BOTH = ['linux/amd64', 'linux/arm64'] as const
const day = (date: string) => Date.parse(`${date}T09:00:00Z`) / 1000

/** How each image of the world is built. */
export const RECIPES: Readonly<Record<ImageName, Recipe>> = {
  base: { platforms: BOTH, created: day('2026-10-05') },
  'base-today': { platforms: BOTH, created: day('2026-11-20') },
  static: { platforms: BOTH, created: day('2026-11-02') },
  clean: { created: day('2026-11-16') },
  vulnerable: { created: day('2026-11-16') },
  baseline: { created: day('2026-10-12') },
  index: { platforms: BOTH, created: day('2026-11-16') },
  empty: { created: day('2026-11-16'), provenance: false },
  eol: { created: day('2026-08-03'), provenance: false }
}
