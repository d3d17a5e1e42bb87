import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import * as tc from '@actions/tool-cache'
import { messageOf, ToolError, UserError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { refuse } from './deny.ts'
import { type Asset, assetFor, type Tool, type ToolManifest } from './manifest.ts'
import { platformOf } from './platform.ts'
import { isArchive, readInChunks, unpack, writeAndHash } from './unpack.ts'

/** A program whose bytes were checked. */
export interface InstalledTool {
  /** Absolute path of the executable, in the private directory. */
  readonly path: string
  readonly version: string
  /** SHA-256 of the executable itself, lower-case hex. */
  readonly sha256: string
}

/** Where a tool comes from and where it goes. */
export interface InstallOptions {
  readonly manifest: ToolManifest
  /** Base URL, with or without a slash at the end, where the same asset names are found; the manifest's own where absent. */
  readonly mirror?: string | undefined
  /** A directory that only this user can write: the executable goes there, never back to the shared tool cache. */
  readonly directory: string
  /** In Go's words; this runner's where absent. */
  readonly platform?: string
  readonly log: Pick<Log, 'info' | 'warning'>
}

/** One asset on its way: `file` is its place in the private directory. */
interface Delivery extends Pick<InstallOptions, 'directory' | 'log'> {
  readonly tool: Tool
  readonly version: string
  readonly asset: Asset
  readonly url: string
  readonly file: string
}

/**
 * Puts a tool into the private directory: from the runner's tool cache if a copy of what lies there has the pinned digest, else downloaded.
 * What was hashed is what runs: the file is copied first and the copy is hashed, and an archive is unpacked from that copy.
 * @throws UserError for a tool that is refused or pinned wrongly, ToolError when it cannot be downloaded or has another digest.
 */
export async function installTool(tool: Tool, options: InstallOptions): Promise<InstalledTool> {
  const { manifest, mirror, directory, log, platform = platformOf(process.platform, process.arch) } = options
  const { version, url } = manifest[tool]
  const asset = assetFor(manifest, tool, platform)
  refuse(tool, version, asset.sha256)

  await mkdir(directory, { recursive: true, mode: 0o700 })
  const base = mirror ? mirror.replace(/\/*$/, '/') : url
  const file = join(directory, asset.name)
  const delivery: Delivery = { tool, version, asset, url: base + asset.name, file, directory, log }
  if (!(await takeFromCache(delivery))) {
    await download(delivery)
    await putIntoCache(delivery)
  }
  return makeExecutable(delivery, platform.startsWith('windows/') ? `${tool}.exe` : tool)
}

async function takeFromCache({ tool, version, asset, file, log }: Delivery): Promise<boolean> {
  // On a self-hosted runner earlier jobs can write here, so nothing in it is trusted before the copy of it was hashed.
  const directory = process.env['RUNNER_TOOL_CACHE'] && tc.find(cacheName(tool), version)
  if (!directory) return false
  try {
    const cached = join(directory, asset.name)
    if (!(await lstat(cached)).isFile()) throw new Error('not a plain file')
    const sha256 = await writeAndHash(readInChunks(cached), file)
    if (sha256 === asset.sha256) {
      log.info(`${tool} ${version} is in the tool cache.`)
      return true
    }
    log.warning(
      `The tool cache holds a ${tool} ${version} with SHA-256 ${sha256}, not ${asset.sha256}. It is not used; ${tool} is downloaded anew.`
    )
  } catch (error) {
    log.warning(`${tool} ${version} in the tool cache cannot be read (${messageOf(error)}). It is downloaded anew.`)
  }
  await rm(file, { force: true })
  return false
}

async function download({ tool, version, asset, url, file, log }: Delivery): Promise<void> {
  log.info(`Downloading ${tool} ${version} from ${url}`)
  try {
    await tc.downloadTool(url, file)
  } catch (error) {
    throw downloadError(error, asset, url)
  }
  const sha256 = await hash(file)
  if (sha256 === asset.sha256) return
  await rm(file, { force: true })
  throw new ToolError(
    `${url} has SHA-256 ${sha256}, but ${asset.sha256} is pinned. It was deleted and nothing of it was run.`,
    {
      remedy: 'Find out why the file differs. For a version of your own, name its SHA-256 in tools-manifest.'
    }
  )
}

function downloadError(error: unknown, asset: Asset, url: string): Error {
  const status = error instanceof tc.HTTPError ? error.httpStatusCode : undefined
  if (status === 404) {
    return new UserError(
      `The asset ${asset.name} is not at ${url} (404). Put it there, use tools-mirror, or name another version in tools-manifest.`
    )
  }
  const { host } = new URL(url)
  const reason = status === undefined ? 'cannot be reached' : `answered ${status}`
  return new ToolError(`${host} ${reason} for ${asset.name}`, {
    cause: error,
    remedy: `Allow ${host} in the firewall or the proxy settings, or name a mirror in tools-mirror.`
  })
}

async function putIntoCache({ tool, version, asset, file, log }: Delivery): Promise<void> {
  try {
    if (!process.env['RUNNER_TOOL_CACHE']) throw new Error('the runner does not set RUNNER_TOOL_CACHE')
    await tc.cacheFile(file, asset.name, cacheName(tool), version)
  } catch (error) {
    log.warning(
      `${tool} ${version} cannot be kept in the tool cache (${messageOf(error)}). The next run downloads it again.`
    )
  }
}

async function makeExecutable(
  { tool, version, asset, url, file, directory }: Delivery,
  name: string
): Promise<InstalledTool> {
  const path = join(directory, name)
  if (!isArchive(asset.name)) {
    if (path !== file) await rename(file, path)
    await chmod(path, 0o755)
    return { path, version, sha256: asset.sha256 }
  }
  const sha256 = await unpack(file, name, path).catch(error => {
    throw new ToolError(`${url} has the pinned SHA-256 but cannot be unpacked`, { cause: error })
  })
  await rm(file)
  await chmod(path, 0o755)
  refuse(tool, version, sha256)
  return { path, version, sha256 }
}

function cacheName(tool: Tool): string {
  return `imgguard-${tool}`
}

async function hash(file: string): Promise<string> {
  const sha256 = createHash('sha256')
  await pipeline(readInChunks(file), sha256)
  return sha256.digest('hex')
}
