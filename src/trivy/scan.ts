import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, ToolError } from '../lib/errors.ts'
import { CommandError } from '../process/run.ts'
import { type ScanOptions, type ScanTarget, scanArguments } from './args.ts'
import { explainTrivy, wantsJavaDatabase } from './failures.ts'
import type { Trivy } from './trivy.ts'

/** One scan to be done. */
export interface ScanJob {
  readonly target: ScanTarget
  readonly options: ScanOptions
  /** Registry that the target is in; absent for files. */
  readonly host?: string
  /** Variables that say where the Docker daemon is; only for a target that is there. */
  readonly daemon?: Readonly<Record<string, string>>
  /** Trivy's cache directory for this platform: it locks its layer cache, so no two scans may share one at a time. */
  readonly cache: string
  /** Trivy's cache directory with the databases. */
  readonly sharedCache: string
  /** Where the report goes; a path that does not exist yet. */
  readonly output: string
  readonly timeoutMs: number
  /** Fetches the Java database into the shared cache; called when Trivy finds JARs and has none. */
  readonly fetchJavaDatabase: () => Promise<void>
}

/**
 * Makes a cache directory for one platform that shares the vulnerability database of `shared` and has layers of its own.
 * @returns its path.
 */
export async function createLayerCache(shared: string, path: string): Promise<string> {
  await mkdir(path, { recursive: true })
  return shareDatabase(shared, path, 'db')
}

/** Lets the cache directory `path` use a database of `shared`. Only once that is whole: Trivy takes what it finds. */
async function shareDatabase(shared: string, path: string, database: 'db' | 'java-db'): Promise<string> {
  await mkdir(join(shared, database), { recursive: true })
  await symlink(join(shared, database), join(path, database), 'junction')
  return path
}

/**
 * Scans once and returns Trivy's JSON, unfiltered.
 * @throws ToolError that says why the scan did not complete.
 */
export async function scan(trivy: Trivy, job: ScanJob): Promise<unknown> {
  try {
    await runOnce(trivy, job)
  } catch (error) {
    if (!(error instanceof CommandError) || !wantsJavaDatabase(error)) throw explained(error)
    await job.fetchJavaDatabase()
    await shareDatabase(job.sharedCache, job.cache, 'java-db')
    await runOnce(trivy, job).catch(again => {
      throw explained(again)
    })
  }
  return readReport(job.output)
}

async function runOnce(trivy: Trivy, job: ScanJob): Promise<void> {
  const cwd = await trivy.emptyDirectory('trivy')
  await trivy.run({
    file: trivy.file,
    args: scanArguments(job.target, job.options, job),
    env: { ...trivy.environment(cwd, ...(job.host === undefined ? [] : [job.host])), ...job.daemon },
    cwd,
    timeoutMs: job.timeoutMs
  })
}

async function readReport(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new ToolError(`Trivy's report cannot be read: ${messageOf(error)}`)
  }
}

function explained(error: unknown): unknown {
  return error instanceof CommandError ? new ToolError(explainTrivy(error).reason) : error
}
