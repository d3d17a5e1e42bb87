import { type Finding, identityOf, type PlatformFinding, type PlatformScan, recognisedNothing } from './model.ts'

/** One image: everything that its scans found, and what of it nobody accepted. */
export interface Compared {
  readonly scans: readonly PlatformScan[]
  readonly findings: readonly PlatformFinding[]
}

/** What an image has that another one has not, and the other way round; each with the platforms on which that is so. */
export interface Comparison {
  readonly added: readonly PlatformFinding[]
  readonly fixed: readonly PlatformFinding[]
}

/**
 * Compares two images platform by platform; findings are the same when ecosystem, package and vulnerability are (a secret: rule and path).
 *
 * What is accepted in one of them is neither new nor fixed in the other. On a platform that the baseline does not have, a finding is new when
 * none of the baseline's platforms has it; a platform that is gone fixes nothing, and one in which nothing is recognised any more fixes no
 * vulnerability: nobody knows that it is gone.
 */
export function compareImages(now: Compared, before: Compared): Comparison {
  const had = identitiesByPlatform(before.scans)
  const anywhere = new Set([...had.values()].flatMap(identities => [...identities]))
  const has = identitiesByPlatform(now.scans)
  const blind = new Set(now.scans.flatMap(({ platform, result }) => (isBlind(result) ? [platform] : [])))
  return {
    added: onPlatforms(now.findings, (identity, platform) => !(had.get(platform) ?? anywhere).has(identity)),
    fixed: onPlatforms(
      before.findings,
      (identity, platform, { kind }) =>
        has.get(platform)?.has(identity) === false && (kind === 'secret' || !blind.has(platform))
    )
  }
}

/** Files are searched for secrets whether packages are recognised or not; vulnerabilities are known of packages only. */
function isBlind(result: PlatformScan['result']): boolean {
  return result.complete && recognisedNothing(result.report)
}

/** The findings with those of their platforms for which it holds; without the findings for which it holds on none. */
function onPlatforms(
  findings: readonly PlatformFinding[],
  holds: (identity: string, platform: string, finding: Finding) => boolean
): PlatformFinding[] {
  return findings.flatMap(({ finding, platforms }) => {
    const identity = identityOf(finding)
    const kept = platforms.filter(platform => holds(identity, platform, finding))
    return kept.length === 0 ? [] : [{ finding, platforms: kept }]
  })
}

/** What was found on each platform whose scan is complete, exempt or not. */
function identitiesByPlatform(scans: readonly PlatformScan[]): Map<string, Set<string>> {
  return new Map(
    scans.flatMap(({ platform, result }) => {
      if (!result.complete) return []
      const exempt = (result.report.exempt ?? []).map(({ finding }) => finding)
      return [[platform, new Set([...result.report.findings, ...exempt].map(identityOf))] as const]
    })
  )
}
