import { UserError } from '../lib/errors.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import pinned from './manifest.json' with { type: 'json' }

/** The programs that are downloaded and run. */
export type Tool = 'cosign' | 'trivy'

/** One downloadable file of a release. */
export interface Asset {
  /** Its file name, which is also the last part of its URL. */
  readonly name: string
  /** SHA-256 of the file as it is downloaded, 64 lower-case hex digits. */
  readonly sha256: string
}

/** One version of a tool and where its files are. */
export interface Release {
  /** A plain `x.y.z`. */
  readonly version: string
  /** Base URL, which ends in `/`. */
  readonly url: string
  /** By platform in Go's words: `linux/amd64`. */
  readonly assets: Readonly<Record<string, Asset>>
}

/** Which version of each tool runs. */
export type ToolManifest = Readonly<Record<Tool, Release>>

const TOOLS: readonly Tool[] = ['cosign', 'trivy']
const PLATFORM = /^(linux|darwin|windows)\/[a-z0-9]+$/
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/
const SHA256 = /^[0-9a-f]{64}$/i

/** The versions that this action was tested with. */
export const builtInManifest: ToolManifest = parseManifest(pinned, pinned)

/**
 * Reads the input tools-manifest, whose shape is that of manifest.json in this directory.
 * @param given the JSON text, or its parsed value.
 * @param fallback where the tools come from that `given` does not name.
 * @throws UserError that names the field, what was found there and what is allowed.
 */
export function parseManifest(given: unknown, fallback: ToolManifest = builtInManifest): ToolManifest {
  const root = object(typeof given === 'string' ? parseJson(given) : given, 'the whole')
  const unknown = Object.keys(root).find(key => !TOOLS.some(tool => tool === key))
  if (unknown !== undefined) throw wrong(unknown, 'a tool that is not known', TOOLS.join(' and '))
  if (Object.keys(root).length === 0) throw wrong('the whole', 'no tool', 'cosign, trivy or both')
  const releaseOf = (tool: Tool) => (root[tool] === undefined ? fallback[tool] : parseRelease(root[tool], tool))
  return { cosign: releaseOf('cosign'), trivy: releaseOf('trivy') }
}

/**
 * The file to download for a platform.
 * @throws UserError that names the platforms there are.
 */
export function assetFor(manifest: ToolManifest, tool: Tool, platform: string): Asset {
  const { assets, version } = manifest[tool]
  const asset = Object.hasOwn(assets, platform) ? assets[platform] : undefined
  if (asset !== undefined) return asset
  throw new UserError(
    `There is no pinned ${tool} ${version} for ${platform}. There is one for ${Object.keys(assets).join(', ')}. ` +
      'Use such a runner, or name a file and its SHA-256 for this one in tools-manifest.'
  )
}

function parseRelease(value: unknown, tool: Tool): Release {
  const release = object(value, tool, ['version', 'url', 'assets'])
  const assets = object(release['assets'], `${tool}.assets`)
  if (Object.keys(assets).length === 0) throw wrong(`${tool}.assets`, 'no platform', 'one or more, such as linux/amd64')
  return {
    version: match(
      release['version'],
      `${tool}.version`,
      /^[0-9]+\.[0-9]+\.[0-9]+$/,
      'a plain version such as 3.1.3, without v'
    ),
    url: parseUrl(release['url'], `${tool}.url`),
    assets: Object.fromEntries(
      Object.entries(assets).map(([platform, asset]) => parseAsset(platform, asset, `${tool}.assets`))
    )
  }
}

function parseAsset(platform: string, value: unknown, path: string): [string, Asset] {
  const field = `${path}["${platform}"]`
  match(platform, path, PLATFORM, 'platforms such as linux/amd64, darwin/arm64, windows/amd64')
  const asset = object(value, field, ['name', 'sha256'])
  return [
    platform,
    {
      name: match(
        asset['name'],
        `${field}.name`,
        FILE_NAME,
        'a file name such as cosign-linux-amd64, without a directory'
      ),
      sha256: match(asset['sha256'], `${field}.sha256`, SHA256, '64 hex digits').toLowerCase()
    }
  ]
}

function parseUrl(value: unknown, field: string): string {
  const url = match(
    value,
    field,
    /^https?:\/\/[^\s?#@]+$/i,
    'an http or https URL without user name, query or fragment'
  )
  if (!URL.canParse(url)) throw wrong(field, show(value), 'an http or https URL')
  return url.endsWith('/') ? url : `${url}/`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, which may be anything that was put there by mistake.
    throw wrong('the whole', 'text that is not JSON', 'the shape of src/tools/manifest.json')
  }
}

function object(value: unknown, field: string, keys?: readonly string[]): JsonObject {
  if (!isObject(value)) throw wrong(field, show(value), 'an object')
  const unknown = keys && Object.keys(value).find(key => !keys.includes(key))
  if (unknown !== undefined) throw wrong(`${field}.${unknown}`, 'a field that is not known', `${keys?.join(', ')}`)
  return value
}

function match(value: unknown, field: string, pattern: RegExp, allowed: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw wrong(field, show(value), allowed)
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value).slice(0, 100) ?? 'nothing')
}

function wrong(field: string, found: string, allowed: string): UserError {
  return new UserError(`tools-manifest: ${field}: found ${found}; allowed: ${allowed}`)
}
