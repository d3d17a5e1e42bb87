import { type Finding, identityOf, type PlatformFinding } from '../report/model.ts'

/** One platform of an image, and of the image that it would be built on today. */
export interface Rebased {
  /** Of the image as it is. */
  readonly findings: readonly Finding[]
  /** Diff ids of its layers that are the base's. */
  readonly layers: readonly string[]
  /** Of today's base. */
  readonly today: readonly Finding[]
}

/**
 * The vulnerabilities that go away when nothing is done but to build the image again: they lie in layers of the base only, and today's base
 * does not have them, on every platform where they are. Secrets are not among them: one that was published is mended by revoking it.
 * @param findings of the image, over all platforms.
 * @param platforms by name; what is on any other platform is not fixed.
 * @returns a part of `findings`, in their order.
 */
export function fixedByRebuild(
  findings: readonly PlatformFinding[],
  platforms: ReadonlyMap<string, Rebased>
): PlatformFinding[] {
  const gone = new Map([...platforms].map(([platform, rebased]) => [platform, goneFrom(rebased)]))
  return findings.filter(item => {
    const identity = identityOf(item.finding)
    return item.platforms.length > 0 && item.platforms.every(platform => gone.get(platform)?.has(identity) === true)
  })
}

/** Identities of the vulnerabilities of one platform that are gone with its base. */
function goneFrom({ findings, layers, today }: Rebased): ReadonlySet<string> {
  const stay = new Set(today.map(identityOf))
  const replaced = new Set(layers)
  const isReplaced = (finding: Finding) =>
    finding.kind === 'vulnerability' &&
    finding.occurrences.every(({ layer }) => layer !== undefined && replaced.has(layer.diffId))
  return new Set(
    findings
      .filter(isReplaced)
      .map(identityOf)
      .filter(identity => !stay.has(identity))
  )
}
