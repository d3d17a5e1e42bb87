import type { World } from '../world.ts'

/** The actions of this repository. */
export type ActionName = 'main' | 'verify'

/**
 * What the world knows of an action's inputs, and only such as it declares; a key is never among it, since a step without one must be possible.
 * @param action `verify` is the one in verify/.
 */
export function inputsOfWorld(world: World, action: ActionName = 'main'): Record<string, string> {
  const tools = { 'tools-mirror': world.toolsMirror, 'tools-manifest': world.toolsManifest }
  return action === 'verify' ? tools : { ...tools, 'db-repositories': world.dbRepositories }
}

/** The inputs that make an action use the world's own Sigstore in the place of the public one. */
export function sigstoreInputs({ sigstore }: World, action: ActionName = 'main'): Record<string, string> {
  const trust = { 'trusted-root': sigstore.trustedRoot }
  return action === 'verify' ? trust : { ...trust, 'signing-config': sigstore.signingConfig }
}
