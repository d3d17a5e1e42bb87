import { gzipSync } from 'node:zlib'
import type { Log, Run } from 'sarif'
import {
  type Finding,
  identityOf,
  type Occurrence,
  type PlatformFinding,
  type PlatformScan,
  type Report
} from '../report/model.ts'
import { compareFindings } from '../report/order.ts'
import { reaches } from '../report/severity.ts'
import { bytes } from './budget.ts'
import { type FollowUp, isUnrecognised } from './follow-up.ts'
import type { JudgedImage, RunFacts } from './outcome.ts'
import { sarifRun } from './sarif-run.ts'

/** GitHub's limits: docs.github.com, "SARIF results exceed one or more limits"; it shows 5,000 results of a run. */
export const SARIF_LIMITS = { runs: 20, results: 5_000, gzippedBytes: 9_500_000 } as const

/** What the SARIF says of itself, and what it has to follow up. */
export interface SarifOptions {
  /** Must end in `/`; see category.ts. */
  readonly categoryOf: (imageName: string, platform: string) => string
  /** Version of this action. */
  readonly version: string
  /** What is uploaded because of earlier uploads; nothing where it is absent. */
  readonly followUp?: FollowUp
}

/** What is to be uploaded. */
export interface SarifUploads {
  /** One upload each. Empty when no scan was complete. */
  readonly logs: readonly Log[]
  /** Images and platforms of which nothing is uploaded, since nothing was recognised: it would close the alerts of when something was. */
  readonly unrecognised: readonly string[]
  /** Categories of which results had to be left out, the least severe ones. */
  readonly leftOut: readonly { readonly category: string; readonly results: number }[]
}

interface Subject {
  readonly category: string
  readonly imageName: string
  readonly platform: string
  readonly findings: readonly Finding[]
}

/**
 * Our own SARIF 2.1.0: one run for each image and platform whose scan was complete, in stable order, also where there is nothing to
 * report, so that alerts close, and last an empty one for each platform that is gone. Findings that a file or VEX accepts, below the lowest severity shown, or without a fix where those are
 * ignored, are left out; those whose alert is dismissed are not. Images of the same name share a category, and its findings are theirs
 * together; one incomplete scan among them leaves the category out, since alerts must not close by accident.
 */
export function renderSarif(images: readonly JudgedImage[], run: RunFacts, options: SarifOptions): SarifUploads {
  const leftOut: { category: string; results: number }[] = []
  const gone = (options.followUp?.gone ?? []).map(platform => ({ ...platform, findings: [] }))
  const sized = [...subjectsOf(images, run, options), ...gone].map(subject => {
    const one = fittingRun(subject, run, options)
    if (one.left > 0) leftOut.push({ category: subject.category, results: one.left })
    return one
  })
  return { logs: pack(sized), leftOut, unrecognised: unrecognisedIn(images, options) }
}

function subjectsOf(images: readonly JudgedImage[], run: RunFacts, options: SarifOptions): Subject[] {
  const scans = images.flatMap(image => {
    const categories = image.platforms.map(scan => ({
      image,
      scan,
      category: options.categoryOf(image.name, scan.platform)
    }))
    return categories
  })
  return [...Map.groupBy(scans, ({ category }) => category)].flatMap(([category, group]) => {
    const [first] = group
    if (first === undefined || !group.every(({ scan }) => maySpeak(scan, category, options))) return []
    const findings = group.flatMap(({ image, scan }) =>
      scan.result.complete ? reported(image, scan.platform, scan.result.report, run) : []
    )
    const unique = [...new Map(findings.toReversed().map(finding => [identityOf(finding), finding])).values()].reverse()
    return [
      { category, imageName: first.image.name, platform: first.scan.platform, findings: unique.sort(compareFindings) }
    ]
  })
}

/** Only what was wholly scanned may open or close alerts; where nothing was recognised, only if there is none to close. */
function maySpeak(scan: PlatformScan, category: string, { followUp }: SarifOptions): boolean {
  return scan.result.complete && (!isUnrecognised(scan) || followUp?.empty.has(category) === true)
}

function unrecognisedIn(images: readonly JudgedImage[], { categoryOf, followUp }: SarifOptions): string[] {
  return images.flatMap(({ name, platforms }) =>
    platforms
      .filter(scan => isUnrecognised(scan) && followUp?.empty.has(categoryOf(name, scan.platform)) !== true)
      .map(({ platform }) => `${name} (${platform})`)
  )
}

/** What of an image's findings is uploaded for one platform, with the occurrences that are on that platform. */
function reported(image: JudgedImage, platform: string, report: Report, run: RunFacts): Finding[] {
  const here = new Map(report.findings.map(finding => [identityOf(finding), finding]))
  // Without its result GitHub would close a dismissed alert as fixed, and the dismissal would be lost.
  const dismissed = image.suppressed.filter(({ by }) => by.alert !== undefined)
  return [...image.findings, ...dismissed].flatMap((found: PlatformFinding) => {
    if (!found.platforms.includes(platform) || !reaches(found.finding.severity, run.minSeverity)) return []
    const finding = onPlatform(found.finding, here.get(identityOf(found.finding)))
    const unfixable = finding.kind === 'vulnerability' && !finding.fixable
    return unfixable && run.policy.ignoreUnfixed ? [] : [finding]
  })
}

/** The finding as all platforms together have it, with what is where on one platform; accepted occurrences are in the first no more. */
function onPlatform(merged: Finding, own: Finding | undefined): Finding {
  if (merged === own) return merged
  if (merged.kind === 'secret') return own?.kind === 'secret' ? { ...own, severity: merged.severity } : merged
  if (own?.kind !== 'vulnerability') return merged
  const key = ({ path, installed, fixed }: Occurrence): string => JSON.stringify([path, installed, fixed])
  const wanted = new Set(merged.occurrences.map(key))
  const occurrences = own.occurrences.filter(occurrence => wanted.has(key(occurrence)))
  if (occurrences.length === 0) return merged
  return { ...merged, occurrences, fixable: occurrences.some(({ fixed }) => fixed !== '') }
}

interface SizedRun {
  readonly run: Run
  readonly size: number
  readonly left: number
}

/** The run with as many results, most severe first, as GitHub takes. */
function fittingRun(subject: Subject, facts: RunFacts, options: SarifOptions): SizedRun {
  const { findings, ...rest } = subject
  const about = { ...rest, version: options.version, trivyVersion: facts.versions.trivy }
  let most = Math.min(findings.length, SARIF_LIMITS.results)
  for (;;) {
    const run = sarifRun(findings.slice(0, most), about)
    const size = gzippedBytes(run)
    if (size <= SARIF_LIMITS.gzippedBytes || most === 0) return { run, size, left: findings.length - most }
    most = Math.floor(most / 2)
  }
}

/** Never less than the real size: what is small before it is compressed need not be measured. */
function gzippedBytes(run: Run): number {
  const text = JSON.stringify(run)
  const plain = bytes(text)
  return plain <= SARIF_LIMITS.gzippedBytes / SARIF_LIMITS.runs ? plain : gzipSync(text).length
}

function pack(sized: readonly SizedRun[]): Log[] {
  const files: { runs: Run[]; size: number }[] = []
  for (const { run, size } of sized) {
    const last = files.at(-1)
    if (last !== undefined && last.runs.length < SARIF_LIMITS.runs && last.size + size <= SARIF_LIMITS.gzippedBytes) {
      last.runs.push(run)
      last.size += size
    } else files.push({ runs: [run], size })
  }
  return files.map(({ runs }) => ({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs }))
}
