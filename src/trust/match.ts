import { DOCKER_HUB, nameOf, type Reference, registryOf } from '../image/reference.ts'
import { oncePer } from '../lib/once-per.ts'
import { compileGlob } from '../policy/glob.ts'
import type { Rule, TrustPolicy } from './trust.ts'

const META = /[*?[\]{}\\]/
const HOST = /[.:]|^localhost$/

/** A rule's `match`, read. */
export interface Match {
  /** In full: small letters, and Docker Hub's short names made long. */
  readonly glob: string
  /** Whether a name as `nameOf` gives it is among those that are meant. */
  readonly fits: (name: string) => boolean
}

/** The same for a rule that was read already. */
export const matchOf = oncePer(({ match }: Rule) => readMatch(match))

/**
 * The rule that decides about an image: the first whose `match` fits its name, `registry/repository`.
 * All names of one registry are the same (`ghcr.io:443`, Docker Hub's hosts), and short names mean what docker means by them.
 */
export function ruleFor({ rules }: TrustPolicy, reference: Reference): Rule | undefined {
  const name = nameOf(reference)
  return rules.find(rule => matchOf(rule).fits(name))
}

/**
 * Reads a rule's `match`. The globs are those of policy/glob.ts: `*` within one part of the name, `**` over any number of parts. Capital letters
 * are like small ones, as names have none.
 * @throws Error that says in a few words what is wrong with it, to be read after it.
 */
export function readMatch(match: string): Match {
  const glob = nameGlob(match)
  return { glob, fits: compileGlob(glob) }
}

/**
 * Whether a rule can never be reached because an earlier one takes everything that it matches. Finds what people write: the same once
 * more, a name that an earlier glob matches, a part of an earlier `…/**`. It never claims it wrongly. A glob with braces stands for so many that
 * a thousand rules of a stranger's would take half a minute.
 */
export function covers({ glob: first, fits }: Match, { glob: second }: Match): boolean {
  if (first === second || first === '**') return true
  if (!META.test(second)) return !first.includes('{') && fits(second)
  const prefix = first.endsWith('/**') ? first.slice(0, -2) : undefined
  return prefix !== undefined && !META.test(prefix) && second.startsWith(prefix)
}

/** The glob in full: small letters, the registry's one name, and Docker Hub's short names made long. */
function nameGlob(match: string): string {
  const glob = match.toLowerCase()
  if (/^[a-z0-9+.-]+:\/\//.test(glob)) throw new Error('begins with a scheme; leave it out, as in ghcr.io/acme/**')
  if (/^\s|\s$|\p{Cc}/u.test(match)) throw new Error('has white space around it')
  if (glob.includes('@') || /\/[^/]*:[^/]*$/.test(glob))
    throw new Error('has a tag or digest; a rule is for a whole repository')
  const [first = '', ...rest] = glob.split('/')
  if (first === '**') return glob
  if (rest.length === 0) return ofOnePart(first)
  if (rest.includes('') || first === '') throw new Error('has an empty part; names look like ghcr.io/acme/app')
  if (META.test(first)) return glob
  if (!HOST.test(first)) return `docker.io/${glob}`
  const registry = registryOf(first) ?? first
  return registry === DOCKER_HUB ? onDockerHub(rest) : [registry, ...rest].join('/')
}

function ofOnePart(name: string): string {
  if (name === '' || META.test(name) || HOST.test(name))
    throw new Error('names a part of no image; names look like ghcr.io/acme/app, and ghcr.io/** is all of a registry')
  return `docker.io/library/${name}`
}

function onDockerHub(path: readonly string[]): string {
  const [name = ''] = path
  if (path.length > 1 || name === '**') return ['docker.io', ...path].join('/')
  if (META.test(name))
    throw new Error('is unclear; docker.io/library/* are the official images, docker.io/** is all of Docker Hub')
  return `docker.io/library/${name}`
}
