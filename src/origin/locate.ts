import type { HistoryEntry } from '../image/build-history.ts'
import type { Layer, Source } from '../report/model.ts'
import { baseImage } from './base.ts'
import type { BaseImage } from './base-image.ts'
import { type BuildersWord, hearBuilder, type Maker } from './builders-word.ts'
import { type Dockerfile, type Instruction, parseDockerfile } from './dockerfile.ts'
import { type HistoryMatch, matchHistory } from './history.ts'
import type { Provenance } from './provenance.ts'
import { chainOf, type StageChain } from './stages.ts'
import { collapsed } from './words.ts'

/** What is known of one platform of an image. */
export interface BuiltImage {
  /** `os/architecture[/variant]` */
  readonly platform: string
  /** As the manifest and the config have them, the lowest first. */
  readonly layers: readonly Layer[]
  readonly history: readonly HistoryEntry[]
  readonly provenance?: Provenance
}

/** The Dockerfile of the checkout. */
export interface DockerfileInCheckout {
  /** Relative to the repository's root, with slashes. */
  readonly path: string
  readonly text: string
  /** Somebody said that it is the image's. A file that only has the usual name could be another image's, and has to be the one that was used. */
  readonly asked: boolean
}

/** Where the layers of one platform come from. */
export interface Origin {
  /** By diff id. Only what is sure is in it. */
  readonly places: ReadonlyMap<string, Source>
  readonly base?: BaseImage
  /** Why no layer has a place: a sentence without full stop. */
  readonly reason?: string
}

/**
 * Finds the Dockerfile line that brought in each layer: by BuildKit's provenance where that is there, else by the image's history. Never a
 * wrong line: what does not agree with the Dockerfile of the checkout has none.
 * @param file the Dockerfile of the checkout; without one there are no places, but the base may be known.
 */
export function locate(image: BuiltImage, file: DockerfileInCheckout | undefined): Origin {
  const usable = file && couldBeUsed(image, file) ? file : undefined
  const checkout = usable && parseDockerfile(usable.text)
  const chain = checkout && chainInCheckout(image, checkout)
  const told = byBuilder(image, usable, chain)
  const matched = byHistory(image, chain)
  const lines = told === undefined ? matched.lines : completed(told.lines, matched.lines)
  const base = (told ?? matched).base
  const places =
    usable === undefined
      ? new Map<string, Source>()
      : placesOf(image.layers, lines, usable.path, chain?.image?.replace(/@.*$/, ''))
  const origin = { places, ...(base === undefined ? {} : { base }) }
  if (places.size > 0 || image.layers.length === 0) return origin
  return { ...origin, reason: reasonFor(file, checkout) }
}

/** A file that only has the usual name, and another text than the builder's, is older, newer, or another image's. */
function couldBeUsed({ provenance }: BuiltImage, file: DockerfileInCheckout): boolean {
  const used = provenance?.dockerfile?.text
  return file.asked || used === undefined || isSameText(file.text, used)
}

function reasonFor(file: DockerfileInCheckout | undefined, checkout: Dockerfile | undefined): string {
  if (file === undefined) return 'there is no Dockerfile in the workspace'
  if (checkout === undefined) return `the image was not built from ${file.path}, or it cannot be read as a Dockerfile`
  return `the image's layers do not agree with ${file.path}`
}

/** True for texts that differ in nothing but line ends and a byte order mark. */
export function isSameText(one: string, other: string | undefined): boolean {
  const [first, second] = [one, other].map(text => text?.replace(/^\uFEFF|\r(?=\n)/g, ''))
  return first === second
}

interface Line {
  readonly line: number
  readonly base: boolean
}

/** What the layers come from, by one way of finding it out. */
interface Answer {
  /** In the checkout's Dockerfile, for each layer. */
  readonly lines: readonly (Line | undefined)[]
  readonly base?: BaseImage | undefined
}

function byBuilder(
  image: BuiltImage,
  file: DockerfileInCheckout | undefined,
  chain: StageChain | undefined
): Answer | undefined {
  const { provenance, layers } = image
  const heard = provenance && hearBuilder(image, provenance)
  if (heard === undefined || heard.makers.every(maker => maker === undefined)) return undefined
  const isSame = file !== undefined && isSameText(file.text, provenance?.dockerfile?.text)
  return {
    lines: chain === undefined ? [] : toCheckout(heard, chain, isSame),
    base: baseImage({
      named: heard.chain.image,
      pulled: heard.base,
      provenance,
      layers: layers.slice(0, heard.baseLayers).map(({ diffId }) => diffId)
    })
  }
}

