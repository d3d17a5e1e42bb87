import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * The images of the world, bases first. Each is a folder here with a Dockerfile that says what is in it and why; SOURCES.md says where that
 * comes from.
 */
export const IMAGES = [
  'base',
  'base-today',
  'static',
  'clean',
  'vulnerable',
  'baseline',
  'index',
  'empty',
  'eol'
] as const

/** The name of an image of the world. */
export type ImageName = (typeof IMAGES)[number]

/** Where images are pushed to, and by which program. */
export interface PushTarget {
  /** Absolute path of crane. */
  readonly crane: string
  /** `HOST:PORT`. */
  readonly registry: string
  /** Runs a program and gives its standard output; by default with this process's environment. */
  readonly run?: (file: string, args: readonly string[]) => Promise<string>
}

/** Under which name an image is pushed. */
export interface PushName extends PushTarget {
  /** Such as `acme/clean`. */
  readonly repository: string
  /** `latest` where absent. */
  readonly tag?: string
}

/**
 * The absolute path of an image's OCI layout.
 * Format: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export function layoutOf(name: ImageName): string {
  return join(import.meta.dirname, 'layouts', name)
}

/** The digest of an image as pushed: of its index, or of its only manifest (`empty`, `eol`). */
export function digestOf(name: ImageName): Promise<string> {
  return digestOfLayout(layoutOf(name))
}

/** The digest of the image in an OCI layout, which holds one. */
export async function digestOfLayout(layout: string): Promise<string> {
  const index: unknown = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
  const digest = (index as { manifests?: { digest?: string }[] }).manifests?.[0]?.digest
  if (digest === undefined) throw new Error(`${layout}/index.json names no image`)
  return digest
}

/** The platform manifests in an OCI layout, without attestations; a single manifest is taken for amd64's. */
export async function platformsOf(layout: string): Promise<readonly { architecture: string; digest: string }[]> {
  const digest = await digestOfLayout(layout)
  const path = join(layout, 'blobs', 'sha256', digest.replace('sha256:', ''))
  const index = JSON.parse(await readFile(path, 'utf8')) as {
    manifests?: { digest: string; platform: { architecture: string } }[]
  }
  if (index.manifests === undefined) return [{ architecture: 'amd64', digest }]
  return index.manifests
    .filter(({ platform }) => platform.architecture !== 'unknown')
    .map(child => ({ architecture: child.platform.architecture, digest: child.digest }))
}

/** Pushes every image to `acme/<name>`, all at once, and gives their references by digest: `HOST:PORT/acme/<name>@sha256:…`. */
export async function pushImages(target: PushTarget): Promise<Record<ImageName, string>> {
  const push = async (name: ImageName) => [name, await pushImage({ ...target, name, repository: `acme/${name}` })]
  return Object.fromEntries(await Promise.all(IMAGES.map(push)))
}

/** Pushes an image of the world as it is, with its attestations, and gives its reference by digest. */
export function pushImage({ name, ...place }: PushName & { readonly name: ImageName }): Promise<string> {
  return pushLayout({ ...place, layout: layoutOf(name) })
}

/** Pushes the image of an OCI layout and gives its reference by digest. Throws when the registry got another digest. */
export async function pushLayout({
  crane,
  registry,
  layout,
  repository,
  tag = 'latest',
  run = output
}: PushName & { readonly layout: string }): Promise<string> {
  const expected = `${registry}/${repository}@${await digestOfLayout(layout)}`
  const pushed = (await run(crane, ['push', layout, `${registry}/${repository}:${tag}`])).trim()
  if (pushed !== expected) throw new Error(`crane pushed ${pushed} instead of ${expected}`)
  return pushed
}

async function output(file: string, args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(file, args)).stdout
}
