import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { createLayoutView, openLayout } from '../../image/layout.ts'
import { type OpenedImage, openImage, openPlatforms } from '../../image/open.ts'
import { selectPlatforms } from '../../image/platforms.ts'
import { formatReference, nameOf, type PinnedReference, pin, type Reference } from '../../image/reference.ts'
import type { Registry } from '../../image/registry.ts'
import type { ImageSource } from '../../image/source.ts'
import { UserError } from '../../lib/errors.ts'
import type { ScanTarget } from '../../trivy/args.ts'
import type { Setting } from '../setting.ts'

/** One platform of an image, ready to be scanned. */
export interface PlatformSubject {
  /** Empty for an archive or a daemon's image, until the scan has told it. */
  readonly platform: string
  readonly digest?: string
  readonly target: ScanTarget
  /** Registry that the target is in. */
  readonly host?: string
}

/** One image, however many names it has, ready to be scanned. */
export interface Subject {
  /** Without tag and digest. */
  readonly name: string
  /** What the log calls it. */
  readonly title: string
  /** As given. */
  readonly references: readonly string[]
  readonly digest?: string
  /** What can be signed: the image in each repository that it was named in; empty for a file. */
  readonly places: readonly PinnedReference[]
  readonly kind: 'index' | 'manifest'
  readonly platforms: readonly PlatformSubject[]
  /** Platforms that `platforms` leaves out. */
  readonly leftOut: readonly string[]
  /** What is wrong with the index, in sentences. */
  readonly problems: readonly string[]
}

/**
 * Fixes the digest of every image, once, and opens it. Names of one digest become one subject.
 * @throws UserError, RegistryError: nothing was scanned or signed yet.
 */
export async function openSubjects(setting: Setting, registry: Registry): Promise<readonly Subject[]> {
  const { images } = setting.config
  const files = images.filter(image => image.kind !== 'registry')
  const references = images.flatMap(image => (image.kind === 'registry' ? [image.reference] : []))
  const resolved = await Promise.all(references.map(reference => resolveDigest(setting, registry, reference)))
  const groups = Map.groupBy(resolved, ({ digest }) => digest)
  return Promise.all([
    ...[...groups.values()].map(group => openGroup(setting, registry, group)),
    ...files.map(file => openFile(setting, file))
  ])
}

/**
 * Opens an image that is only to be scanned and compared with: a baseline, a base image.
 * @param platforms those that are wanted; others are left out. An empty name among them, of a file that does not tell before it is scanned, wants all.
 * @throws RegistryError.
 */
export async function openForComparison(
  registry: Registry,
  reference: Reference,
  platforms: readonly string[]
): Promise<Subject> {
  const opened = await openPlatforms(registry, reference, platforms)
  const { digest } = opened.reference
  const group = [{ reference, digest }] as const
  const selected = opened.platforms.filter(({ platform }) => platforms.includes('') || platforms.includes(platform))
  const subject = subjectOf(group, opened, { selected, leftOut: [] })
  return { ...subject, title: `${formatReference(reference)}, to compare with` }
}

interface Resolved {
  readonly reference: Reference
  readonly digest: string
}

async function resolveDigest(setting: Setting, registry: Registry, reference: Reference): Promise<Resolved> {
  const wanted = setting.config.digest
  const named = reference.tag !== undefined || reference.digest !== undefined
  // A bare name with `digest` means that digest, not the tag `latest`.
  const digest = await registry.digestOf(named || wanted === undefined ? reference : { ...reference, digest: wanted })
  if (wanted === undefined || wanted === digest) return { reference, digest }
  throw new UserError(
    `${formatReference(reference)} is ${digest}, not ${wanted} as the input digest says; something else was pushed under that tag, or digest is of another build`
  )
}

async function openGroup(setting: Setting, registry: Registry, group: readonly Resolved[]): Promise<Subject> {
  const [first] = group as [Resolved, ...Resolved[]]
  const opened = await openImage(registry, pin(first.reference, first.digest))
  return subjectOf([first, ...group.slice(1)], opened, selectPlatforms(opened, setting.config.platforms))
}

function subjectOf(
  group: readonly [Resolved, ...Resolved[]],
  opened: OpenedImage,
  { selected, leftOut }: ReturnType<typeof selectPlatforms>
): Subject {
  const [first] = group
  const places = new Map(group.map(({ reference, digest }) => [nameOf(reference), pin(reference, digest)]))
  return {
    name: nameOf(first.reference),
    title: nameOf(first.reference),
    references: group.map(({ reference }) => formatReference(reference)),
    digest: first.digest,
    places: [...places.values()],
    kind: opened.kind,
    platforms: selected.map(({ platform, digest }) => ({
      platform,
      digest,
      target: { kind: 'registry', reference: formatReference(pin(first.reference, digest)) },
      host: first.reference.registry
    })),
    leftOut: leftOut.map(({ platform }) => platform),
    problems: opened.problems
  }
}

async function openFile(setting: Setting, image: Exclude<ImageSource, { kind: 'registry' }>): Promise<Subject> {
  const given = image.kind === 'docker-daemon' ? image.name : image.path
  const name = setting.config.name ?? basename(given).replace(/\.tar(\.gz)?$|:[^:]*$/, '')
  const subject = {
    name,
    title: name,
    references: [`${image.kind}:${given}`],
    places: [],
    kind: 'manifest' as const,
    leftOut: [],
    problems: []
  }
  if (image.kind === 'docker-daemon')
    return { ...subject, platforms: [{ platform: '', target: { kind: 'daemon', name: image.name } }] }
  const path = resolve(setting.context.workspace, image.path)
  await mustExist(path, image)
  if (image.kind === 'oci-layout') return { ...subject, ...(await openLayoutPlatforms(setting, path)) }
  return { ...subject, platforms: [{ platform: '', target: { kind: 'file', path } }] }
}

async function openLayoutPlatforms(
  setting: Setting,
  path: string
): Promise<Pick<Subject, 'platforms' | 'leftOut' | 'problems' | 'digest'>> {
  const opened = await openLayout(path)
  const { digest: wanted } = setting.config
  if (wanted !== undefined && wanted !== opened.reference.digest)
    throw new UserError(
      `the OCI layout ${path} holds ${opened.reference.digest}, not ${wanted} as the input digest says`
    )
  const { selected, leftOut } = selectPlatforms(opened, setting.config.platforms)
  return {
    digest: opened.reference.digest,
    platforms: await Promise.all(
      selected.map(async ({ platform, digest }) => ({
        platform,
        digest,
        target: {
          kind: 'file' as const,
          path: await createLayoutView(path, digest, await setting.directory.empty('layout'))
        }
      }))
    ),
    leftOut: leftOut.map(({ platform }) => platform),
    problems: opened.problems
  }
}

async function mustExist(path: string, image: { readonly kind: string; readonly path: string }): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  const wantsDirectory = image.kind === 'oci-layout'
  if (found === undefined)
    throw new UserError(`image: ${image.kind}:${image.path} is not there; the path is relative to the workspace`)
  if (found.isDirectory() === wantsDirectory) return
  throw new UserError(
    wantsDirectory
      ? `image: oci-layout:${image.path} is a file; it must be a directory, which \`outputs: type=oci,tar=false,dest=DIR\` makes`
      : `image: docker-archive:${image.path} is a directory; it must be the file that \`outputs: type=docker,dest=FILE\` makes`
  )
}
