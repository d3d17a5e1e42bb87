import { HttpClient } from '@actions/http-client'
import { messageOf } from '../../src/lib/errors.ts'
import { installTool } from '../../src/tools/install.ts'
import { builtInManifest, type Tool } from '../../src/tools/manifest.ts'
import { platformOf } from '../../src/tools/platform.ts'
import { say } from './progress.ts'

const REACH_LIMIT_MS = 3000

let reachable: Promise<boolean> | undefined

/**
 * Downloads a pinned release with the action's own installer.
 * @param tool nothing for a tool of which no release is pinned.
 * @param version the one wanted; another than the pinned one is not downloaded.
 * @param directory where the file goes.
 * @returns the executable's path, or no path where the release cannot be had.
 */
export async function downloadRelease(
  tool: Tool | undefined,
  version: string,
  directory: string
): Promise<{ readonly path?: string }> {
  if (tool === undefined || builtInManifest[tool].version !== version) return {}
  reachable ??= isReachable(tool)
  if (!(await reachable)) return {}
  say(`Downloading ${tool} ${version}…`)
  try {
    const log = { info: () => undefined, warning: () => undefined }
    return { path: (await installTool(tool, { manifest: builtInManifest, directory, log })).path }
  } catch (error) {
    say(`${messageOf(error)} It is built with Go instead.`)
    return {}
  }
}

/** The installer retries for a minute; a host that is not there should cost seconds, and once. */
async function isReachable(tool: Tool): Promise<boolean> {
  const client = new HttpClient('imgguard-world', [], { allowRetries: false, allowRedirects: false })
  const { url, assets } = builtInManifest[tool]
  const asset = assets[platformOf(process.platform, process.arch)]
  if (asset === undefined) return false
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), REACH_LIMIT_MS)
  const answered = client.head(url + asset.name).then(
    ({ message }) => (message.statusCode ?? 500) < 400,
    () => false
  )
  try {
    return await Promise.race([answered, late])
  } finally {
    clearTimeout(timer)
    client.dispose()
  }
}
