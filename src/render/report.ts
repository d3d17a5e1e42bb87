import type { PlatformFinding, PlatformScan } from '../report/model.ts'
import type { Baseline, ImageOutcome, RunFacts } from './outcome.ts'
import { entryOf } from './result-entry.ts'

/**
 * The whole result as JSON for other programs: every image with every finding, what hides which, and how it was made. Holds no secret's text.
 *
 * What a list only repeats is short: findings by platform go without the texts that stand with the image's findings, and the lists of the
 * comparison name findings instead of telling them again. All findings of the baseline are left out but for their number.
 * @param images at least one.
 */
export function renderReport(images: readonly ImageOutcome[], run: RunFacts): string {
  const { repository, sha, runUrl, policy, versions, databaseUpdatedAt, skipped } = run
  const report = {
    version: 1,
    repository,
    sha,
    runUrl,
    madeAt: run.now.toISOString(),
    versions,
    databaseUpdatedAt,
    policy,
    images: images.map(imageEntry),
    skipped
  }
  return `${JSON.stringify(report)}\n`
}

function imageEntry({ platforms, baseline, rebuild, ...image }: ImageOutcome): object {
  return {
    ...image,
    platforms: platforms.map(platformEntry),
    ...(baseline === undefined ? {} : { baseline: baselineEntry(baseline) }),
    ...(rebuild === undefined
      ? {}
      : { rebuild: 'fixes' in rebuild ? { ...rebuild, fixes: short(rebuild.fixes) } : rebuild })
  }
}

function platformEntry(scan: PlatformScan): object {
  if (!scan.result.complete) return scan
  const { report } = scan.result
  const findings = report.findings.map(finding => {
    if (finding.kind === 'secret') return finding
    const { title: _title, description: _description, url: _url, ...rest } = finding
    return rest
  })
  return { ...scan, result: { complete: true, report: { ...report, findings } } }
}

function baselineEntry(baseline: Baseline): object {
  if (baseline.state === 'none') return baseline
  const { before, added, fixed, ...rest } = baseline
  return { ...rest, before: before.length, added: short(added), fixed: short(fixed) }
}

function short(found: readonly PlatformFinding[]): object[] {
  return found.map(entryOf)
}
