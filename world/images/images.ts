import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * The images of the world, bases first. Each is a folder here with a Dockerfile that says what is in it and why; SOURCES.md says where that
 * comes from.
 */
export const IMAGES = ['base', 'static', 'clean', 'vulnerable', 'baseline', 'index', 'empty', 'eol'] as const

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

/** One image, and under which name it is pushed. */
export interface ImagePush extends PushTarget {
  readonly name: ImageName
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
export async function digestOf(name: ImageName): Promise<string> {
  const index: unknown = JSON.parse(await readFile(join(layoutOf(name), 'index.json'), 'utf8'))
  const digest = (index as { manifests?: { digest?: string }[] }).manifests?.[0]?.digest
  if (digest === undefined) throw new Error(`${layoutOf(name)}/index.json names no image`)
  return digest
}

/** Pushes every image to `acme/<name>`, all at once, and gives their references by digest: `HOST:PORT/acme/<name>@sha256:…`. */
export async function pushImages(target: PushTarget): Promise<Record<ImageName, string>> {
  const push = async (name: ImageName) => [name, await pushImage({ ...target, name, repository: `acme/${name}` })]
  return Object.fromEntries(await Promise.all(IMAGES.map(push)))
}

/** Pushes one image as it is, with its attestations, and gives its reference by digest. Throws when the registry got another digest. */
export async function pushImage({
  crane,
  registry,
  name,
  repository,
  tag = 'latest',
  run = output
}: ImagePush): Promise<string> {
  const expected = `${registry}/${repository}@${await digestOf(name)}`
  const pushed = (await run(crane, ['push', layoutOf(name), `${registry}/${repository}:${tag}`])).trim()
  if (pushed !== expected) throw new Error(`crane pushed ${pushed} instead of ${expected}`)
  return pushed
}

async function output(file: string, args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(file, args)).stdout
}
