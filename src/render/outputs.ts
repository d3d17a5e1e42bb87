import { countBySeverity } from '../report/counts.ts'
import { SEVERITIES } from '../report/severity.ts'
import { bytes } from './budget.ts'
import { plain } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { entryOf } from './result-entry.ts'
import { comparedWith, fixableOf, splitFindings } from './select.ts'
import { isSigned, isVerified, signerOf } from './signature-words.ts'
import { coverageByPlatform } from './words.ts'

/** What publishing gave that later steps can use; absent where nothing was published. */
export interface PublishedPlaces {
  readonly commentUrl?: string
  readonly sarifId?: string
  /** Path of the SARIF file. */
  readonly sarif?: string
  /** Path of the JSON report. */
  readonly report?: string
  /** Paths of the CycloneDX files, one of each platform. */
  readonly sboms?: readonly string[]
  /** Path of the page. */
  readonly html?: string
}

/** Longest `results` in bytes: GitHub takes no more than 1 MB of outputs from a job, and other steps have outputs too. */
export const RESULTS_LIMIT = 200_000

/**
 * The action's outputs by name. Counts are sums over the images; everything else but `results` is the first image's.
 * `results` is JSON: one entry per image, with the findings that fail its gate as far as they fit.
 * @param images at least one.
 */
export function renderOutputs(
  images: readonly ImageOutcome[],
  run: RunFacts,
  published: PublishedPlaces
): Record<string, string> {
  const [first] = images
  if (first === undefined) return {}
  const findings = images.flatMap(image => image.findings)
  const counts = countBySeverity(findings)
  // Zero would say that there is none: nobody knows that of an image that was not wholly scanned.
  const known = images.every(({ verdict }) => verdict.result !== 'incomplete')
  const count = (number: number) => (known || number > 0 ? `${number}` : '')
  return {
    verdict: first.verdict.result,
    digest: first.digest ?? '',
    image: pinned(first),
    signed: `${isSigned(first)}`,
    verified: `${isVerified(first)}`,
    'verify-command': first.verifyCommand ?? '',
    'key-fingerprint': run.keyFingerprint ?? '',
    ...Object.fromEntries(SEVERITIES.map(severity => [severity, count(counts[severity])])),
    fixable: count(fixableOf(findings).length),
    ...changesOf(images),
    suppressed: `${images.reduce((sum, image) => sum + image.suppressed.length, 0)}`,
    coverage: coverageOf(first),
    results: resultsOf(images, run),
    'comment-url': published.commentUrl ?? '',
    'sarif-id': published.sarifId ?? '',
    sarif: published.sarif ?? '',
    report: published.report ?? '',
    sbom: (published.sboms ?? []).join('\n'),
    html: published.html ?? ''
  }
}

/** Findings that came and went against the baselines, as sums over the images that have one; empty, not 0, when none has. */
function changesOf(images: readonly ImageOutcome[]): { new: string; fixed: string } {
  const compared = images.flatMap(image => comparedWith(image) ?? [])
  if (compared.length === 0) return { new: '', fixed: '' }
  const sum = (of: 'added' | 'fixed') => `${compared.reduce((total, baseline) => total + baseline[of].length, 0)}`
  return { new: sum('added'), fixed: sum('fixed') }
}

function pinned(image: ImageOutcome): string {
  return image.digest === undefined ? '' : `${image.name}@${image.digest}`
}

/** What was looked at, platforms that agree once: "linux/amd64, linux/arm64: debian 12.5; packages: 105 debian". */
function coverageOf(image: ImageOutcome): string {
  const coverage = coverageByPlatform(image.platforms).map(
    ({ platforms, complete, text }) => `${platforms.join(', ')}: ${complete ? '' : 'not scanned: '}${text}`
  )
  return plain(coverage.join(' | '), 4000)
}

function resultsOf(images: readonly ImageOutcome[], run: RunFacts): string {
  for (let most = 100; most > 0; most = Math.floor(most / 2)) {
    const text = JSON.stringify(images.map(image => resultOf(image, run, most)))
    if (bytes(text) <= RESULTS_LIMIT) return text
  }
  const bare = images.map(image => ({ image: pinned(image) || image.name, verdict: image.verdict.result }))
  while (bytes(JSON.stringify(bare)) > RESULTS_LIMIT) bare.pop()
  return JSON.stringify(bare)
}

function resultOf(image: ImageOutcome, run: RunFacts, most: number): object {
  const { failing } = splitFindings(image, run)
  return {
    name: image.name,
    references: image.references,
    digest: image.digest,
    image: pinned(image),
    verdict: image.verdict.result,
    reasons: image.verdict.reasons,
    signed: isSigned(image),
    verified: isVerified(image),
    signing: image.signing,
    signer: signerOf(image, run),
    signatureCheck: image.signatureCheck,
    verifyCommand: image.verifyCommand,
    evidence: image.evidence,
    evidenceSkipped: image.evidenceSkipped,
    promotion: image.promotion,
    counts: countBySeverity(image.findings),
    fixable: fixableOf(image.findings).length,
    suppressed: image.suppressed.length,
    gate: image.gate,
    ...comparisonOf(image),
    ...rebuildOf(image),
    platforms: image.platforms.map(({ platform, digest, result }) => ({
      platform,
      digest,
      complete: result.complete,
      ...(result.complete ? { os: result.report.os, packages: result.report.packages } : { reason: result.reason })
    })),
    failing: failing.slice(0, most).map(entryOf),
    failingLeftOut: Math.max(0, failing.length - most)
  }
}

function comparisonOf({ baseline }: ImageOutcome): object {
  if (baseline === undefined) return {}
  if (baseline.state === 'none') return { baseline: { reason: baseline.reason } }
  const { reference, digest, signedScan, added, fixed } = baseline
  return { baseline: { reference, digest, signedScan }, new: added.length, fixed: fixed.length }
}

function rebuildOf({ rebuild }: ImageOutcome): object {
  if (rebuild === undefined) return {}
  return { rebuild: rebuild.state === 'newer' ? { ...rebuild, fixes: rebuild.fixes.length } : rebuild }
}
