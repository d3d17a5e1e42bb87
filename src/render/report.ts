import type { Finding, PlatformFinding, PlatformScan } from '../report/model.ts'
import { each, inChunks, objectText } from './json-text.ts'
import type { Baseline, ImageOutcome, RebuildAdvice, RunFacts } from './outcome.ts'
import { entryOf } from './result-entry.ts'

/** Findings of an image, the most severe ones, that have a description: no page and no alert shows those of more. */
const MOST_DESCRIPTIONS = 20_000
/** Characters; alerts show no more. */
const MOST_DESCRIPTION = 2_000

/**
 * The whole result as JSON for other programs: every image with every finding, what hides which, and how it was made. Holds no secret's text.
 *
 * Everything is in it once: an image's findings have texts, but for the descriptions of all but the 20,000 most severe ones, and what changes;
 * where exactly they are stands with the platforms' findings. Other lists name findings. All findings of the baseline are left out but for their number.
 * @param images at least one.
 * @returns the text in pieces: with 100,000 findings on several platforms it is longer than memory is for.
 */
export function renderReport(images: readonly ImageOutcome[], run: RunFacts): Iterable<string> {
  const { repository, sha, runUrl, policy, versions, databaseUpdatedAt, skipped, keyFingerprint, identity } = run
  const signer = { ...(keyFingerprint !== undefined && { keyFingerprint }), ...identity }
  const about = {
    version: 1,
    repository,
    sha,
    runUrl,
    madeAt: run.now.toISOString(),
    versions,
    signer,
    databaseUpdatedAt
  }
  return inChunks(objectText({ ...about, policy, skipped }, { images: images.map(imageText) }, '\n'))
}

function imageText(image: ImageOutcome): Iterable<string> {
  const { platforms, findings, suppressed, baseline, rebuild, ...about } = image
  const fields = { ...about, ...(baseline && { baseline: baselineFields(baseline) }), ...rebuildFields(rebuild) }
  const compared = baseline?.state === 'compared' ? baseline : undefined
  return objectText(fields, {
    platforms: platforms.map(platformText),
    findings: entries(findings, ({ finding }, index) => textsOf(finding, index < MOST_DESCRIPTIONS)),
    suppressed: entries(suppressed, ({ finding, by }) => ({ ...textsOf(finding, true), by })),
    ...(compared && { new: entries(compared.added), fixed: entries(compared.fixed) }),
    ...(rebuild?.state === 'newer' && { fixedByRebuild: entries(rebuild.fixes) })
  })
}

function platformText({ platform, digest, result }: PlatformScan): Iterable<string> {
  const { complete } = result
  if (!complete) return objectText({ platform, digest, complete, reason: result.reason }, {})
  const { os, packages, findings, exempt = [], remarks = [] } = result.report
  return objectText(
    { platform, digest, complete, os, packages },
    {
      findings: each(findings, withoutTexts),
      exempt: each(exempt, one => ({ ...one, finding: withoutTexts(one.finding) })),
      remarks: each(remarks, one => one)
    }
  )
}

function baselineFields(baseline: Baseline): object {
  if (baseline.state === 'none') return baseline
  const { state, reference, digest, signedScan, before } = baseline
  return { state, reference, digest, signedScan, before: before.length }
}

function rebuildFields(rebuild: RebuildAdvice | undefined): object {
  if (rebuild?.state !== 'newer') return rebuild === undefined ? {} : { rebuild }
  const { fixes: _, ...rest } = rebuild
  return { rebuild: rest }
}

function withoutTexts(finding: Finding): object {
  if (finding.kind === 'secret') return finding
  const { kind, id, severity, ecosystem, package: name, fixable, published, knownExploited, occurrences } = finding
  return { kind, id, severity, ecosystem, package: name, fixable, published, knownExploited, occurrences }
}

function textsOf(finding: Finding, described: boolean): object {
  const { title } = finding
  if (finding.kind === 'secret') return { title }
  const { fixable, url, published, description } = finding
  return { title, fixable, url, published, ...(described && { description: description.slice(0, MOST_DESCRIPTION) }) }
}

/** A list of findings in short, each with what is to be said of it there. */
function entries<T extends PlatformFinding>(
  found: readonly T[],
  more: (one: T, index: number) => object = () => ({})
): Iterable<Iterable<string>> {
  return each(found, (one, index) => Object.assign(entryOf(one), more(one, index)))
}
