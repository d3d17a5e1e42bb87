import { mergeFound } from '../report/merge.ts'
import type { Exempt, PlatformFinding, PlatformScan } from '../report/model.ts'
import { applyAccepted } from './accepted.ts'
import type { AcceptedRisk, Suppressed } from './policy.ts'

/** What may take a finding out. */
export interface Acceptance {
  readonly risks: readonly AcceptedRisk[]
  /** Names of the VEX documents that the pull request itself brings or changes. */
  readonly vexByPullRequest: readonly string[]
  /** `YYYY-MM-DD` in UTC. */
  readonly today: string
}

/**
 * What of an image's findings counts and what somebody took out of them, in writing, by VEX or by dismissing an alert. Each finding once over all
 * platforms on which it counts, or is hidden for the same reason.
 * @param image its name without tag and digest: an alert is dismissed for one image and platform.
 */
export function suppress(
  image: string,
  scans: readonly PlatformScan[],
  { risks, vexByPullRequest, today }: Acceptance
): { findings: PlatformFinding[]; suppressed: Suppressed[] } {
  const found: PlatformFinding[] = []
  const hidden: Suppressed[] = []
  for (const { platform, result } of scans) {
    if (!result.complete) continue
    const { findings, exempt = [] } = result.report
    const rules = risks.filter(({ alert }) => !alert || (alert.image === image && alert.platform === platform))
    const here = findings.map(finding => ({ finding, platforms: [platform] }))
    const { remaining, suppressed } = applyAccepted(here, rules, today)
    for (const one of remaining) found.push(one)
    for (const one of suppressed) hidden.push(one)
    for (const one of exempt) hidden.push(suppressedBy(one, platform, vexByPullRequest))
  }
  return { findings: mergeFound(found), suppressed: mergeSuppressed(hidden) }
}

function suppressedBy(
  { finding, source, status, statement }: Exempt,
  platform: string,
  brought: readonly string[]
): Suppressed {
  const by: AcceptedRisk = {
    source,
    id: finding.id,
    kind: 'vulnerability',
    paths: [],
    purls: [],
    reason: statement === '' ? status : `${status}: ${statement}`,
    vex: true,
    ...(brought.includes(source) ? { byPullRequest: true } : {})
  }
  return { finding, by, platforms: [platform] }
}

function mergeSuppressed(hidden: readonly Suppressed[]): Suppressed[] {
  const byRisk = Map.groupBy(hidden, ({ by }) => JSON.stringify(by))
  return [...byRisk.values()].flatMap(group =>
    mergeFound(group).flatMap(found => (group[0] === undefined ? [] : [{ ...found, by: group[0].by }]))
  )
}
