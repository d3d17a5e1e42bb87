import type { Dockerfile, Instruction, Stage } from './dockerfile.ts'

/** What one build of a Dockerfile was given. */
export interface BuildArguments {
  /** `os/architecture[/variant]`: what `TARGETARCH` and its like become. */
  readonly platform: string
  /** Build arguments by name, as far as they are known. */
  readonly values: ReadonlyMap<string, string>
  /** The stage that was asked for; absent for the last one. */
  readonly target?: string | undefined
}

/** The stages of which an image is made, down to the image that they are built on. */
export interface StageChain {
  /** The `FROM` instruction that names an image, or `scratch`. */
  readonly from: Instruction
  /** That image with its arguments filled in; absent where one is not known. */
  readonly image?: string
  /** The instructions of all these stages, in the order in which they are run. */
  readonly instructions: readonly Instruction[]
}

/**
 * Follows the stage that was built through the stages it is built on.
 * @returns undefined when the stage that was asked for is not there, or an argument that is not known decides which stage is meant.
 */
export function chainOf(dockerfile: Dockerfile, build: BuildArguments): StageChain | undefined {
  const { stages } = dockerfile
  const values = globalValues(dockerfile, build)
  let position = build.target === undefined ? stages.length - 1 : stageNamed(stages, stages.length, build.target)
  const instructions: (readonly Instruction[])[] = []
  for (;;) {
    const stage = stages[position]
    if (stage === undefined) return undefined
    instructions.unshift(stage.instructions)
    const image = filledIn(stage.image, values)
    const below = image === undefined ? -1 : stageNamed(stages, position, image)
    if (image === undefined && couldBeStage(stage.image, stages.slice(0, position))) return undefined
    if (below < 0)
      return { from: stage.from, instructions: instructions.flat(), ...(image === undefined ? {} : { image }) }
    position = below
  }
}

/** Position of the last stage of that name among the first `before` ones, which is the one that counts; negative where there is none. */
export function stageNamed(stages: readonly Stage[], before: number, name: string): number {
  return stages.slice(0, before).findLastIndex(stage => stage.name === name.toLowerCase())
}

/** A stage's name has no slash, colon or at sign, so that an image with one of them is no stage, whatever else is in it. */
function couldBeStage(image: string, stages: readonly Stage[]): boolean {
  return stages.some(({ name }) => name !== undefined) && !/[/:@]/.test(image.replace(/\$\{[^{}]*\}/g, ''))
}

/** The arguments that `FROM` instructions see. https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact */
export function globalValues({ globals }: Dockerfile, build: BuildArguments): ReadonlyMap<string, string> {
  const values = targetValues(build.platform)
  for (const { name, value } of globals) {
    const known = build.values.get(name) ?? (value === undefined ? undefined : filledIn(value, values))
    // One that is declared anew without a value keeps what it has from the platform.
    if (known !== undefined) values.set(name, known)
    else if (value !== undefined) values.delete(name)
  }
  return values
}

function targetValues(platform: string): Map<string, string> {
  const [os = '', architecture = '', variant = ''] = platform.replace(/\([^)]*\)/, '').split('/')
  if (os === '' || architecture === '') return new Map()
  return new Map([
    ['TARGETPLATFORM', platform],
    ['TARGETOS', os],
    ['TARGETARCH', architecture],
    ['TARGETVARIANT', variant]
  ])
}

/** Characters that a text with its variables may have: a few lines of `ARG B=$A$A` would else make one that fills the memory. */
const MAX_FILLED = 2_000

/**
 * A text with its variables filled in; undefined when one of them is not known, or has a form other than `$N`, `${N}`, `${N:-x}`, or when
 * anything of it is longer than a name of an image can be.
 */
export function filledIn(text: string, values: ReadonlyMap<string, string>): string | undefined {
  if (text.length > MAX_FILLED) return undefined
  let known = true
  const filled = text.replace(/\$(?:(\w+)|\{(\w+)(?::-([^{}$]*))?\})/g, (_, plain, braced, fallback) => {
    const value = values.get(plain ?? braced)
    const chosen = value === undefined || value === '' ? (fallback ?? value) : value
    if (chosen !== undefined && chosen.length <= MAX_FILLED) return chosen
    known = false
    return ''
  })
  return known && filled.length <= MAX_FILLED && !filled.includes('$') ? filled : undefined
}
