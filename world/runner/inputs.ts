import type { World } from '../world.ts'

/** What the world knows of the action's inputs; a key is never among it, since a step without one must be possible. */
export function inputsOfWorld(world: World): Record<string, string> {
  return {
    'tools-mirror': world.toolsMirror,
    'tools-manifest': world.toolsManifest,
    'db-repositories': world.dbRepositories
  }
}
