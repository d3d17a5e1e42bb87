import type { AcceptedRisk, Policy, Suppressed, Verdict } from '../policy/policy.ts'
import type { PlatformFinding, PlatformScan } from '../report/model.ts'
import type { Severity } from '../report/severity.ts'

/** What came of signing one image. */
export type Signing =
  /** `signed`: by this run; `already-signed`: a valid signature of an earlier run with the same content was kept. */
  | { readonly state: 'signed' | 'already-signed'; readonly verified: boolean; readonly formats: readonly string[] }
  /** Nothing was to be signed, and why: a sentence. `later`: it will be, on another event. */
  | { readonly state: 'skipped'; readonly reason: string; readonly remedy?: string; readonly later: boolean }
  /** It should have been signed and is not, or not wholly: `done` lists what was signed before it failed. */
  | { readonly state: 'failed'; readonly reason: string; readonly remedy?: string; readonly done: readonly string[] }

/** What was found in one image and what the policy says of it: all that code scanning is told. */
export interface JudgedImage {
  /** Without tag and digest: `ghcr.io/acme/app`; for a file, what the input `name` says. */
  readonly name: string
  /** As given by the user. */
  readonly references: readonly string[]
  /** Of what was asked for: the index, where it is one. Absent for an image scanned from a file. */
  readonly digest?: string
  readonly platforms: readonly PlatformScan[]
  /** Findings that nobody accepted, each once over all platforms, most severe first, down to the lowest severity; unfixable ones too. */
  readonly findings: readonly PlatformFinding[]
  readonly suppressed: readonly Suppressed[]
  readonly verdict: Verdict
}

/** Everything about one image that anybody is told. The one argument, with RunFacts, of all other renderers. */
export interface ImageOutcome extends JudgedImage {
  readonly signing: Signing
  /** The command by which anybody can check the signature; absent when there is none. */
  readonly verifyCommand?: string
}

/** What is the same for all images of one run. */
export interface RunFacts {
  /** `owner/name`. */
  readonly repository: string
  readonly sha: string
  /** Link to the workflow run. */
  readonly runUrl: string
  /** Link to the repository's code-scanning alerts of this ref. */
  readonly alertsUrl: string
  readonly policy: Policy
  /** `on-fail`. */
  readonly onFail: 'error' | 'warn'
  readonly minSeverity: Severity
  readonly keyFingerprint?: string
  /** Tool versions. */
  readonly versions: { readonly trivy: string; readonly cosign?: string }
  /** When the vulnerability database was built, RFC 3339. */
  readonly databaseUpdatedAt: string
  readonly now: Date
  /** Accepted risks that were read, whether or not they matched. */
  readonly accepted: readonly AcceptedRisk[]
  /** What was left out of the scan by input (`skip-dirs: /opt`). */
  readonly leftOut: readonly string[]
  /** What was not done and why: `comment: the token may not …`. */
  readonly skipped: readonly Skipped[]
}

/** Something that this run could not do. */
export interface Skipped {
  /** `code scanning`, `signature`, `comment`. */
  readonly what: string
  /** A sentence without a full stop. */
  readonly reason: string
  /** YAML that mends it, or a sentence that says what to do, where there is such. */
  readonly remedy?: string
}
