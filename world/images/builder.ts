import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFolder, temporaryFolder } from '../folders.ts'
import { startRegistry } from '../services/registries.ts'
import { tool } from '../toolchain/tools.ts'
import { type BuildKit, startBuildKit } from './buildkit.ts'
import { busyboxFolder, contextOf } from './context.ts'
import { type ImageName, pushImage, pushLayout } from './images.ts'
import { provideBuildPrograms } from './programs.ts'
import { RECIPES, type Recipe } from './recipes.ts'

/** The tag in the Dockerfiles' FROM lines. */
const TAG = '12'

/** Builds images with BuildKit, in a registry of its own that answers for registry.example.com. */
export interface Builder {
  /** Builds an image of the world from its Dockerfile; others can then be built on it. Returns the path of its OCI layout. */
  buildImage(name: ImageName): Promise<string>
  /** Puts an image of the world where others are built on it, as it lies in layouts/. */
  takeImage(name: ImageName): Promise<void>
  /** Builds a folder with a Dockerfile. Returns the path of the OCI layout. */
  buildContext(context: string, recipe: Recipe): Promise<string>
  /** Ends BuildKit and the registry; the layouts go as well. */
  close(): Promise<void>
}

/** Starts a builder. Throws one sentence when this machine cannot build. */
export async function startBuilder(): Promise<Builder> {
  await provideBuildPrograms()
  const crane = await tool('crane')
  const folder = await temporaryFolder()
  const registry = await startRegistry()
  const buildKit = await startBuildKit(join(folder, 'buildkit'), registry.host).catch(async error => {
    await registry.close()
    throw error
  })
  const busybox = await busyboxFolder(join(folder, 'busybox'))
  const nextFolder = (name: string) => mkdtemp(join(folder, `${name}-`))
  const place = (name: ImageName) => ({ crane, registry: registry.host, repository: `acme/${name}`, tag: TAG })

  const buildContext = async (context: string, recipe: Recipe) => {
    const layout = join(await nextFolder('built'), 'layout')
    await build(buildKit, { context, busybox, layout }, recipe)
    return layout
  }
  return {
    buildContext,
    takeImage: async name => void (await pushImage({ ...place(name), name })),
    async buildImage(name) {
      const context = await contextOf(name, join(await nextFolder(name), 'context'))
      const layout = await buildContext(context, RECIPES[name])
      await pushLayout({ ...place(name), layout })
      return layout
    },
    async close() {
      await buildKit.close()
      await registry.close()
      await removeFolder(folder)
    }
  }
}

async function build(
  buildKit: BuildKit,
  folders: { readonly context: string; readonly busybox: string; readonly layout: string },
  { platforms = ['linux/amd64'], created, provenance = true }: Recipe
): Promise<void> {
  await buildKit.build({ ...folders, platforms, created, provenance })
  await keepOneDescriptor(folders.layout)
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
