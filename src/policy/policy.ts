import type { Finding } from '../report/model.ts'
import type { Severity, Threshold } from '../report/severity.ts'

/** What the workflow's author demands of an image. */
export interface Policy {
  /** Lowest severity of a vulnerability that fails. */
  readonly failOn: Threshold
  /** Vulnerabilities without a fix do not fail and are not uploaded. */
  readonly ignoreUnfixed: boolean
  /** Lowest severity of a secret that fails. */
  readonly failOnSecret: Threshold
  readonly failOnEol: boolean
  readonly failOnUnrecognised: boolean
  /** Vulnerabilities that are known to be exploited fail whatever their severity. */
  readonly failOnKnownExploited: boolean
  /** Days from publication before a vulnerability of that severity counts. */
  readonly graceDays: Readonly<Partial<Record<Severity, number>>>
}

/** One risk that somebody accepted in writing. */
export interface AcceptedRisk {
  /** The file it stands in, relative to the repository. */
  readonly source: string
  readonly id: string
  /** The scanner that it is for; absent: all. */
  readonly kind?: Finding['kind']
  /** Globs of paths inside the image; empty: all. */
  readonly paths: readonly string[]
  /** Package URLs, with or without version; empty: all. */
  readonly purls: readonly string[]
  /** First day on which it no longer counts, `YYYY-MM-DD`. */
  readonly expires?: string
  readonly reason: string
  /** True for one that the pull request itself brings: its base does not have it. */
  readonly byPullRequest?: true
  /** True for what a VEX document says: the reason begins with one of its words, such as `not_affected`. */
  readonly vex?: true
  /** The one alert that it is about, for an alert dismissed in code scanning; absent: every image. */
  readonly alert?: DismissedAlert
}

/** What a dismissed alert of code scanning was about. What it accepts is still uploaded, so that GitHub keeps it dismissed. */
export interface DismissedAlert {
  /** Name of the image, without tag and digest. */
  readonly image: string
  readonly platform: string
  readonly ecosystem: string
  readonly package: string
  /** The alert's page. */
  readonly url: string
}

/** A finding that an accepted risk hides, and which. */
export interface Suppressed {
  readonly finding: Finding
  readonly by: AcceptedRisk
  /** On which it is hidden. */
  readonly platforms: readonly string[]
}

/** What the policy says of an image. `incomplete`: something was not looked at, so nobody can say. */
export interface Verdict {
  readonly result: 'pass' | 'fail' | 'incomplete'
  /** Whole sentences without a full stop at the end, most important first; empty for a pass. */
  readonly reasons: readonly string[]
}
