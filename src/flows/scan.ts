import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../lib/errors.ts'
import { only } from '../process/environment.ts'
import type { PlatformScan } from '../report/model.ts'
import type { ScanOptions } from '../trivy/args.ts'
import { type Database, downloadDatabase } from '../trivy/database.ts'
import { type ParsedReport, parseTrivyReport } from '../trivy/parse.ts'
import { createLayerCache, scan } from '../trivy/scan.ts'
import type { Trivy } from '../trivy/trivy.ts'
import type { Setting } from './setting.ts'
import type { PlatformSubject, Subject } from './subjects.ts'

/** Where Docker's clients look for the daemon. Source: docker/cli, environment variables. */
const DAEMON_VARIABLES = ['DOCKER_HOST', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY', 'DOCKER_API_VERSION']

/** The vulnerability database; why there is none, so that no scan is complete; or that none is wanted. */
export type DatabaseOutcome =
  | { readonly database: Database }
  | { readonly failure: string }
  | { readonly wanted: false }

/** The scanner with everything that scans share. */
export interface Scanner {
  readonly trivy: Trivy
  readonly database: DatabaseOutcome
  /** Trivy's cache directory with the databases. */
  readonly cache: string
  /** Absolute path of the secret configuration that counts. */
  readonly secretConfig: string | undefined
}

/** One scan to be done. */
interface Job {
  readonly subject: Subject
  readonly platform: PlatformSubject
}

/** What the scans of one platform share. */
interface Lane {
  readonly cache: string
  readonly fetchJavaDatabase: () => Promise<unknown>
}

/** Downloads the vulnerability database. A failure is an outcome, not an exception: it is told like any scan that did not complete. */
export async function prepareScanner(
  setting: Setting,
  trivy: Trivy,
  secretConfig: string | undefined
): Promise<Scanner> {
  const cache = await setting.directory.empty('trivy-database')
  const scanner = { trivy, cache, secretConfig }
  if (!setting.config.scanners.includes('vuln')) return { ...scanner, database: { wanted: false } }
  try {
    const { result: database, seconds } = await timed(setting, () => download(setting, trivy, 'vulnerability', cache))
    const { updatedAt, repository } = database
    setting.log.info(`Vulnerability database of ${updatedAt.slice(0, 16)}Z from ${repository} (${seconds})`)
    return { ...scanner, database: { database } }
  } catch (error) {
    return { ...scanner, database: { failure: messageOf(error) } }
  }
}

/**
 * Scans every platform of every image once, platforms side by side. Images of one platform follow each other and share a layer cache.
 * @returns the scans of each subject, in the order of its platforms. Never throws: a scan that fails is a scan that is not complete.
 */
export async function scanSubjects(
  setting: Setting,
  scanner: Scanner,
  subjects: readonly Subject[]
): Promise<ReadonlyMap<Subject, readonly PlatformScan[]>> {
  const jobs = subjects.flatMap(subject => subject.platforms.map(platform => ({ subject, platform })))
  const lanes = [...Map.groupBy(jobs, ({ platform }) => platform.platform).values()]
  const done = new Map<PlatformSubject, PlatformScan>()
  const fetchJavaDatabase = once(() => download(setting, scanner.trivy, 'java', scanner.cache))

  await eachOf(lanes, availableParallelism(), async lane => {
    const cache = await createLayerCache(scanner.cache, join(await setting.directory.empty('trivy-layers'), 'cache'))
    for (const job of lane) done.set(job.platform, await scanJob(setting, scanner, job, { cache, fetchJavaDatabase }))
  })
  return new Map(subjects.map(subject => [subject, subject.platforms.flatMap(platform => done.get(platform) ?? [])]))
}

async function scanJob(setting: Setting, scanner: Scanner, job: Job, lane: Lane): Promise<PlatformScan> {
  const { name } = job.subject
  const { platform, digest } = job.platform
  const own = digest === undefined ? {} : { digest }
  try {
    const { result, seconds } = await timed(setting, () => scanPlatform(setting, scanner, job.platform, lane))
    const scanned = platform || result.platform
    setting.log.info(`${name}, ${scanned}: ${result.report.findings.length} findings (${seconds})`)
    return { platform: scanned, ...own, result: { complete: true, report: result.report } }
  } catch (error) {
    const reason = messageOf(error)
    setting.log.info(`${name}${platform && `, ${platform}`}: not scanned: ${reason}`)
    return { platform: platform || 'unknown', ...own, result: { complete: false, reason } }
  }
}

async function scanPlatform(
  setting: Setting,
  { trivy, database, cache, secretConfig }: Scanner,
  subject: PlatformSubject,
  lane: Lane
): Promise<ParsedReport> {
  if ('failure' in database) throw new Error(database.failure)
  const json = await scan(trivy, {
    target: subject.target,
    options: scanOptions(setting, secretConfig),
    ...(subject.host === undefined ? {} : { host: subject.host }),
    ...(subject.target.kind === 'daemon' ? { daemon: only(setting.env, DAEMON_VARIABLES) } : {}),
    cache: lane.cache,
    sharedCache: cache,
    output: join(await setting.directory.empty('report'), 'trivy.json'),
    timeoutMs: setting.config.timeoutMs,
    fetchJavaDatabase: async () => void (await lane.fetchJavaDatabase())
  })
  return parseTrivyReport(json)
}

function scanOptions({ config }: Setting, secretConfig: string | undefined): ScanOptions {
  return {
    scanners: config.scanners,
    pkgTypes: config.pkgTypes,
    skipDirs: config.skipDirs,
    skipFiles: config.skipFiles,
    ...(secretConfig === undefined ? {} : { secretConfig })
  }
}

function download(setting: Setting, trivy: Trivy, kind: 'vulnerability' | 'java', cache: string): Promise<Database> {
  const { config, wait, log } = setting
  const repositories = kind === 'java' ? config.javaDbRepositories : config.dbRepositories
  return downloadDatabase(trivy, kind, repositories, { cache, wait, say: line => log.info(line) })
}

/** The work's result and how long it took: `1.2 s`. */
async function timed<T>(setting: Setting, work: () => Promise<T>): Promise<{ result: T; seconds: string }> {
  const started = setting.now().getTime()
  const result = await work()
  return { result, seconds: `${((setting.now().getTime() - started) / 1000).toFixed(1)} s` }
}

/** The work's result, done at most once however many ask for it. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work()
    return result
  }
}

/** Does `work` for each item, `most` at a time. */
async function eachOf<T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(most, queue.length) }, worker))
}
