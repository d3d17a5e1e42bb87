import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf } from '../../src/lib/errors.ts'
import { cacheFolder, ROOT, removeFolder } from '../folders.ts'
import { buildWithGo } from './build.ts'
import { downloadRelease } from './download.ts'
import { withLock } from './lock.ts'
import { say, withProgress } from './progress.ts'
import { RECIPES, type Recipe } from './recipes.ts'

/** The programs that the world stands on. */
export type ToolName = keyof typeof RECIPES

const WORKSHOP = '.new-'

const pending = new Map<ToolName, Promise<string>>()

/**
 * The absolute path of a tool's executable, which is downloaded or built when it is not in the cache folder yet: that takes minutes and shows
 * its progress on standard error. Throws one sentence when neither way works.
 */
export function tool(name: ToolName): Promise<string> {
  let path = pending.get(name)
  if (path === undefined) {
    path = provide(name)
    pending.set(name, path)
  }
  return path
}

/** The version of a tool as its go.mod requires it, without `v`; for a program of ours with a digest of its sources. */
export async function toolVersion(name: ToolName): Promise<string> {
  const recipe: Recipe = RECIPES[name]
  const sources = join(ROOT, 'world', 'tools', recipe.folder)
  const required = requiredVersion(await readFile(join(sources, 'go.mod'), 'utf8'), recipe.module)
  return recipe.package === '.' ? `${required}-${await digestOfSources(sources)}` : required
}

/** The version, without `v`, that a go.mod requires of a module. Format: https://go.dev/ref/mod#go-mod-file-require */
export function requiredVersion(goMod: string, module: string): string {
  for (const line of goMod.split('\n')) {
    const [path, version] = line
      .trim()
      .replace(/^require\s+/, '')
      .split(/\s+/)
    if (path === module && version?.startsWith('v')) return version.slice(1)
  }
  throw new Error(`go.mod does not require ${module}`)
}

async function provide(name: ToolName): Promise<string> {
  const recipe: Recipe = RECIPES[name]
  const version = await toolVersion(name)
  const folder = join(cacheFolder(), recipe.folder, version)
  const path = join(folder, recipe.binary)
  if (existsSync(path)) return path

  await mkdir(folder, { recursive: true })
  const waiting = (owner: number) => say(`${name} ${version} is being prepared by process ${owner}; waiting for it…`)
  await withLock(`${path}.lock`, waiting, async () => {
    if (!existsSync(path)) await prepare(name, version, path)
  })
  return path
}

/** Downloads or builds beside the final place and renames, so that nobody ever sees half a file. */
async function prepare(name: ToolName, version: string, path: string): Promise<void> {
  const recipe: Recipe = RECIPES[name]
  await removeAbandoned(path)
  const workshop = await mkdtemp(`${path}${WORKSHOP}`)
  try {
    const downloaded = await downloadRelease(recipe.released, version, workshop)
    if (downloaded.path !== undefined) {
      await rename(downloaded.path, path)
      return
    }
    const target = join(workshop, recipe.binary)
    await withProgress(`Building ${name} ${version} with Go`, recipe.buildTime, () =>
      buildWithGo({
        sources: join(ROOT, 'world', 'tools', recipe.folder),
        package: recipe.package,
        linkerFlags: linkerFlags(recipe, version),
        env: recipe.env ?? {},
        target
      })
    )
    await rename(target, path)
  } catch (error) {
    const tried = recipe.released === undefined ? 'cannot be built' : 'can neither be downloaded nor built'
    throw new Error(`${name} ${version} ${tried}: ${messageOf(error)}`)
  } finally {
    await removeFolder(workshop)
  }
}

/** What a run that was killed left of its work; nobody else works on it, since we have the lock. */
async function removeAbandoned(path: string): Promise<void> {
  const folder = dirname(path)
  const abandoned = (await readdir(folder)).filter(name => name.startsWith(`${basename(path)}${WORKSHOP}`))
  for (const name of abandoned) await removeFolder(join(folder, name))
}

function linkerFlags({ versionVariable, versionPrefix = '' }: Recipe, version: string): string {
  return versionVariable === undefined ? '-s -w' : `-s -w -X ${versionVariable}=${versionPrefix}${version}`
}

async function digestOfSources(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(await readFile(join(folder, name)))
  return hash.digest('hex').slice(0, 12)
}
