import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Cosign } from '../cosign/cosign.ts'
import { messageOf, UserError } from '../lib/errors.ts'
import { installTool } from '../tools/install.ts'
import { builtInManifest, parseManifest, type Tool, type ToolManifest } from '../tools/manifest.ts'
import type { Trivy } from '../trivy/trivy.ts'
import type { Access } from './access.ts'
import type { Doors } from './setting.ts'

/** What both actions are told of tools. */
export interface ToolSetting extends Doors {
  readonly config: { readonly toolsMirror?: string; readonly toolsManifest?: string }
}

/** One cosign call; with the public log it waits for several services in turn. */
const COSIGN_TIMEOUT_MS = 3 * 60_000

/** The pinned versions: the built-in ones, or those of `tools-manifest`. */
export async function readManifest(setting: ToolSetting): Promise<ToolManifest> {
  const given = setting.config.toolsManifest
  if (given === undefined) return builtInManifest
  return parseManifest(given.startsWith('{') ? given : await readManifestFile(setting, given))
}

async function readManifestFile({ context }: ToolSetting, path: string): Promise<string> {
  try {
    return await readFile(resolve(context.workspace, path), 'utf8')
  } catch (error) {
    throw new UserError(
      `tools-manifest cannot be read: ${messageOf(error)}; give JSON, or the path of a file in the workspace`
    )
  }
}

/** Trivy, installed. */
export async function prepareTrivy(setting: ToolSetting, access: Access, manifest: ToolManifest): Promise<Trivy> {
  return prepare(setting, access, await install(setting, manifest, 'trivy'))
}

/** Cosign, installed. */
export async function prepareCosign(setting: ToolSetting, access: Access, manifest: ToolManifest): Promise<Cosign> {
  return { ...prepare(setting, access, await install(setting, manifest, 'cosign')), timeoutMs: COSIGN_TIMEOUT_MS }
}

async function install(setting: ToolSetting, manifest: ToolManifest, tool: Tool) {
  const { config, directory, log } = setting
  return installTool(tool, { manifest, mirror: config.toolsMirror, directory: await directory.empty(tool), log })
}

function prepare(setting: ToolSetting, access: Access, { path, version }: { path: string; version: string }): Trivy {
  return {
    run: setting.run,
    file: path,
    version,
    environment: access.environment,
    emptyDirectory: name => setting.directory.empty(name)
  }
}
