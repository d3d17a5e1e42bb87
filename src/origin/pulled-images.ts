import type { Dockerfile, Instruction, Stage } from './dockerfile.ts'
import { command } from './instructions.ts'
import { filledIn, globalValues, stageNamed } from './stages.ts'

/** An image that a build pulls: what a `FROM`, a `COPY --from` or a `RUN --mount` names that is no stage. */
export interface PulledImage {
  /** As the Dockerfile has it. */
  readonly text: string
  /** With its variables filled in; absent where that cannot be done. */
  readonly image?: string
  /** Why it is not known which image that is: a sentence without a full stop. Present where `image` is absent. */
  readonly problem?: string
  /** The `ARG`s whose defaults were filled in: `--build-arg` would change the image. */
  readonly defaults: readonly string[]
  /** `FROM`, `COPY --from` or `RUN --mount`. */
  readonly instruction: string
  /** From 1. */
  readonly line: number
}

/** The platforms that `TARGETARCH` and its like stand for: a Dockerfile does not say for which it is built. */
export const ASSUMED_PLATFORMS = ['linux/amd64', 'linux/arm64'] as const

/** No image, but an empty file system. https://docs.docker.com/build/building/base-images/#create-a-minimal-base-image-using-scratch */
const SCRATCH = 'scratch'

/**
 * Every image that some stage of a Dockerfile pulls, in the order of its lines, with the defaults of its `ARG`s filled in. One whose name
 * depends on the platform is there once for each of ASSUMED_PLATFORMS.
 * Rules: moby/buildkit, frontend/dockerfile/dockerfile2llb/convert.go (buildDispatchStates, toCommand) and convert_runmount.go.
 */
export function pulledImages(dockerfile: Dockerfile): readonly PulledImage[] {
  const { stages } = dockerfile
  return stages.flatMap((stage, position) => [
    ...imagesOfFrom(dockerfile, stage, position),
    ...stage.instructions.flatMap(instruction => imagesOfInstruction(stages, instruction))
  ])
}

function imagesOfFrom(dockerfile: Dockerfile, { image: text, from }: Stage, position: number): PulledImage[] {
  const { stages, globals } = dockerfile
  const found = new Map<string | undefined, PulledImage>()
  const variables = variablesOf(text, globals)
  for (const platform of ASSUMED_PLATFORMS) {
    const image = filledIn(text, globalValues(dockerfile, { platform, values: new Map() }))
    if (image !== undefined && (image === SCRATCH || stageNamed(stages, position, image) >= 0)) continue
    const known = image === undefined ? { problem: whyUnknown(text, dockerfile) } : { image }
    const defaults = globals.map(({ name }) => name).filter(name => variables.has(name))
    found.set(image, { text, ...known, defaults, instruction: 'FROM', line: from.line })
  }
  return [...found.values()]
}

function imagesOfInstruction(stages: readonly Stage[], instruction: Instruction): PulledImage[] {
  const { keyword, line, flags } = triggered(instruction)
  const named = flags.flatMap(flag => {
    if (keyword === 'COPY') return /^--from=(.+)$/s.exec(flag)?.slice(1) ?? []
    return keyword === 'RUN' && flag.startsWith('--mount=') ? sourceOfMount(flag.slice('--mount='.length)) : []
  })
  return named.flatMap(text => {
    // A number is a stage's for COPY only.
    if (text === SCRATCH || (keyword === 'COPY' && /^\d+$/.test(text))) return []
    if (stageNamed(stages, stages.length, text) >= 0) return []
    const problem = /["'\\]/.test(text)
      ? 'it has quotes or backslashes, which are not read here; write the name without them'
      : /\$/.test(text) && 'docker fills in no variables there; name a stage that has it in its FROM'
    const known = problem ? { problem } : { image: text }
    return [{ text, ...known, defaults: [], instruction: keyword === 'COPY' ? 'COPY --from' : 'RUN --mount', line }]
  })
}

/** What `ONBUILD` holds is an instruction of the stages that are built on this one. */
function triggered(instruction: Instruction): Pick<Instruction, 'keyword' | 'line' | 'flags'> {
  if (instruction.keyword !== 'ONBUILD') return instruction
  return { ...command(instruction.text, '\\'), line: instruction.line }
}

/** `from` of `type=bind,from=image,target=/x`; with quotes in it the whole, which is then said not to be readable. */
function sourceOfMount(mount: string): string[] {
  if (/["'\\]/.test(mount)) return /from=/i.test(mount) ? [mount] : []
  return mount.split(',').flatMap(field => /^from=(.+)$/is.exec(field)?.slice(1) ?? [])
}

/** The variables that a text names, and those that their defaults name. */
function variablesOf(text: string, globals: Dockerfile['globals']): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [text]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [, plain, braced] of next.matchAll(/\$(?:(\w+)|\{(\w+))/g)) {
      const name = plain ?? braced ?? ''
      if (found.has(name)) continue
      found.add(name)
      waiting.push(...globals.flatMap(({ name: other, value }) => (other === name && value ? [value] : [])))
    }
  }
  return found
}

function whyUnknown(text: string, { globals }: Dockerfile): string {
  const variables = [...variablesOf(text, globals)]
  const declared = new Map(globals.map(({ name, value }) => [name, value]))
  const absent = variables.find(name => !declared.has(name) && !/^TARGET(PLATFORM|OS|ARCH|VARIANT)$/.test(name))
  if (absent !== undefined)
    return /^BUILD(PLATFORM|OS|ARCH|VARIANT)$/.test(absent)
      ? `${absent} is known only where it is built`
      : `no ARG ${absent} stands before the first FROM, so that docker fills in nothing`
  const bare = variables.find(name => declared.has(name) && declared.get(name) === undefined)
  if (bare !== undefined) return `ARG ${bare} has no default, so only the build knows; give it one: ARG ${bare}=…`
  return 'its variables have a form that is not read here; $NAME, ${NAME} and ${NAME:-default} are'
}
