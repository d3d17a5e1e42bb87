import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { BuildHistory } from '../../image/build-history.ts'
import { durationInWords } from '../../lib/duration.ts'
import { messageOf } from '../../lib/errors.ts'
import { withProgress } from '../../lib/progress.ts'
import { only } from '../../process/environment.ts'
import type { PlatformScan } from '../../report/model.ts'
import type { ScanOptions } from '../../trivy/args.ts'
import { type Database, downloadDatabase } from '../../trivy/database.ts'
import { type ParsedReport, parseTrivyReport } from '../../trivy/parse.ts'
import { createLayerCache, scan } from '../../trivy/scan.ts'
import type { Trivy } from '../../trivy/trivy.ts'
import type { Setting } from '../setting.ts'
import { databaseDigest } from './database-digest.ts'
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
  /** The VEX documents that count: their names by absolute path. */
  readonly vexFiles: ReadonlyMap<string, string>
  readonly laneOf: (platform: string) => Promise<Lane>
  readonly fetchJavaDatabase: () => Promise<unknown>
}

/** Files of the workspace that change what a scan finds. */
export type ScanFiles = Pick<Scanner, 'secretConfig' | 'vexFiles'>

/** A scan as it comes from the scanner. */
export interface FreshScan extends PlatformScan {
  /** What the scanner read of how the image was built, for an image that has no digest by which it could be asked. `findOrigins` takes it out. */
  readonly build?: BuildHistory
  /** Trivy's own report, of which evidence is made; absent for a scan that is not complete. */
  readonly raw?: RawReport
}

/** A report as Trivy wrote it, whole. It may hold secrets: it never leaves the private directory. */
export interface RawReport {
  /** Absolute path, in the private directory. */
  readonly file: string
  readonly startedAt: Date
  readonly finishedAt: Date
}

/** One scan to be done. */
interface Job {
  readonly subject: Subject
  readonly platform: PlatformSubject
}

