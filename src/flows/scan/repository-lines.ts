import { readFile, realpath } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import { type DockerfileInCheckout, isSameText } from '../../origin/locate.ts'
import { candidatesFor, readManifest } from '../../origin/manifest-line.ts'
import type { LookUp } from '../../origin/place.ts'
import type { Provenance } from '../../origin/provenance.ts'
import type { Setting } from '../setting.ts'
import { workspaceFile } from './workspace-files.ts'

const DEFAULT_DOCKERFILE = 'Dockerfile'
/** Files of the checkout that are looked for; each is one look at the disk. */
const MOST_LOOKS = 500

/** The image's Dockerfile in the checkout. */
export interface CheckedOut {
  /** Absent where there is none that can be used. */
  readonly file?: DockerfileInCheckout
  /** Why one that is there, or was asked for, cannot be used: a sentence without a full stop. */
  readonly problem?: string
}

/**
 * The Dockerfile that the input names, else the one of the workspace that has the text that the builder used, else the workspace's own.
 * The builder knows names relative to a directory that it does not tell, so that a name alone says little.
 */
export async function readDockerfile(setting: Setting, used: Provenance['dockerfile']): Promise<CheckedOut> {
  const { dockerfile } = setting.config
  if (dockerfile !== undefined) return readAs(setting, dockerfile, true)
  for (const name of used?.names ?? []) {
    const { file } = await readAs(setting, name, false)
    if (file !== undefined && isSameText(file.text, used?.text)) return { file }
  }
  return readAs(setting, DEFAULT_DOCKERFILE, false)
}

async function readAs(setting: Setting, name: string, asked: boolean): Promise<CheckedOut> {
  try {
    const file = await readWorkspaceFile(setting, name)
    if (file !== undefined) return { file: { ...file, asked } }
    return asked ? { problem: `${name} is not in the workspace` } : {}
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

/** A file of the checkout; undefined where it is not there. @throws UserError for one that cannot be used. */
async function readWorkspaceFile(
  setting: Setting,
  name: string
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  const path = await workspaceFile(setting, name)
  if (path === undefined) return undefined
  const fromWorkspace = relative(await realpath(setting.context.workspace), path)
  return { path: fromWorkspace.split(sep).join('/'), text: await readFile(path, 'utf8') }
}

/** Looks for the files of language packages in the checkout, each once, by their paths inside the image. */
export function manifestLines(setting: Setting): LookUp {
  const found = new Map<string, ReturnType<LookUp>>()
  let looks = 0
  const search = async (path: string) => {
    for (const candidate of candidatesFor(path)) {
      if (++looks > MOST_LOOKS) return undefined
      const file = await readWorkspaceFile(setting, candidate).catch(() => undefined)
      if (file !== undefined) return { path: file.path, findLine: readManifest(file.text) }
    }
    return undefined
  }
  return (path: string) => {
    const known = found.get(path) ?? search(path)
    found.set(path, known)
    return known
  }
}
