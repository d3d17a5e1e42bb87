import { readFile } from 'node:fs/promises'
import { formatReference, nameOf, parseReference, type Reference } from '../../image/reference.ts'
import type { VerifyConfig } from '../../inputs/verify-config.ts'
import { UserError } from '../../lib/errors.ts'
import { parseDockerfile } from '../../origin/dockerfile.ts'
import { ASSUMED_PLATFORMS, type PulledImage, pulledImages } from '../../origin/pulled-images.ts'
import type { NamingLine } from '../../render/verification-words.ts'
import { listed } from '../../render/words.ts'
import { repositoryPath, requiredFile } from '../scan/workspace-files.ts'
import type { Doors } from '../setting.ts'
import { frontendOf, isDockersFrontend } from './frontend.ts'

/** What every part of verify/ works with: what was asked for, and the doors. */
export interface VerifySetting extends Doors {
  readonly config: VerifyConfig
}

/** One image that is to be verified. */
export interface Asked {
  /** As it was given. */
  readonly text: string
  readonly reference: Reference
  /** Lines of the Dockerfile that name it; empty for one of `image`. */
  readonly lines: readonly NamingLine[]
  /** Whether a tag beside a digest must be there too: `image` says both, of a Dockerfile docker takes the digest and leaves the tag. */
  readonly tagCounts: boolean
  /** Sentences without a full stop. */
  readonly notes: readonly string[]
}

/** One of which nobody knows what it is: never left out, always refused. */
export interface Unknown extends Pick<Asked, 'text' | 'lines'> {
  /** A sentence without a full stop. */
  readonly problem: string
}

/** Everything that is asked for, and what is worth knowing of it as a whole. */
export interface AllAsked {
  /** Each once, `image` first, then the Dockerfile's lines in their order. */
  readonly images: readonly (Asked | Unknown)[]
  readonly notes: readonly string[]
}

/**
 * The images of `image`, and those that the Dockerfile pulls.
 * @throws UserError for a Dockerfile that is not there or cannot be read.
 */
export async function collectImages(setting: VerifySetting): Promise<AllAsked> {
  const { images, dockerfile } = setting.config
  const named = images.map(({ text, reference }) => ({ text, reference, lines: [], tagCounts: true, notes: [] }))
  if (dockerfile === undefined) return { images: eachOnce(named), notes: [] }
  const path = await requiredFile(setting, 'dockerfile', dockerfile)
  const text = await readFile(path, 'utf8')
  const parsed = parseDockerfile(text)
  if (parsed === undefined)
    throw new UserError(
      `dockerfile names ${dockerfile}, which is no Dockerfile that can be read: it has no FROM, or is too large; check the path`
    )
  const file = repositoryPath(setting, dockerfile)
  const frontend = askedFrontend(text, file)
  const pulled = pulledImages(parsed).map(image => askedBy(image, file))
  return { images: eachOnce([...named, ...frontend.images, ...pulled]), notes: frontend.notes }
}

/**
 * The frontend that reads the Dockerfile is an image, too, which docker pulls and runs, and it decides the whole build. Docker's own is a note:
 * demanding a signature of it would refuse nearly every Dockerfile.
 */
function askedFrontend(text: string, file: string): AllAsked {
  const frontend = frontendOf(text)
  if (frontend === undefined) return { images: [], notes: [] }
  const { image, line } = frontend
  const asked = askedBy({ text: image, image, defaults: [], instruction: '# syntax', line }, file)
  if (!('reference' in asked && isDockersFrontend(nameOf(asked.reference)))) return { images: [asked], notes: [] }
  const note = `${file} is read by the frontend ${image}, an image of Docker's that docker pulls as well; name it in image to have it verified`
  return { images: [], notes: [note] }
}

function askedBy(pulled: PulledImage, file: string): Asked | Unknown {
  const { text, image, line, instruction, defaults } = pulled
  const lines = [{ file, line }]
  const unknown = (problem: string) => ({
    text: image ?? text,
    lines,
    problem: `${instruction} names an image that nobody can look up: ${problem}`
  })
  if (image === undefined) return unknown(pulled.problem ?? '')
  try {
    return { text: image, reference: parseReference(image), lines, tagCounts: false, notes: notesOn(text, defaults) }
  } catch (error) {
    if (error instanceof UserError) return unknown(error.message)
    throw error
  }
}

function notesOn(text: string, defaults: readonly string[]): string[] {
  return [
    ...(defaults.length === 0
      ? []
      : [
          `${listed(defaults.map(name => `ARG ${name}`))} has its default here; a build with --build-arg pulls another image`
        ]),
    ...(/\$\{?TARGET(PLATFORM|OS|ARCH|VARIANT)\b/.test(text)
      ? [`its name depends on the platform; ${listed(ASSUMED_PLATFORMS)} were looked at`]
      : [])
  ]
}

/** One that is asked for twice is looked at once, and more strictly where one of them is stricter. */
function eachOnce(all: readonly (Asked | Unknown)[]): (Asked | Unknown)[] {
  const found = new Map<string, Asked | Unknown>()
  for (const one of all) {
    const key = 'reference' in one ? formatReference(one.reference) : `unknown ${one.text}`
    const same = found.get(key)
    found.set(key, same === undefined ? one : merged(same, one))
  }
  return [...found.values()]
}

function merged(first: Asked | Unknown, second: Asked | Unknown): Asked | Unknown {
  const lines = [...first.lines, ...second.lines]
  if (!('reference' in first && 'reference' in second)) return { ...first, lines }
  return {
    ...first,
    lines,
    tagCounts: first.tagCounts || second.tagCounts,
    notes: [...new Set([...first.notes, ...second.notes])]
  }
}
