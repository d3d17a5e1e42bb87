import type { HistoryEntry } from '../image/build-history.ts'
import type { Instruction } from './dockerfile.ts'
import { collapsed, execForm, fits, literalPieces, unquoted } from './words.ts'

/** What a history says of the layers, which stand in the order of its entries that have one. */
export interface HistoryMatch {
  /** For each layer the instruction that made it; undefined for the base's. */
  readonly layers: readonly (Instruction | undefined)[]
  /** True when what is not ours is sure to be the base's. */
  readonly baseIsSure: boolean
}

/** The instructions that can make a layer. */
const MAKING = ['RUN', 'COPY', 'ADD', 'WORKDIR']
/** Shells that an image can have without that a Dockerfile names one. */
const SHELLS = [
  '/bin/sh -c',
  '/bin/ash -c',
  '/bin/ash -eo pipefail -c',
  '/bin/bash -c',
  '/bin/bash -o pipefail -c',
  'cmd /S /C',
  "powershell -Command $ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';"
]
/** Characters; what is longer is no instruction that somebody wrote. */
const MAX_ENTRY = 262_144
/** A base that was built within this time before us could as well be ours, from an older Dockerfile. */
const BASE_IS_OLDER_BY_MS = 5 * 60_000

/**
 * Finds the instruction that made each layer, from the last one back: every instruction that can make a layer has to stand in the
 * history, in its place and with its text. Entries of BuildKit and of the classic builder are understood.
 * @param instructions those of the image's own stages; see chainOf.
 * @returns undefined when anything does not agree: then nothing is known, rather than half of it.
 */
export function matchHistory(
  history: readonly HistoryEntry[],
  instructions: readonly Instruction[]
): HistoryMatch | undefined {
  const making = withShells(instructions)
  if (making.length === 0) return undefined
  const found = new Map<HistoryEntry, Instruction>()
  let position = history.length
  for (const one of making.toReversed()) {
    position = history.slice(0, position).findLastIndex(canMake)
    const entry = history[position]
    if (entry === undefined || !made(entry.createdBy, one)) return undefined
    // Buildah's images can have one layer for all instructions: then the last one is not what made it.
    if (entry.empty && one.instruction.keyword !== 'WORKDIR') return undefined
    found.set(entry, one.instruction)
  }
  const layers = history.filter(({ empty }) => !empty).map(entry => found.get(entry))
  return { layers, baseIsSure: isOlder(history.slice(0, position), history[position]) }
}

/** True when the entry is of this instruction, by its text alone. @param instructions as in matchHistory. */
export function isOf(entry: HistoryEntry, instruction: Instruction, instructions: readonly Instruction[]): boolean {
  return withShells(instructions).some(one => one.instruction === instruction && made(entry.createdBy, one))
}

interface Making {
  readonly instruction: Instruction
  /** What `SHELL` says; undefined where the base decides. */
  readonly shell: string | undefined
}

function withShells(instructions: readonly Instruction[]): Making[] {
  let shell: string | undefined
  return instructions.flatMap(instruction => {
    if (instruction.keyword === 'SHELL') shell = execForm(instruction.text)?.join(' ')
    return MAKING.includes(instruction.keyword) ? [{ instruction, shell }] : []
  })
}

/** An entry with a layer; or one that would have had one if its instruction had changed anything. */
function canMake(entry: HistoryEntry): boolean {
  const classic = /^\/bin\/sh -c #\(nop\) +(\w+)/.exec(entry.createdBy)?.[1]
  const keyword = classic ?? /^([A-Z]+) /.exec(entry.createdBy)?.[1]
  return !entry.empty || keyword === undefined || MAKING.includes(keyword)
}

function isOlder(below: readonly HistoryEntry[], first: HistoryEntry | undefined): boolean {
  const base = below.filter(({ empty }) => !empty).at(-1)
  if (base === undefined) return true
  if (base.created === undefined || first?.created === undefined) return false
  return base.created + BASE_IS_OLDER_BY_MS <= first.created
}

function made(createdBy: string, { instruction, shell }: Making): boolean {
  if (createdBy.length > MAX_ENTRY) return false
  const said = collapsed(createdBy).replace(/ # buildkit$/, '')
  const { keyword, text } = instruction
  if (keyword === 'RUN') return ran(said, instruction, shell)
  const [, classic, rest = ''] = /^\/bin\/sh -c #\(nop\) (\w+) (.*)$/.exec(said) ?? []
  if (classic !== undefined) return classic === keyword && copiedClassic(rest, instruction)
  if (!said.startsWith(`${keyword} `)) return false
  const after = said.slice(keyword.length + 1)
  return keyword === 'WORKDIR' ? leadsTo(after, text) : copied(after, text)
}

/** `RUN |1 VERSION=2 /bin/sh -c make # buildkit`; the classic builder leaves `RUN` out, Kaniko the shell. */
function ran(said: string, instruction: Instruction, shell: string | undefined): boolean {
  const line = said.replace(/^RUN /, '')
  const exec = execForm(instruction.text)
  const command = collapsed(exec?.join(' ') ?? commandOf(instruction))
  if (command === '' || !line.endsWith(command)) return false
  const before = line.slice(0, line.length - command.length)
  const hasArguments = /^\|\d+ /.test(before)
  if (before === '') return exec !== undefined || line !== said
  if (exec !== undefined) return hasArguments && before.endsWith(' ')
  const shells = shell === undefined ? SHELLS : [collapsed(shell)]
  return shells.some(one => before === `${one} ` || (hasArguments && before.endsWith(` ${one} `)))
}

/** What the shell is given. Source: moby/buildkit, frontend/dockerfile/dockerfile2llb/convert.go, dispatchRun. */
function commandOf({ text, heredoc }: Instruction): string {
  const [, , name] = /^<<-?(["']?)([\w.-]+)\1$/.exec(text) ?? []
  if (heredoc.length === 0 || name === undefined) return [text, ...heredoc].join('\n')
  return heredoc[0]?.startsWith('#!') ? `/dev/pipes/${name}` : heredoc.slice(0, -1).join('\n')
}

function copied(after: string, text: string): boolean {
  const wanted = execForm(text)?.join(' ') ?? text
  return fits(collapsed(unquoted(withoutFlags(after))), literalPieces(collapsed(unquoted(wanted))))
}

/** `COPY dir:5d41… in /srv/app/`: the classic builder tells the destination only, as an absolute path. */
function copiedClassic(rest: string, { keyword, text }: Instruction): boolean {
  if (keyword === 'WORKDIR') return leadsTo(rest, text)
  const [, destination] = /^(?:file|dir|multi):[0-9a-f]+ in (.*)$/.exec(withoutFlags(rest)) ?? []
  const last = (execForm(text) ?? text.split(/\s+/)).at(-1)
  return destination !== undefined && last !== undefined && leadsTo(destination, last)
}

/** True when a path that the builder made absolute can be the one that the Dockerfile has. */
function leadsTo(path: string, said: string): boolean {
  const steps = unquoted(said)
    .split('/')
    .filter(step => step !== '' && step !== '.')
  // What `..` and a variable become depends on what only the builder knows.
  if (steps.includes('..') || steps[0]?.startsWith('$')) return true
  const found = `/${unquoted(path)
    .split('/')
    .filter(step => step !== '' && step !== '.')
    .join('/')}`
  const [first = '', ...others] = literalPieces(`/${steps.join('/')}`)
  if (said.startsWith('/')) return fits(found, [first, ...others])
  return steps.length === 0 || fits(found, ['', first, ...others])
}

function withoutFlags(text: string): string {
  return text.replace(/^(?:--\S+ )+/, '')
}
