import { type BuildRecord, readBuildRecords } from '../image/build-record.ts'
import { readLayout } from '../image/layout.ts'
import type { Registry } from '../image/registry.ts'
import { messageOf } from '../lib/errors.ts'
import { type JsonObject, text } from '../lib/json.ts'
import type { BaseImage } from '../origin/base-image.ts'
import type { HistoryEntry } from '../origin/history.ts'
import { type BuiltImage, locate, type Origin } from '../origin/locate.ts'
import { type LookUp, place } from '../origin/place.ts'
import { type Provenance, readProvenance } from '../origin/provenance.ts'
import type { PlatformScan } from '../report/model.ts'
import { manifestLines, readDockerfile } from './repository-lines.ts'
import type { Setting } from './setting.ts'
import type { Subject } from './subjects.ts'
import { requiredFile } from './workspace-files.ts'

/** Where the findings of an image come from. */
export interface Origins {
  /** The scans, with the source of whatever has one. */
  readonly scans: readonly PlatformScan[]
  /** What each platform is built on, by platform; those of which nothing is known are missing. */
  readonly bases: ReadonlyMap<string, BaseImage>
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
  scans: readonly PlatformScan[]
): Promise<Origins> {
  try {
    return await locateAll(setting, registry, subject, scans)
  } catch (error) {
    setting.log.info(`${subject.title}: where findings come from is not known: ${messageOf(error)}`)
    return { scans, bases: new Map() }
  }
}

async function locateAll(
  setting: Setting,
  registry: Registry,
  subject: Subject,
  scans: readonly PlatformScan[]
): Promise<Origins> {
  const { records, reason } = await readRecords(registry, subject)
  const images = new Map(scans.flatMap(scan => builtImage(scan, records) ?? []))
  const used = [...images.values()].flatMap(({ provenance }) => provenance?.dockerfile ?? [])[0]
  const file = await readDockerfile(setting, used)
  const origins = new Map([...images].map(([scan, image]) => [scan, locate(image, file)]))
  const lookUp = manifestLines(setting)
  const placed: PlatformScan[] = []
  for (const scan of scans) placed.push(await placeScan(scan, origins.get(scan), lookUp))
  sayReason(setting, subject, [...origins.values()], reason)
  return {
    scans: placed,
    bases: new Map([...origins].flatMap(([{ platform }, { base }]) => (base === undefined ? [] : [[platform, base]])))
  }
}

/** What is there to read: an archive's or a daemon's image has no digest by which it could be asked for more. */
async function readRecords(
  registry: Registry,
  { places, digest, platforms }: Subject
): Promise<{ records: ReadonlyMap<string, BuildRecord>; reason?: string }> {
  const wanted = platforms.flatMap(platform => platform.digest ?? [])
  const [image] = places
  const target = platforms[0]?.target
  if (image !== undefined) return told(await readBuildRecords(registry, image, wanted))
  if (digest === undefined || target?.kind !== 'file')
    return { records: new Map(), reason: 'an archive or a Docker engine does not tell enough of the layers' }
  // Every platform's view of a layout has all of the layout's blobs.
  const inLayout = { registry: 'layout', repository: 'image', digest }
  return told(await readBuildRecords(readLayout(target.path), inLayout, wanted))
}

function told({ records, failures }: Awaited<ReturnType<typeof readBuildRecords>>) {
  return failures.length === 0 ? { records } : { records, reason: messageOf(failures[0]) }
}

function builtImage(
  scan: PlatformScan,
  records: ReadonlyMap<string, BuildRecord>
): [[PlatformScan, BuiltImage]] | undefined {
  const record = scan.digest === undefined ? undefined : records.get(scan.digest)
  if (record === undefined) return undefined
  const provenance = bestProvenance(record.provenance)
  const { platform } = scan
  const image = { platform, layers: record.layers, history: record.history.map(historyEntry) }
  return [[scan, provenance === undefined ? image : { ...image, provenance }]]
}

/** Of several the one that says most. */
function bestProvenance(statements: readonly unknown[]): Provenance | undefined {
  const read = statements.flatMap(statement => readProvenance(statement) ?? [])
  return read.find(({ steps }) => steps.length > 0) ?? read[0]
}

function historyEntry(entry: JsonObject): HistoryEntry {
  const created = Date.parse(text(entry, 'created'))
  return {
    createdBy: text(entry, 'created_by'),
    empty: entry['empty_layer'] === true,
    ...(Number.isNaN(created) ? {} : { created })
  }
}

async function placeScan(scan: PlatformScan, origin: Origin | undefined, lookUp: LookUp): Promise<PlatformScan> {
  const { result } = scan
  if (!result.complete) return scan
  const places = origin?.places ?? new Map()
  const findings = []
  for (const finding of result.report.findings) findings.push(await place(finding, places, lookUp))
  return { ...scan, result: { complete: true, report: { ...result.report, findings } } }
}

function sayReason({ log }: Setting, { title }: Subject, origins: readonly Origin[], unread: string | undefined): void {
  if (origins.some(({ places }) => places.size > 0)) return
  const reason = unread ?? origins.flatMap(origin => origin.reason ?? [])[0]
  if (reason !== undefined) log.info(`${title}: findings have no Dockerfile line: ${reason}`)
}
