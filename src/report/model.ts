import { oncePer } from '../lib/once-per.ts'
import type { Severity } from './severity.ts'

/** The layer that brought something in. Both digests stand in the same order in the manifest and in the image's config. */
export interface Layer {
  readonly digest: string
  readonly diffId: string
}

/** The line of the repository by which something came into the image. */
export interface Source {
  /** Relative to the repository's root, with slashes. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** True for what lies in a layer of the base image: the line is the `FROM` instruction. */
  readonly base: boolean
  /** That image with its arguments filled in (`debian:12`); absent where it is not known, and for what is not the base's. */
  readonly from?: string
}

/** One place where a vulnerable package lies. A package can be there several times, in several versions. */
export interface Occurrence {
  readonly installed: string
  /** Versions that fix it, as the advisory gives them ("1.2.3, 2.0.1"); empty while there is none. */
  readonly fixed: string
  /** Path inside the image of the file that is the package (`srv/app/node_modules/x/package.json`); empty for OS packages. */
  readonly path: string
  /** Package URL, empty where Trivy gives none. */
  readonly purl: string
  readonly layer?: Layer
  /** Where it is known for sure. */
  readonly source?: Source
}

/** One vulnerability of one package on one platform, however often the package is there. */
export interface Vulnerability {
  readonly kind: 'vulnerability'
  /** `CVE-…`, `GHSA-…` or the distributor's own. */
  readonly id: string
  readonly severity: Severity
  /** The distribution (`debian`, `alpine`) or the package URL's type (`npm`, `golang`). */
  readonly ecosystem: string
  readonly package: string
  /** True when at least one occurrence has a fix. */
  readonly fixable: boolean
  /** Sorted by path, then version; never empty. */
  readonly occurrences: readonly Occurrence[]
  readonly title: string
  readonly description: string
  /** The advisory's page, `https:` only; empty where there is none. */
  readonly url: string
  /** RFC 3339, empty where unknown. */
  readonly published: string
  /** It stands in the catalogue that `known-exploited` names. */
  readonly knownExploited?: true
}

/** A secret left in a layer. What it says is never kept, only where it is. */
export interface Secret {
  readonly kind: 'secret'
  /** Trivy's rule, `aws-access-key-id`. */
  readonly id: string
  readonly severity: Severity
  readonly title: string
  /** Path inside the image, or `image config` for one in the environment or the labels. */
  readonly path: string
  /** First line, from 1; 0 where it has none. */
  readonly line: number
  readonly layer?: Layer
  /** Where it is known for sure. */
  readonly source?: Source
}

/** What the scanner found, and what the policy judges. */
export type Finding = Vulnerability | Secret

/** What identifies a finding from build to build, within one image: never a version, tag, digest or line. */
export const identityOf: (finding: Finding) => string = oncePer(finding =>
  finding.kind === 'secret'
    ? JSON.stringify(['secret', finding.id, finding.path])
    : JSON.stringify([finding.ecosystem, finding.package, finding.id])
)

/** The operating system that was found. */
export interface OperatingSystem {
  readonly family: string
  readonly version: string
  /** True when its distributor no longer mends it. */
  readonly endOfLife: boolean
}

/** What a completed scan of one platform found. */
export interface Report {
  readonly os?: OperatingSystem
  /** Number of packages by ecosystem; empty when nothing was recognised. */
  readonly packages: Readonly<Record<string, number>>
  /** Most severe first, then by package and id. */
  readonly findings: readonly Finding[]
  /** What a VEX document says does not affect the image; not among the findings. Absent without VEX. */
  readonly exempt?: readonly Exempt[]
  /** What is shown and neither judged nor uploaded; absent unless `scanners` asks for it. */
  readonly remarks?: readonly Remark[]
}

/** A vulnerability that a VEX document takes out. */
export interface Exempt {
  readonly finding: Vulnerability
  /** The document, as the scanner names it. */
  readonly source: string
  /** `not_affected`, `fixed` and the like. */
  readonly status: string
  /** The document's justification or statement; may be empty. */
  readonly statement: string
}

/** A misconfiguration of the image's config, or a licence of something in it. */
export interface Remark {
  readonly kind: 'misconfiguration' | 'license'
  /** Trivy's check (`DS-0002`), or the licence's name (`GPL-3.0-only`). */
  readonly id: string
  readonly severity: Severity
  /** What the check says; for a licence its category (`restricted`). */
  readonly title: string
  /** Package or file that it is about; empty for the image as a whole. */
  readonly subject: string
  /** What to do; empty where nobody says. */
  readonly advice: string
  /** `https:` only; empty where there is none. */
  readonly url: string
}

/** A report in which nothing at all was recognised is never called clean. */
export function recognisedNothing(report: Report): boolean {
  return report.os === undefined && Object.keys(report.packages).length === 0
}

/** One platform of an image, scanned or not. */
export interface PlatformScan {
  /** `os/architecture[/variant]`. */
  readonly platform: string
  /** Digest of this platform's own manifest; absent for an image that was scanned from a file. */
  readonly digest?: string
  /** The report, or why there is none. */
  readonly result:
    | { readonly complete: true; readonly report: Report }
    | { readonly complete: false; readonly reason: string }
}

/** A finding and the platforms on which it is. */
export interface PlatformFinding {
  readonly finding: Finding
  readonly platforms: readonly string[]
}
