import { identityOf, type PlatformFinding, type PlatformScan } from './model.ts'

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
 * none of the baseline's platforms has it; a platform that is gone fixes nothing.
 */
export function compareImages(now: Compared, before: Compared): Comparison {
  const had = identitiesByPlatform(before.scans)
  const anywhere = new Set([...had.values()].flatMap(identities => [...identities]))
  const has = identitiesByPlatform(now.scans)
  return {
    added: onPlatforms(now.findings, (identity, platform) => !(had.get(platform) ?? anywhere).has(identity)),
    fixed: onPlatforms(before.findings, (identity, platform) => has.get(platform)?.has(identity) === false)
  }
}

/** The findings with those of their platforms for which it holds; without the findings for which it holds on none. */
function onPlatforms(
  findings: readonly PlatformFinding[],
  holds: (identity: string, platform: string) => boolean
): PlatformFinding[] {
  return findings.flatMap(({ finding, platforms }) => {
    const identity = identityOf(finding)
    const kept = platforms.filter(platform => holds(identity, platform))
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
