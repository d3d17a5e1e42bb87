import { divideInstructions } from './instructions.ts'
import { unquoted } from './words.ts'

/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In upper case: `RUN`. */
  readonly keyword: string
  /** Its first line, from 1. */
  readonly line: number
  /** Values such as `--mount=…` that stand before the arguments. */
  readonly flags: readonly string[]
  /** The arguments on one line: continued lines joined, comments and flags left out. */
  readonly text: string
  /** Lines of here-documents, with their delimiters. */
  readonly heredoc: readonly string[]
}

/** One `FROM` and what follows it. */
export interface Stage {
  /** In lower case; absent without `AS`. */
  readonly name?: string
  readonly from: Instruction
  /** The image or stage that it names, with variables not filled in. */
  readonly image: string
  /** In order, without `FROM`. */
  readonly instructions: readonly Instruction[]
}

/** What a Dockerfile says. */
export interface Dockerfile {
  readonly stages: readonly Stage[]
  /** Defaults of the `ARG`s before the first `FROM`; undefined where one has none. */
  readonly globals: readonly { readonly name: string; readonly value: string | undefined }[]
}

/** More than any Dockerfile has that people write. */
const LIMITS = { characters: 131_072, instructions: 20_000, stages: 1_000 } as const

/**
 * Reads a Dockerfile, with continued lines, here-documents and the parser directive `escape`.
 * Format: https://docs.docker.com/reference/dockerfile/
 * @returns undefined for a text that BuildKit would refuse, that has no `FROM`, or that is too large to be one that somebody wrote.
 */
export function parseDockerfile(text: string): Dockerfile | undefined {
  // A carriage return alone is a line end for whoever reviews the file, and none for the builder.
  if (text.length > LIMITS.characters || /\r(?!\n)/.test(text)) return undefined
  const list = divideInstructions(text)
  if (list === undefined || list.length > LIMITS.instructions) return undefined
  return list.filter(({ keyword }) => keyword === 'FROM').length > LIMITS.stages ? undefined : divide(list)
}

function divide(list: readonly Instruction[]): Dockerfile | undefined {
  const first = list.findIndex(({ keyword }) => keyword === 'FROM')
  if (first < 0) return undefined
  const globals = list.slice(0, first).filter(({ keyword }) => keyword === 'ARG')
  const stages: (Stage & { instructions: Instruction[] })[] = []
  for (const instruction of list.slice(first)) {
    if (instruction.keyword === 'FROM') stages.push(openStage(instruction))
    else stages.at(-1)?.instructions.push(instruction)
  }
  return { stages, globals: globals.flatMap(({ text }) => readArguments(text)) }
}

function openStage(from: Instruction): Stage & { instructions: Instruction[] } {
  const [image = '', as = '', name = ''] = from.text.split(/\s+/)
  const named = as.toLowerCase() === 'as' && name !== '' ? { name: name.toLowerCase() } : {}
  return { ...named, from, image: unquoted(image), instructions: [] }
}

function readArguments(text: string): { name: string; value: string | undefined }[] {
  return text.split(/\s+/).map(word => {
    const [name = '', ...value] = word.split('=')
    return { name, value: word.includes('=') ? unquoted(value.join('=')) : undefined }
  })
}
