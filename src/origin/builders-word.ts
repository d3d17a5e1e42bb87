import type { HistoryEntry } from '../image/build-history.ts'
import type { Layer } from '../report/model.ts'
import { type Dockerfile, type Instruction, parseDockerfile } from './dockerfile.ts'
import { isOf } from './history.ts'
import type { BuildImage, Provenance, Step } from './provenance.ts'
import { chainOf, type StageChain } from './stages.ts'

/** What made one layer: an instruction, or the image that the last stage is built on. */
export type Maker = Instruction | 'base'

/** What the builder's provenance says of the layers of one platform. */
export interface BuildersWord {
  /** The stages of the Dockerfile that was used. */
  readonly chain: StageChain
  /** For each layer; undefined where it cannot be told. */
  readonly makers: readonly (Maker | undefined)[]
  /** The image that was pulled for the base, and how many layers it has; 0 where that is not known. */
  readonly base?: BuildImage
  readonly baseLayers: number
}

/**
 * Says by BuildKit's provenance which instruction of the Dockerfile that was used made each layer.
 *
 * The digests in it are of the layers as they were built: `rewrite-timestamp` and another compression change them afterwards. Then a
 * layer's place counts, and its history has to say the same.
 * @returns undefined when the provenance does not go that far (`mode=min`) or is not about these layers.
 */
export function hearBuilder(
  image: { readonly platform: string; readonly layers: readonly Layer[]; readonly history: readonly HistoryEntry[] },
  provenance: Provenance
): BuildersWord | undefined {
  const chain = chainOfProvenance(image.platform, provenance)
  const path = pathOf(provenance.steps, image.layers)
  if (chain === undefined || path === undefined) return undefined
  const base = chain.image === 'scratch' ? undefined : baseStep(path, chain)
  const said = image.layers.map((_, index) => makerOf(index, path, chain, base))
  const makers = verified(said, image, path, chain)
  const pulled = base?.image === undefined ? {} : { base: base.image }
  const isKnown = base !== undefined && makers.slice(0, base.layers.length).every(maker => maker === 'base')
  return { chain, makers, ...pulled, baseLayers: isKnown ? base.layers.length : 0 }
}

function chainOfProvenance(platform: string, { dockerfile, values, target }: Provenance): StageChain | undefined {
  const parsed: Dockerfile | undefined = dockerfile && parseDockerfile(dockerfile.text)
  return parsed && chainOf(parsed, { platform, values, target })
}

/** The steps that lead to the image, each with the layers up to it. */
function pathOf(steps: readonly Step[], layers: readonly Layer[]): readonly Step[] | undefined {
  const whole = steps.filter(step => step.layers.length === layers.length)
  const isExact = (step: Step) => step.layers.every((digest, index) => digest === layers[index]?.digest)
  const last = whole.find(isExact) ?? whole[0]
  const isOne = whole.every(step => isExact(step) || step.layers.join() === last?.layers.join())
  if (last === undefined || !(isOne || isExact(last))) return undefined
  return steps.filter(
    step => step.layers.length <= layers.length && step.layers.every((digest, index) => digest === last.layers[index])
  )
}

/** The step that pulls what the stages are built on. Of several images that begin with the same layers, none. */
function baseStep(path: readonly Step[], chain: StageChain): Step | undefined {
  const pulled = path.filter(({ image, lines }) => image !== undefined && lines.includes(chain.from.line))
  return pulled.length === 1 ? pulled[0] : undefined
}

function makerOf(index: number, path: readonly Step[], chain: StageChain, base: Step | undefined): Maker | undefined {
  const lines = new Set(
    path.filter(step => step.image === undefined && step.layers.length === index + 1).flatMap(step => step.lines)
  )
  const makers = chain.instructions.filter(({ line }) => lines.has(line))
  if (index < (base?.layers.length ?? 0)) return makers.length === 0 ? 'base' : undefined
  if (makers.length > 0) return makers.length === 1 ? makers[0] : undefined
  // What the base has left for its users to run (ONBUILD) stands at the line of FROM.
  return lines.has(chain.from.line) ? 'base' : undefined
}

/** Only what the digests or the history confirm. */
function verified(
  said: readonly (Maker | undefined)[],
  { layers, history }: { readonly layers: readonly Layer[]; readonly history: readonly HistoryEntry[] },
  path: readonly Step[],
  chain: StageChain
): (Maker | undefined)[] {
  const built = path.find(step => step.layers.length === layers.length)?.layers
  const entries = history.filter(({ empty }) => !empty)
  const sameDigest = (index: number) => built?.[index] === layers[index]?.digest
  const confirmed = said.map((maker, index) => {
    if (maker === undefined || maker === 'base' || sameDigest(index)) return maker
    const entry = entries.length === layers.length ? entries[index] : undefined
    return entry !== undefined && isOf(entry, maker, chain.instructions) ? maker : undefined
  })
  const allOurs = confirmed.every((maker, index) => maker === said[index])
  return confirmed.map((maker, index) => (maker === 'base' && !sameDigest(index) && !allOurs ? undefined : maker))
}
