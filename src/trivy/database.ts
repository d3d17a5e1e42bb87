import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, ToolError } from '../lib/errors.ts'
import { asObject, asString } from '../lib/json.ts'
import { CommandError } from '../process/run.ts'
import { downloadArguments } from './args.ts'
import { explainTrivy, type TrivyFailure } from './failures.ts'
import type { Trivy } from './trivy.ts'

/** A database that is there. */
export interface Database {
  /** The repository that served it. */
  readonly repository: string
  /** When it was built, RFC 3339. */
  readonly updatedAt: string
  /** Of the manifest that was served; absent where nobody asked for it, or nobody knows. */
  readonly digest?: string
}

const KINDS = {
  vulnerability: { folder: 'db', title: 'vulnerability database', input: 'db-repositories' },
  java: { folder: 'java-db', title: 'Java database', input: 'java-db-repositories' }
} as const

/** Waits between rounds over all repositories, in milliseconds. */
const BACK_OFF_MS = [2_000, 8_000]
const DOWNLOAD_TIMEOUT_MS = 5 * 60_000

/**
 * Downloads a database from the first repository that serves it. Trivy's own fallback stops at the first network error, 401 or 404
 * (pkg/oci/artifact.go); this one goes on, and comes back to repositories whose trouble may pass. No credentials are sent.
 * @param options.cache Trivy's cache directory, where the database is put.
 * @throws ToolError that names every repository and what it said.
 */
export async function downloadDatabase(
  trivy: Trivy,
  kind: keyof typeof KINDS,
  repositories: readonly string[],
  options: {
    readonly cache: string
    readonly wait: (milliseconds: number) => Promise<void>
    readonly say: (line: string) => void
    /** Asks a repository what its tag points at now, without a login; undefined when it does not say. */
    readonly digestOf?: (repository: string) => Promise<string | undefined>
  }
): Promise<Database> {
  const { folder, title, input } = KINDS[kind]
  const failures = new Map<string, string>()
  let left = [...repositories]
  for (let round = 0; left.length > 0; round++) {
    for (const repository of left) {
      const before = await options.digestOf?.(repository)
      const failure = await tryDownload(trivy, kind, repository, options.cache)
      if (failure === undefined) {
        const updatedAt = await readUpdatedAt(join(options.cache, folder, 'metadata.json'))
        return { repository, updatedAt, ...(await confirmed(before, repository, options)) }
      }
      failures.set(repository, failure.reason)
      options.say(`${title}: ${repository}: ${failure.reason}`)
      if (failure.permanent) left = left.filter(other => other !== repository)
    }
    const pause = BACK_OFF_MS[round]
    if (pause === undefined) break
    if (left.length > 0) await options.wait(pause)
  }
  const said = [...failures].map(([repository, reason]) => `${repository}: ${reason}`).join('; ')
  throw new ToolError(
    `the ${title} could not be downloaded (${said || 'no repository is given'}); name repositories that can be read without a login in ${input}`
  )
}

/** Trivy does not tell the digest. What the tag pointed at before and still points at afterwards was served in between. */
async function confirmed(
  before: string | undefined,
  repository: string,
  { digestOf }: { readonly digestOf?: (repository: string) => Promise<string | undefined> }
): Promise<Pick<Database, 'digest'>> {
  return before !== undefined && before === (await digestOf?.(repository)) ? { digest: before } : {}
}

async function tryDownload(trivy: Trivy, kind: keyof typeof KINDS, repository: string, cache: string) {
  const cwd = await trivy.emptyDirectory('trivy-download')
  try {
    await trivy.run({
      file: trivy.file,
      args: downloadArguments(kind, repository, cache),
      env: trivy.environment(cwd),
      cwd,
      timeoutMs: DOWNLOAD_TIMEOUT_MS
    })
    return undefined
  } catch (error) {
    if (error instanceof CommandError) return explainDownload(error)
    throw error
  }
}

/** A login cannot help here: databases are fetched without one, so that an expired one does no harm and none goes to a stranger. */
function explainDownload(error: CommandError): TrivyFailure {
  const refused = /UNAUTHORIZED|DENIED|40[13] /.test(error.stderr)
  return refused ? { reason: 'it cannot be read without a login', permanent: true } : explainTrivy(error)
}

/** Format: aquasecurity/trivy-db pkg/metadata/metadata.go. */
async function readUpdatedAt(file: string): Promise<string> {
  try {
    return asString(
      asObject(JSON.parse(await readFile(file, 'utf8')), 'metadata.json')['UpdatedAt'],
      'metadata.json UpdatedAt'
    )
  } catch (error) {
    throw new ToolError(`the database has no readable metadata (${messageOf(error)})`)
  }
}
