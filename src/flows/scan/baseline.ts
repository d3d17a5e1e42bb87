import { isNotFound } from '../../image/failures.ts'
import { formatReference, nameOf, type Reference } from '../../image/reference.ts'
import type { Registry } from '../../image/registry.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Access } from '../access.ts'
import type { Setting } from '../setting.ts'
import { openForComparison, type Subject } from './subjects.ts'

/** What an image is compared with, ready to be scanned; or why with nothing: a sentence without a full stop. */
export type BaselineSubject = { readonly subject: Subject; readonly reference: string } | { readonly reason: string }

/**
 * Finds what to compare each image with. Never throws: without a baseline the absolute gate is used.
 * @returns nothing for images that are not to be compared at all.
 */
export async function openBaselines(
  setting: Setting,
  access: Access,
  subjects: readonly Subject[]
): Promise<ReadonlyMap<Subject, BaselineSubject>> {
  const found = new Map<Subject, BaselineSubject>()
  const open = oncePerReference(access.registry)
  for (const subject of subjects) {
    const candidates = candidatesFor(setting, subject)
    if (candidates === undefined) continue
    const baseline =
      'reason' in candidates
        ? candidates
        : await openFirst(access, open, subject, candidates).catch(unreadable(candidates))
    found.set(subject, baseline)
  }
  return found
}

/** The references to try in turn; undefined when nothing is to be compared. */
function candidatesFor(
  { config, context }: Setting,
  { places }: Subject
): readonly Reference[] | { readonly reason: string } | undefined {
  const { baseline } = config
  if (baseline === 'none' || (baseline === 'auto' && context.pullRequest === undefined)) return undefined
  if (baseline !== 'auto') return [baseline]
  const [place] = places
  if (place === undefined)
    return { reason: 'it is scanned from a file, so that its repository is not known; name the image in baseline' }
  const { registry, repository } = place
  const branch = context.pullRequest?.baseRef
  return tagsOf(branch).map(tag => ({ registry, repository, tag }))
}

/** As docker/metadata-action makes a tag of a branch (`type=ref,event=branch`): what a tag cannot hold becomes `-`. */
function tagsOf(branch: string | undefined): string[] {
  const tag = (branch ?? '').replace(/[^\w.-]/g, '-').replace(/^[.-]+/, '')
  return [...new Set([tag.slice(0, 128), 'edge', 'latest'].filter(Boolean))]
}

/** Opens an image for some platforms, or finds that it is not there. */
type Open = (candidate: Reference, platforms: readonly string[]) => Promise<Subject | undefined>

/** Two images with the same baseline have it scanned once. */
function oncePerReference(registry: Registry): Open {
  const opened = new Map<string, Promise<Subject | undefined>>()
  return (candidate, platforms) => {
    const key = JSON.stringify([formatReference(candidate), platforms])
    const known = opened.get(key) ?? openIfThere(registry, candidate, platforms)
    opened.set(key, known)
    return known
  }
}

async function openFirst(
  access: Access,
  open: Open,
  subject: Subject,
  candidates: readonly Reference[]
): Promise<BaselineSubject> {
  const platforms = subject.platforms.map(({ platform }) => platform)
  for (const candidate of candidates) {
    await access.logIn(candidate.registry)
    const opened = await open(candidate, platforms)
    if (opened === undefined) continue
    const reference = shownOf(candidate)
    if (isSameImage(opened, subject)) return { reason: `${reference} is this very image` }
    if (opened.platforms.length === 0) return { reason: `${reference} has none of the image's platforms` }
    return { subject: opened, reference }
  }
  const [first] = candidates
  const named = candidates.map(({ tag, digest }) => digest ?? tag ?? 'latest')
  const kind = first?.digest === undefined ? 'tag' : 'digest'
  return { reason: `${first === undefined ? 'the repository' : nameOf(first)} has no ${kind} ${either(named)}` }
}

async function openIfThere(
  registry: Registry,
  candidate: Reference,
  platforms: readonly string[]
): Promise<Subject | undefined> {
  try {
    return await openForComparison(registry, candidate, platforms)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** True for the same digest, and for another index over the same platforms, such as one with newer attestations. */
function isSameImage(a: Subject, b: Subject): boolean {
  if (a.digest === b.digest) return true
  const digests = new Set(b.platforms.map(({ digest }) => digest))
  return a.platforms.length === digests.size && a.platforms.every(({ digest }) => digests.has(digest))
}

/** As people compare digests: by their first twelve digits. */
function shownOf(reference: Reference): string {
  return formatReference(reference).replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1')
}

function unreadable(candidates: readonly Reference[]): (error: unknown) => BaselineSubject {
  return error => ({ reason: `${candidates.map(shownOf)[0] ?? 'it'} cannot be read: ${messageOf(error)}` })
}

function either(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