/** What the scans of one platform share. They follow each other: they write to one cache. */
interface Lane {
  /** Trivy's cache directory: layers that two images have in common are analysed once. */
  readonly cache: string
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

/** Downloads the vulnerability database. A failure is an outcome, not an exception: it is told like any scan that did not complete. */
export async function prepareScanner(setting: Setting, trivy: Trivy, files: ScanFiles): Promise<Scanner> {
  const cache = await setting.directory.empty('trivy-database')
  const scanner = {
    trivy,
    cache,
    ...files,
    laneOf: oncePer(async () =>
      createLane(await createLayerCache(cache, join(await setting.directory.empty('trivy-layers'), 'cache')))
    ),
    fetchJavaDatabase: once(() => download(setting, trivy, 'java', cache))
  }
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
 * Scans every platform of every image once, platforms side by side. Images of one platform follow each other and share a layer cache, also
 * with those of an earlier call.
 * @returns the scans of each subject, in the order of its platforms. Never throws: a scan that fails is a scan that is not complete.
 */
export async function scanSubjects(
  setting: Setting,
  scanner: Scanner,
  subjects: readonly Subject[]
): Promise<ReadonlyMap<Subject, readonly FreshScan[]>> {
  const jobs = subjects.flatMap(subject => subject.platforms.map(platform => ({ subject, platform })))
  const byPlatform = [...Map.groupBy(jobs, ({ platform }) => platform.platform).values()]
  const done = new Map<PlatformSubject, FreshScan>()
  await eachOf(byPlatform, availableParallelism(), async group => {
    for (const job of group) done.set(job.platform, await scanJob(setting, scanner, job))
  })
  return new Map(subjects.map(subject => [subject, subject.platforms.flatMap(platform => done.get(platform) ?? [])]))
}

async function scanJob(setting: Setting, scanner: Scanner, job: Job): Promise<FreshScan> {
  const { title } = job.subject
  const { platform, digest } = job.platform
  const own = digest === undefined ? {} : { digest }
  try {
    const startedAt = setting.now()
    const { result: scan, seconds } = await timed(setting, () =>
      withProgress(scanPlatform(setting, scanner, job.platform), {
        wait: setting.wait,
        say: passed => setting.log.info(`Still scanning ${title}${platform && `, ${platform}`}: ${passed}`)
      })
    )
    const { report, build, ...found } = scan.parsed
    const scanned = platform || found.platform
    setting.log.info(`${title}, ${scanned}: ${report.findings.length} findings (${seconds})`)
    return {
      platform: scanned,
      ...own,
      ...(digest === undefined && build !== undefined ? { build } : {}),
      raw: { file: scan.file, startedAt, finishedAt: setting.now() },
      result: { complete: true, report }
    }
  } catch (error) {
    // A tool's words may name our directory, which means nothing to a reader and is another one in each run.
    const reason = messageOf(error).replaceAll(setting.directory.path, '…')
    setting.log.info(`${title}${platform && `, ${platform}`}: not scanned: ${reason}`)
    return { platform: platform || 'unknown', ...own, result: { complete: false, reason } }
  }
}

async function scanPlatform(
  setting: Setting,
  scanner: Scanner,
  subject: PlatformSubject
): Promise<{ readonly file: string; readonly parsed: ParsedReport }> {
  const { trivy, database, cache, fetchJavaDatabase } = scanner
  if ('failure' in database) throw new Error(database.failure)
  const lane = await scanner.laneOf(subject.platform)
  const file = join(await setting.directory.empty('report'), 'trivy.json')
  const json = await lane.inTurn(() =>
    scan(trivy, {
      target: subject.target,
      options: scanOptions(setting, scanner),
      ...(subject.host === undefined ? {} : { host: subject.host }),
      ...(subject.target.kind === 'daemon' ? { daemon: only(setting.env, DAEMON_VARIABLES) } : {}),
      cache: lane.cache,
      sharedCache: cache,
      output: file,
      timeoutMs: setting.config.timeoutMs,
      fetchJavaDatabase: async () => void (await fetchJavaDatabase())
    })
  )
  return { file, parsed: parseTrivyReport(json, { vex: scanner.vexFiles }) }
}

function scanOptions({ config }: Setting, { secretConfig, vexFiles }: ScanFiles): ScanOptions {
  return {
    scanners: config.scanners,
    pkgTypes: config.pkgTypes,
    skipDirs: config.skipDirs,
    skipFiles: config.skipFiles,
    vexFiles: [...vexFiles.keys()],
    ...(secretConfig === undefined ? {} : { secretConfig })
  }
}

function download(setting: Setting, trivy: Trivy, kind: 'vulnerability' | 'java', cache: string): Promise<Database> {
  const { config, wait, log } = setting
  const repositories = kind === 'java' ? config.javaDbRepositories : config.dbRepositories
  const asked = kind === 'vulnerability' && config.attest.includes('vuln') ? { digestOf: databaseDigest } : {}
  return downloadDatabase(trivy, kind, repositories, { cache, wait, say: line => log.info(line), ...asked })
}

/** The work's result and how long it took: `1.2 s`. */
async function timed<T>(setting: Setting, work: () => Promise<T>): Promise<{ result: T; seconds: string }> {
  const started = setting.now().getTime()
  const result = await work()
  return { result, seconds: durationInWords(setting.now().getTime() - started) }
}

/** The work's result, done at most once however many ask for it. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work()
    return result
  }
}

/** The same for each key. */
function oncePer<T>(work: () => Promise<T>): (key: string) => Promise<T> {
  const results = new Map<string, Promise<T>>()
  return key => {
    const result = results.get(key) ?? work()
    results.set(key, result)
    return result
  }
}

function createLane(cache: string): Lane {
  let last: Promise<unknown> = Promise.resolve()
  return {
    cache,
    inTurn: work => {
      const mine = last.then(work)
      last = mine.catch(() => undefined)
      return mine
    }
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
