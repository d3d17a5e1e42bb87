import type { BuildHistory } from '../../image/build-history.ts'
import { type BuildRecord, readBuildRecords } from '../../image/build-record.ts'
import { readLayout } from '../../image/layout.ts'
import type { Registry } from '../../image/registry.ts'
import { messageOf } from '../../lib/errors.ts'
import type { BaseImage } from '../../origin/base-image.ts'
import { type BuiltImage, locate, type Origin } from '../../origin/locate.ts'
import { type LookUp, place } from '../../origin/place.ts'
import { type Provenance, readProvenance } from '../../origin/provenance.ts'
import type { PlatformScan } from '../../report/model.ts'
import type { Setting } from '../setting.ts'
import { manifestLines, readDockerfile } from './repository-lines.ts'
import type { FreshScan } from './scan.ts'
import type { Subject } from './subjects.ts'
import { requiredFile } from './workspace-files.ts'

/** Where the findings of an image come from. */
export interface Origins {
  /** The scans, with the source of whatever has one. */
  readonly scans: readonly PlatformScan[]
  /** What each platform is built on, by platform; those of which nothing is known are missing. */
  readonly bases: ReadonlyMap<string, BaseImage>
  /**
   * Why no finding has a line of a Dockerfile: a sentence without a full stop. Absent where some have, and where there is simply no
   * Dockerfile.
   */
  readonly reason?: string
}

/**
 * Checks the input `dockerfile`, before anything is done.
 * @throws UserError when it names a file that is not there or cannot be used.
 */
export async function checkDockerfile(setting: Setting): Promise<void> {
  const { dockerfile } = setting.config
  if (dockerfile !== undefined) await requiredFile(setting, 'dockerfile', dockerfile)
}

/**
 * Finds the line of the repository that brought in each finding, and what the image is built on. Where that is not sure, or cannot be
 * read, a finding stays as it is, and one line in the log says why. Never throws.
 * @param scans in the order of the subject's platforms.
 */
export async function findOrigins(
  setting: Setting,
  registry: Registry,
  subject: Subject,
  scans: readonly FreshScan[]
): Promise<Origins> {
  try {
    return await locateAll(setting, registry, subject, scans)
  } catch (error) {
    const reason = readable(setting, messageOf(error))
    setting.log.info(`${subject.title}: where findings come from is not known: ${reason}`)
    return { scans: scans.map(withoutBuild), bases: new Map(), reason }
  }
}

async function locateAll(
  setting: Setting,
  registry: Registry,
  subject: Subject,
  scans: readonly FreshScan[]
): Promise<Origins> {
  const { records, reason } = await readRecords(registry, subject, scans)
  const images = new Map([...records].map(([scan, record]) => [scan, builtImage(scan, record)]))
  const used = [...images.values()].flatMap(({ provenance }) => provenance?.dockerfile ?? [])[0]
  const { file, problem } = await readDockerfile(setting, used)
  const origins = new Map([...images].map(([scan, image]) => [scan, locate(image, file)]))
  const lookUp = manifestLines(setting)
  const placed: PlatformScan[] = []
  for (const scan of scans) placed.push(await placeScan(withoutBuild(scan), origins.get(scan), lookUp))
  const why = whyNoLines(setting, [...origins.values()], reason ?? problem)
  if (why !== undefined) setting.log.info(`${subject.title}: findings have no Dockerfile line: ${why}`)
  const hasDockerfile = file !== undefined || problem !== undefined
  return {
    scans: placed,
    bases: new Map([...origins].flatMap(([{ platform }, { base }]) => (base === undefined ? [] : [[platform, base]]))),
    ...(hasDockerfile && why !== undefined && { reason: why })
  }
}

/** By scan; or why there are none. */
interface Records {
  readonly records: ReadonlyMap<FreshScan, BuildRecord>
  readonly reason?: string
}

async function readRecords(
  registry: Registry,
  { places, digest, platforms }: Subject,
  scans: readonly FreshScan[]
): Promise<Records> {
  const wanted = platforms.flatMap(platform => platform.digest ?? [])
  const [image] = places
  const target = platforms[0]?.target
  if (image !== undefined) return told(await readBuildRecords(registry, image, wanted), scans)
  if (digest === undefined || target?.kind !== 'file') return toldByScanner(scans)
  // Every platform's view of a layout has all of the layout's blobs.
  const inLayout = { registry: 'layout', repository: 'image', digest }
  return told(await readBuildRecords(readLayout(target.path), inLayout, wanted), scans)
}

function told(
  { records: byDigest, failures }: Awaited<ReturnType<typeof readBuildRecords>>,
  scans: readonly FreshScan[]
): Records {
  const records = new Map(
    scans.flatMap(scan => {
      const record = scan.digest === undefined ? undefined : byDigest.get(scan.digest)
      return record === undefined ? [] : [[scan, record] as const]
    })
  )
  return failures.length === 0 ? { records } : { records, reason: messageOf(failures[0]) }
}

/** An archive's or a daemon's image has no digest by which it could be asked for more: what the scanner has read of its config has to do. */
function toldByScanner(scans: readonly FreshScan[]): Records {
  const records = new Map(
    scans.flatMap(scan => (scan.build === undefined ? [] : [[scan, recordOf(scan.build)] as const]))
  )
  return records.size > 0 ? { records } : { records, reason: 'the scanner does not tell how the image was built' }
}

function recordOf({ diffIds, history }: BuildHistory): BuildRecord {
  return { layers: diffIds.map(diffId => ({ digest: '', diffId })), history, provenance: [] }
}

function builtImage({ platform }: FreshScan, { layers, history, provenance: statements }: BuildRecord): BuiltImage {
  const provenance = bestProvenance(statements)
  return { platform, layers, history, ...(provenance && { provenance }) }
}

/** Of several the one that says most. */
function bestProvenance(statements: readonly unknown[]): Provenance | undefined {
  const read = statements.flatMap(statement => readProvenance(statement) ?? [])
  return read.find(({ steps }) => steps.length > 0) ?? read[0]
}

/** Nobody is told what an image says of its building but for the lines that are found by it. */
function withoutBuild({ build: _, ...scan }: FreshScan): PlatformScan {
  return scan
}

async function placeScan(scan: PlatformScan, origin: Origin | undefined, lookUp: LookUp): Promise<PlatformScan> {
  const { result } = scan
  if (!result.complete) return scan
  const places = origin?.places ?? new Map()
  const findings = []
  for (const finding of result.report.findings) findings.push(await place(finding, places, lookUp))
  return { ...scan, result: { complete: true, report: { ...result.report, findings } } }
}

/** @param unread why the image's build or the Dockerfile could not be read, if so. */
function whyNoLines(setting: Setting, origins: readonly Origin[], unread: string | undefined): string | undefined {
  if (origins.some(({ places }) => places.size > 0)) return undefined
  const reason = unread ?? origins.flatMap(origin => origin.reason ?? [])[0]
  return reason && readable(setting, reason)
}

/** The directory of this run means nothing to a reader. */
function readable({ directory }: Setting, reason: string): string {
  return reason.replaceAll(directory.path, '…')
}
