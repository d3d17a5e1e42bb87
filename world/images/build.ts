import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../../src/lib/errors.ts'
import { removeFolder, temporaryFolder } from '../folders.ts'
import { type Registry, startRegistry } from '../services/registries.ts'
import { say } from '../toolchain/progress.ts'
import { tool } from '../toolchain/tools.ts'
import { type BuildKit, startBuildKit } from './buildkit.ts'
import { busyboxFolder, contextOf } from './context.ts'
import { digestOf, IMAGES, type ImageName, layoutOf, pushImage } from './images.ts'

/** What each image is built for, when (seconds since 1970), and whether BuildKit says how; by default as docker/build-push-action does. */
interface Recipe {
  readonly platforms?: readonly string[]
  readonly created: number
  readonly provenance?: boolean
}

const BOTH = ['linux/amd64', 'linux/arm64'] as const
const day = (date: string) => Date.parse(`${date}T09:00:00Z`) / 1000

const RECIPES: Record<ImageName, Recipe> = {
  base: { platforms: BOTH, created: day('2026-10-05') },
  static: { platforms: BOTH, created: day('2026-11-02') },
  clean: { created: day('2026-11-16') },
  vulnerable: { created: day('2026-11-16') },
  baseline: { created: day('2026-10-12') },
  index: { platforms: BOTH, created: day('2026-11-16') },
  empty: { created: day('2026-11-16'), provenance: false },
  eol: { created: day('2026-08-03'), provenance: false }
}

/** Builds every image from its Dockerfile and replaces the layouts. Throws one sentence when this machine cannot. */
async function buildImages(): Promise<void> {
  requireBuilder()
  const folder = await temporaryFolder()
  const closing: (() => Promise<void>)[] = []
  try {
    const registry = await startRegistry()
    closing.unshift(registry.close)
    const buildKit = await startBuildKit(join(folder, 'buildkit'), registry.host)
    closing.unshift(buildKit.close)
    for (const name of IMAGES) await buildImage(name, buildKit, registry, join(folder, name))
  } finally {
    for (const close of closing) await close()
    await removeFolder(folder)
  }
}

/** Builds one image and pushes it under the tag 12, under which others are built on it. */
async function buildImage(name: ImageName, buildKit: BuildKit, registry: Registry, folder: string): Promise<void> {
  const { platforms = ['linux/amd64'], created, provenance = true } = RECIPES[name]
  const layout = join(folder, 'layout')
  await mkdir(folder)
  const context = await contextOf(name, join(folder, 'context'))
  const busybox = await busyboxFolder(join(folder, 'busybox'))
  await buildKit.build({ name, context, busybox, layout, platforms, created, provenance })

  await removeFolder(layoutOf(name))
  await cp(layout, layoutOf(name), { recursive: true })
  await keepOneDescriptor(layoutOf(name))
  await pushImage({ crane: await tool('crane'), registry: registry.host, name, repository: `acme/${name}`, tag: '12' })
  say(`${name} ${await digestOf(name)}`)
}

/** Leaves media type, digest and size of the image in index.json: BuildKit also writes when it exported it. */
async function keepOneDescriptor(layout: string): Promise<void> {
  const path = join(layout, 'index.json')
  const { manifests } = JSON.parse(await readFile(path, 'utf8')) as { manifests: Record<string, unknown>[] }
  const kept = manifests.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }))
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: kept }
  await writeFile(path, `${JSON.stringify(index)}\n`)
  await removeFolder(join(layout, 'ingest'))
}

function requireBuilder(): void {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const missing = ['runc', 'busybox', 'npm'].filter(
    program => !folders.some(folder => existsSync(join(folder, program)))
  )
  if (process.platform === 'linux' && process.getuid?.() === 0 && missing.length === 0) return
  throw new Error(
    'Building the images needs Linux, root, npm, and the Debian packages runc and busybox-static (apt-get install -y runc busybox-static).'
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await buildImages()
  } catch (error) {
    say(messageOf(error))
    process.exitCode = 1
  }
}
