import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { assetFor, builtInManifest, type Tool, type ToolManifest } from '../../src/tools/manifest.ts'
import { platformOf } from '../../src/tools/platform.ts'
import { tarOf } from '../database/archive.ts'
import { removeFolder } from '../folders.ts'
import { withLock } from '../toolchain/lock.ts'
import { withProgress } from '../toolchain/progress.ts'
import { FAULTS, type Fault, sendWithFault } from './faults.ts'
import { serveWeb } from './web.ts'

/** A web server with the release assets of this machine's platform, as `tools-mirror` wants it. */
export interface ToolsMirror {
  /** Base URL, with a slash at its end. */
  readonly url: string
  /** File with the digests of what is served, as `tools-manifest` wants it. */
  readonly manifest: string
  close(): Promise<void>
}

/** One served file. */
interface Asset {
  readonly name: string
  readonly path: string
  readonly sha256: string
}

/**
 * Serves the given executables under the names of their release assets. Under `${url}fault/KIND/` the same names are there, each with that
 * fault (faults.ts).
 * @param folder where the manifest is written.
 */
export async function startMirror(executables: Readonly<Record<Tool, string>>, folder: string): Promise<ToolsMirror> {
  const platform = platformOf(process.platform, process.arch)
  const assets = {
    cosign: await assetOf('cosign', executables.cosign, platform),
    trivy: await assetOf('trivy', executables.trivy, platform)
  }
  const byName = new Map(Object.values(assets).map(asset => [asset.name, asset]))

  const server = await serveWeb((request, response) => {
    const { asset, fault } = route(request.url ?? '/', byName)
    const done = fault === undefined ? send(asset, response) : sendWithFault(fault, asset?.path, response)
    done.catch(() => response.destroy())
  })
  const url = `${server.url}/`

  const manifest = join(folder, 'tools-manifest.json')
  await writeFile(manifest, `${JSON.stringify(manifestOf(assets, url, platform), null, 2)}\n`)
  return { url, manifest, close: server.close }
}

function manifestOf(assets: Record<Tool, Asset>, url: string, platform: string): ToolManifest {
  const release = (tool: Tool) => ({
    version: builtInManifest[tool].version,
    url,
    assets: { [platform]: { name: assets[tool].name, sha256: assets[tool].sha256 } }
  })
  return { cosign: release('cosign'), trivy: release('trivy') }
}

function route(path: string, assets: ReadonlyMap<string, Asset>): { asset?: Asset; fault?: Fault } {
  const match = /^\/(?:fault\/([a-z0-9]+)\/)?([^/]+)$/.exec(path)
  const asset = assets.get(match?.[2] ?? '')
  const fault = FAULTS.find(known => known === match?.[1])
  if (asset === undefined || (match?.[1] !== undefined && fault === undefined)) return {}
  return fault === undefined ? { asset } : { asset, fault }
}

async function send(asset: Asset | undefined, response: ServerResponse): Promise<void> {
  if (asset === undefined) {
    response.writeHead(404).end('Not Found')
    return
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream' })
  await pipeline(createReadStream(asset.path), response)
}

async function assetOf(name: Tool, executable: string, platform: string): Promise<Asset> {
  const asset = assetFor(builtInManifest, name, platform)
  const path = asset.name.endsWith('.tar.gz') ? await archiveOf(executable, name) : executable
  return { name: asset.name, path, sha256: await sha256Of(path) }
}

/** The archive is kept beside the executable, under the executable's digest. */
async function archiveOf(executable: string, name: string): Promise<string> {
  const folder = dirname(executable)
  const path = join(folder, `${name}-${(await sha256Of(executable)).slice(0, 16)}.tar.gz`)
  if (existsSync(path)) return path
  await withLock(
    `${path}.lock`,
    () => undefined,
    async () => {
      if (existsSync(path)) return
      const workshop = await mkdtemp(`${path}.new-`)
      const target = join(workshop, 'archive')
      await withProgress(`Packing ${name}`, 'about 5 seconds', () => writeArchive(executable, name, target))
      await rename(target, path)
      await removeFolder(workshop)
    }
  )
  return path
}

async function writeArchive(executable: string, name: string, target: string): Promise<void> {
  const archive = tarOf({ [name]: await readFile(executable) })
  await writeFile(target, await promisify(gzip)(archive, { level: 1 }))
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
