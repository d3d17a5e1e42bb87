import type { AcceptedRisk, DismissedAlert } from './policy.ts'

/** What somebody dismissed in code scanning, seen on the default branch. */
export interface Dismissal {
  /** The alert's rule, as it was uploaded: `CVE/ecosystem/package`. */
  readonly rule: string
  /** Without a slash at the end. */
  readonly category: string
  /** Login of who dismissed it. */
  readonly by: string
  /** False for a bot, an app, or an account that is gone. */
  readonly byPerson: boolean
  readonly reason: string
  /** May be empty. */
  readonly comment: string
  /** The alert's page. */
  readonly url: string
}

/** Which dismissals count, and for what. */
export interface DismissalRules {
  /** Reasons that count, in GitHub's words. */
  readonly reasons: readonly string[]
  /** Login of the pull request's author, whose own dismissals do not count. */
  readonly author?: string
  readonly images: readonly { readonly name: string; readonly platforms: readonly string[] }[]
  /** The category under which this run uploads an image on a platform. */
  readonly categoryOf: (image: string, platform: string) => string
}

/**
 * What the dismissed alerts accept: one risk for each alert and each image and platform of its category. Secrets are never accepted so, nor what
 * was dismissed by a bot or by the pull request's own author.
 */
export function acceptedByDismissal(dismissals: readonly Dismissal[], rules: DismissalRules): AcceptedRisk[] {
  const places = rules.images.flatMap(({ name, platforms }) => platforms.map(platform => ({ image: name, platform })))
  const byCategory = Map.groupBy(places, ({ image, platform }) => bare(rules.categoryOf(image, platform)))
  return dismissals
    .filter(dismissal => counts(dismissal, rules))
    .flatMap(dismissal => {
      const what = parseRuleId(dismissal.rule)
      if (what === undefined) return []
      return (byCategory.get(bare(dismissal.category)) ?? []).map(place =>
        riskOf(what.id, dismissal, { ...place, ecosystem: what.ecosystem, package: what.package, url: dismissal.url })
      )
    })
}

/**
 * The inverse of `ruleId` (render/sarif-run.ts) for vulnerabilities; undefined for secrets, for what is not of that form, and for an id whose parts
 * had to be cleaned: it ends in a hash (`~1a2b3c4d`) and no longer says what it stands for.
 */
export function parseRuleId(
  rule: string
): (Pick<DismissedAlert, 'ecosystem' | 'package'> & { id: string }) | undefined {
  const [, id, ecosystem, name] = /^([^/\s]+)\/([^/\s]+)\/([^\s].*)$/s.exec(rule) ?? []
  if (id === undefined || ecosystem === undefined || name === undefined) return undefined
  if (id === 'secret' || /~[0-9a-f]{8}$/.test(rule)) return undefined
  return { id, ecosystem, package: name }
}

function counts({ by, byPerson, reason }: Dismissal, { reasons, author }: DismissalRules): boolean {
  // GitHub's logins differ in more than case.
  return byPerson && by !== '' && by.toLowerCase() !== author?.toLowerCase() && reasons.includes(reason.toLowerCase())
}

function riskOf(id: string, { by, reason, comment }: Dismissal, alert: DismissedAlert): AcceptedRisk {
  const remark = comment.trim()
  return {
    source: 'code scanning',
    id,
    kind: 'vulnerability',
    paths: [],
    purls: [],
    reason: `dismissed as ${reason} by ${by}${remark && `: ${remark}`}`,
    alert
  }
}

function bare(category: string): string {
  return category.replace(/\/+$/, '')
}
