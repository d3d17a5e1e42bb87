import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AcceptedFinding } from '../../evidence/accepted.ts'
import { scrubFindings } from '../../evidence/findings.ts'
import { vulnPredicate } from '../../evidence/predicate.ts'
import { sameComponents, stillHolds } from '../../evidence/same.ts'
import { readVulnPredicate, type SignedScan } from '../../evidence/signed-scan.ts'
import { formatReference, type PinnedReference, parseReference, pin } from '../../image/reference.ts'
import { PKG_TYPES } from '../../inputs/scan-config.ts'
import { ToolError } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { JudgedImage } from '../../render/outcome.ts'
import type { FreshScan, Scanner } from '../scan/scan.ts'
import type { Subject } from '../scan/subjects.ts'
import type { Setting } from '../setting.ts'
import { publishedAs, readRaw, type SbomOf } from './sboms.ts'

/** Of what statements are made. */
export interface StatementTools {
  readonly scanner: Pick<Scanner, 'database' | 'vexFiles'>
  readonly sbomOf: SbomOf
}

/** One scanned platform of an image that was judged and signed. */
export interface Platform {
  readonly subject: Subject
  readonly image: JudgedImage
  readonly scan: FreshScan
}

/** Something to attest about one manifest. */
export interface Statement {
  /** As cosign calls it. */
  readonly type: 'vuln' | 'cyclonedx'
  /** Absolute path of the predicate. */
  readonly file: string
  /** Whether these, which are there already and verified, make it needless. */
  readonly isSaidBy: (predicates: readonly JsonObject[]) => boolean
}

/**
 * What the platform is made of, in CycloneDX.
 * @param place where it will be attested: nobody reads there what else the image is called.
 * @throws ToolError.
 */
export async function sbomStatement(
  _setting: Setting,
  { sbomOf }: StatementTools,
  { subject, scan }: Platform,
  place: PinnedReference
): Promise<Statement> {
  const { file, bom } = await sbomOf(scan, publishedAs(subject, place, scan))
  // What a digest is made of does not change with time, so its age does not matter.
  return {
    type: 'cyclonedx',
    file,
    isSaidBy: earlier => earlier.some(one => understood(() => sameComponents(one, bom)))
  }
}

/**
 * What the scan found and what was accepted of it, as cosign has it.
 * @param place where it will be attested.
 * @throws ToolError, also when nobody looked for vulnerabilities; TypeError for a report that is not understood.
 */
export async function scanStatement(
  setting: Setting,
  { scanner }: StatementTools,
  { subject, image, scan }: Platform,
  place: PinnedReference
): Promise<Statement> {
  const { raw } = scan
  if (raw === undefined) throw new ToolError('the platform was not wholly scanned')
  const accepted = { accepted: acceptedOn(scan.platform, image), vex: scanner.vexFiles }
  const { context } = setting
  const predicate = vulnPredicate({
    report: scrubFindings(await readRaw(scan), publishedAs(subject, place, scan), accepted),
    database: signedDatabase(scanner),
    startedAt: raw.startedAt,
    finishedAt: raw.finishedAt,
    parameters: narrowing(setting),
    runUrl: context.runUrl,
    runId: String(context.runId),
    builderId: `${context.serverUrl}/${context.repository.fullName}/${context.workflowFile}@${context.ref}`
  })
  // Read as everybody will read it: what is not understood is not signed.
  const now = readVulnPredicate(predicate)
  const file = join(await setting.directory.empty('predicate'), 'vuln.json')
  await writeFile(file, JSON.stringify(predicate))
  return { type: 'vuln', file, isSaidBy: earlier => newestStillHolds(earlier, now) }
}

/** Of several the newest counts for whoever reads them, so it must say the same. */
function newestStillHolds(earlier: readonly JsonObject[], now: SignedScan): boolean {
  const scans = earlier.flatMap(predicate => understood(() => readVulnPredicate(predicate)) ?? [])
  const past = scans.filter(({ scannedAt }) => scannedAt <= now.scannedAt)
  const newest = past.sort((a, b) => b.scannedAt.getTime() - a.scannedAt.getTime())[0]
  return newest !== undefined && stillHolds(newest, now)
}

/** @throws ToolError: a scan that did not look for vulnerabilities must not say that there are none. */
function signedDatabase({ database }: StatementTools['scanner']): { uri: string; version: string } {
  if (!('database' in database))
    throw new ToolError('there was no scan for vulnerabilities that could be attested', {
      remedy: 'Add vuln to scanners, or remove vuln from attest.'
    })
  const { repository, digest, updatedAt } = database.database
  const uri = digest === undefined ? repository : formatReference(pin(parseReference(repository), digest))
  return { uri, version: updatedAt }
}

/** What ignore files and dismissed alerts took out. What VEX took out stands apart in the report already. */
function acceptedOn(platform: string, { suppressed }: JudgedImage): AcceptedFinding[] {
  return suppressed.flatMap(({ finding, by, platforms }) =>
    finding.kind === 'vulnerability' && by.vex !== true && platforms.includes(platform)
      ? [{ finding, statement: by.reason, source: by.source }]
      : []
  )
}

/** What somebody else's program attested with our key need not be what we understand. */
function understood<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** What a scan was told to leave out, as Trivy's options: whoever reads of a scan that found nothing should know where it did not look. */
function narrowing({ config: { pkgTypes, skipDirs, skipFiles } }: Setting): string[] {
  return [
    ...(PKG_TYPES.every(type => pkgTypes.includes(type)) ? [] : [`--pkg-types=${pkgTypes.join(',')}`]),
    ...skipDirs.map(directory => `--skip-dirs=${directory}`),
    ...skipFiles.map(file => `--skip-files=${file}`)
  ]
}
