import { pin } from '../../image/reference.ts'
import type { WritableRegistry } from '../../image/registry.ts'
import { ToolError } from '../../lib/errors.ts'
import type { PromotedTag } from '../../render/outcome.ts'
import type { Setting } from '../setting.ts'
import type { Signer } from '../sign/signer.ts'
import { findNewerRun } from './newer-run.ts'
import type { Target } from './promotion-targets.ts'

/** What moving a tag works with. */
export interface Mover {
  readonly setting: Setting
  readonly registry: WritableRegistry
  readonly signer: Signer
}

/** What a tag points at now, `from`, and what follows from it; absent where there is no such tag. */
export type Standing =
  | { readonly state: 'free'; readonly from?: string }
  | { readonly state: 'there' }
  /** It belongs to a newer run, which is named. */
  | { readonly state: 'newer'; readonly from: string; readonly run: string }

/** What became of one tag. */
type Outcome = Omit<PromotedTag, 'reference'>

/** Some registries answer with what a tag was for a while. */
const READ_BACK_MS = [0, 1_000, 2_000, 4_000, 8_000]

/**
 * Reads what a tag points at.
 * @param known what was found out before: the same digest is not looked at twice.
 * @throws RegistryError, ToolError when that cannot be told.
 */
export async function readTag(mover: Mover, { tag, image }: Target, known?: Standing): Promise<Standing> {
  const { setting, registry, signer } = mover
  const from = await registry.writer.digestAt(tag)
  if (from === undefined) return { state: 'free' }
  if (from === image.digest) return { state: 'there' }
  if (known !== undefined && 'from' in known && known.from === from) return known
  const run = await findNewerRun(setting, registry, signer, pin(tag, from))
  return run === undefined ? { state: 'free', from } : { state: 'newer', from, run }
}

/** What becomes of a tag without anything being done; undefined when it is to be moved. */
export function outcomeOf(standing: Standing | undefined): Outcome | undefined {
  if (standing?.state === 'there') return { state: 'already-there' }
  if (standing?.state !== 'newer') return undefined
  const { from, run } = standing
  return { state: 'kept', from, reason: `it belongs to a newer run, ${run}` }
}

/**
 * Makes a tag point at the image, which is in its repository: reads the tag once more, puts the image's own bytes, and reads it back.
 * @param known what was found out before.
 * @throws RegistryError, ToolError.
 */
export async function moveTag(mover: Mover, target: Target, known: Standing | undefined): Promise<Outcome> {
  const { registry } = mover
  const manifest = await registry.manifest(target.image)
  const standing = await readTag(mover, target, known)
  const settled = outcomeOf(standing)
  if (settled !== undefined) return settled
  const before = standing.state === 'free' ? standing.from : undefined
  await registry.writer.moveTag(target.tag, manifest, before)
  return readBack(mover, target, before)
}

async function readBack(mover: Mover, target: Target, before: string | undefined): Promise<Outcome> {
  const from = before === undefined ? {} : { from: before }
  let now: string | undefined
  for (const pause of READ_BACK_MS) {
    if (pause > 0) await mover.setting.wait(pause)
    now = await mover.registry.writer.digestAt(target.tag)
    if (now === target.image.digest) return { state: 'moved', ...from }
    if (now !== before) break
  }
  const standing = await readTag(mover, target)
  if (standing.state === 'there') return { state: 'moved', ...from }
  if (standing.state === 'newer')
    return { state: 'kept', from: standing.from, reason: `a newer run, ${standing.run}, moved it at the same time` }
  throw new ToolError(
    `the registry took it, but the tag ${now === undefined ? 'is not there' : `points at ${now}`} right afterwards`,
    { remedy: 'Find out who else moves this tag, and run the job again.' }
  )
}