function byHistory(image: BuiltImage, chain: StageChain | undefined): Answer {
  const { provenance, layers } = image
  const match = chain && agreeing(image, chain)
  const makers = match?.layers.map(maker => maker ?? (match.baseIsSure ? ('base' as const) : undefined)) ?? []
  const base = baseImage({ named: chain?.image, provenance, layers: layersOfBase(layers, makers) })
  // Without the builder's word, only a Dockerfile that agrees with the image says what it is built on.
  const isKnown = match !== undefined || base?.digest !== undefined
  return { lines: makers.map(maker => chain && lineOf(maker, chain)), base: isKnown ? base : undefined }
}

/**
 * BuildKit leaves a step out of one platform's provenance when another platform shares it. The history fills such gaps, if it says nothing
 * else of the rest.
 */
function completed(told: Answer['lines'], matched: Answer['lines']): Answer['lines'] {
  const contradicts = told.some((line, index) => {
    const other = matched[index]
    return line !== undefined && other !== undefined && line.line !== other.line
  })
  if (contradicts) return told
  return matched.length === 0 ? told : matched.map((line, index) => told[index] ?? line)
}

function chainInCheckout({ platform, provenance }: BuiltImage, checkout: Dockerfile): StageChain | undefined {
  return chainOf(checkout, { platform, values: provenance?.values ?? new Map(), target: provenance?.target })
}

/** An image has as many layers as its history tells of; one that is built on nothing has no layer of a base. */
function agreeing({ layers, history }: BuiltImage, chain: StageChain): HistoryMatch | undefined {
  const match = matchHistory(history, chain.instructions)
  if (match?.layers.length !== layers.length) return undefined
  return chain.image === 'scratch' && match.layers.includes(undefined) ? undefined : match
}

/**
 * The builder's lines as lines of the checkout. Where its Dockerfile is another one, an instruction counts as the same when it stands
 * there with the same text, and in both exactly once.
 */
function toCheckout({ makers, chain }: BuildersWord, checkout: StageChain, isSame: boolean): (Line | undefined)[] {
  if (isSame) return makers.map(maker => lineOf(maker, chain))
  const used = Map.groupBy(chain.instructions, keyOf)
  const present = Map.groupBy(checkout.instructions, keyOf)
  const sameBase = keyOf(chain.from) === keyOf(checkout.from) && chain.image === checkout.image
  return makers.map(maker => {
    if (maker === undefined || maker === 'base') return sameBase ? lineOf(maker, checkout) : undefined
    const [one, ...others] = present.get(keyOf(maker)) ?? []
    return one !== undefined && others.length === 0 && used.get(keyOf(maker))?.length === 1
      ? { line: one.line, base: false }
      : undefined
  })
}

function keyOf({ keyword, flags, text, heredoc }: Instruction): string {
  return JSON.stringify([keyword, flags, collapsed(text), heredoc])
}

function lineOf(maker: Maker | undefined, chain: StageChain): Line | undefined {
  if (maker === undefined) return undefined
  return maker === 'base' ? { line: chain.from.line, base: true } : { line: maker.line, base: false }
}

/** A layer that is there twice, from two lines, has no line. */
function placesOf(
  layers: readonly Layer[],
  lines: readonly (Line | undefined)[],
  file: string,
  from: string | undefined
): ReadonlyMap<string, Source> {
  const places = new Map<string, Source>()
  const groups = Map.groupBy(layers.entries(), ([, { diffId }]) => diffId)
  for (const [diffId, group] of groups) {
    const found = group.map(([index]) => lines[index])
    const [first] = found
    if (first === undefined || !found.every(one => one?.line === first.line)) continue
    places.set(diffId, { file, ...first, ...(first.base && from !== undefined ? { from } : {}) })
  }
  return places
}

function layersOfBase(layers: readonly Layer[], makers: readonly (Maker | undefined)[]): string[] {
  const end = makers.findIndex(maker => maker !== 'base')
  return layers.slice(0, end < 0 ? makers.length : end).map(({ diffId }) => diffId)
}
