import type { AcceptedRisk, Policy, Suppressed, Verdict } from '../policy/policy.ts'
import type { PlatformFinding, PlatformScan } from '../report/model.ts'
import type { Severity } from '../report/severity.ts'

/** What came of signing one image. */
export type Signing =
  /** `signed`: by this run; `already-signed`: a valid signature of an earlier run with the same content was kept. */
  | { readonly state: 'signed' | 'already-signed'; readonly verified: boolean; readonly formats: readonly string[] }
  /** The image was not to be signed, and why: a sentence. */
  | {
      readonly state: 'skipped'
      readonly reason: string
      readonly remedy?: string
      /** It will be, on another event. */
      readonly later: boolean
      /** The platforms that were scanned are signed, each by itself. */
      readonly platformsSigned?: true
    }
  /** It should have been signed and is not, or not wholly: `done` lists what was signed before it failed. */
  | { readonly state: 'failed'; readonly reason: string; readonly remedy?: string; readonly done: readonly string[] }

/** What came of attesting one thing about one platform. */
export interface Evidence {
  readonly type: 'sbom' | 'vuln'
  readonly platform: string
  /** `already-attested`: one that says the same is there and younger than a day. */
  readonly state: 'attested' | 'already-attested' | 'failed'
  /** Why it failed: a sentence without a full stop. */
  readonly reason?: string
  readonly remedy?: string
}

/** What became of one tag that the digest was to get. */
export interface PromotedTag {
  /** `ghcr.io/acme/app:latest`. */
  readonly reference: string
  /** `kept`: what is there belongs to a newer run, which is no failure. `missed`: not tried, since another one failed first. */
  readonly state: 'moved' | 'already-there' | 'kept' | 'failed' | 'missed'
  /** What it pointed at before; absent where there was nothing. */
  readonly from?: string
  readonly reason?: string
  readonly remedy?: string
}

/** What came of promoting the digest. */
export type Promotion =
  | { readonly state: 'done'; readonly tags: readonly PromotedTag[] }
  /** Nothing was moved, and why. `failed`: it should have been. */
  | { readonly state: 'skipped'; readonly reason: string; readonly failed: boolean; readonly remedy?: string }

/** What is signed already, where this run signs nothing but was told whose signature to expect (`cosign-public-key`). */
export type SignatureCheck =
  | { readonly state: 'good'; readonly signer: string }
  /** `gone`: an attestation by the key shows that it was signed once. */
  | { readonly state: 'gone' | 'absent' | 'bad' | 'unreachable'; readonly reason: string; readonly remedy?: string }

/** What an image was compared with. */
export type Baseline =
  | {
      readonly state: 'compared'
      /** As people know it: `ghcr.io/acme/app:main`. */
      readonly reference: string
      readonly digest: string
      /** It is what an attestation says of this very image: vulnerabilities only, no secrets. `reference` says when it was scanned. */
      readonly signedScan?: true
      /** Findings that the baseline does not have, with the platforms on which it does not. A part of the image's findings. */
      readonly added: readonly PlatformFinding[]
      /** Findings of the baseline that are gone, with the platforms on which they are. */
      readonly fixed: readonly PlatformFinding[]
      /** All findings of the baseline that nobody accepted, for its counts. */
      readonly before: readonly PlatformFinding[]
    }
  /** A comparison was wanted and there is none: why, a sentence without a full stop. */
  | { readonly state: 'none'; readonly reason: string }

/** What turns the step red because of what was found, before `on-fail` is asked. */
export interface Gate {
  /** `new`: only what the baseline does not have counts. The verdict, and so the signature, never depends on it. */
  readonly scope: 'all' | 'new'
  /** Sentences without a full stop; empty: the step stays green. */
  readonly reasons: readonly string[]
}

/** What a rebuild on today's image of the same `FROM` tag would change. */
export type RebuildAdvice =
  | {
      readonly state: 'newer'
      /** `debian:12`, as the Dockerfile has it. */
      readonly base: string
      /** `FROM` names a digest beside the tag: a rebuild changes nothing before that is raised. */
      readonly pinned?: true
      /** What a rebuild alone removes; empty when it fixes nothing. A part of the image's findings. */
      readonly fixes: readonly PlatformFinding[]
    }
  /** The image is built on today's base already. */
  | { readonly state: 'current'; readonly base: string }
  /** Nobody can say, and why: a sentence without a full stop. */
  | { readonly state: 'unknown'; readonly reason: string }

/** What was found in one image and what the policy says of it: all that code scanning is told. */
export interface JudgedImage {
  /** Without tag and digest: `ghcr.io/acme/app`; for a file, what the input `name` says. */
  readonly name: string
  /** As given by the user. */
  readonly references: readonly string[]
  /** Of what was asked for: the index, where it is one. Absent for an image scanned from a file. */
  readonly digest?: string
  readonly platforms: readonly PlatformScan[]
  /** Platforms of the image that the input `platforms` leaves out. */
  readonly platformsLeftOut: readonly string[]
  /** Findings that nobody accepted, each once over all platforms, most severe first, down to the lowest severity; unfixable ones too. */
  readonly findings: readonly PlatformFinding[]
  readonly suppressed: readonly Suppressed[]
  readonly verdict: Verdict
  readonly gate: Gate
  /** Absent when nothing was to be compared. */
  readonly baseline?: Baseline
}

/** Everything about one image that anybody is told. The one argument, with RunFacts, of all other renderers. */
export interface ImageOutcome extends JudgedImage {
  readonly signing: Signing
  /** The command by which anybody can check the signature; absent when there is none. */
  readonly verifyCommand?: string
  /** Absent when nobody asked for it. */
  readonly rebuild?: RebuildAdvice
  /** Absent unless `attest` asks for it and the image, or what was scanned of it, was signed. */
  readonly evidence?: readonly Evidence[]
  /** Why nothing was attested although `attest` asks for it: a sentence without a full stop. */
  readonly evidenceSkipped?: string
  /** Absent unless `promote` asks for it. */
  readonly promotion?: Promotion
  /** Absent where this run signs, or was not told whose signature to expect. */
  readonly signatureCheck?: SignatureCheck
}

/** What is the same for all images of one run. */
export interface RunFacts {
  /** `owner/name`. */
  readonly repository: string
  /** The commit that people know: of a pull request its head. */
  readonly sha: string
  /** The commit that actions/checkout takes by itself, of which lines of files are told: of a pull request the merge. */
  readonly sourceSha: string
  /** Web address of the GitHub server, without a slash at the end. */
  readonly serverUrl: string
  /** Link to the workflow run. */
  readonly runUrl: string
  /** Link to the repository's code-scanning alerts of this ref. */
  readonly alertsUrl: string
  readonly policy: Policy
  /** `on-fail`. */
  readonly onFail: 'error' | 'warn'
  readonly minSeverity: Severity
  readonly keyFingerprint?: string
  /** Whose certificate signs, where no key does. */
  readonly identity?: { readonly identity: string; readonly issuer: string }
  /** PEM of the public half of the key that signed, for policies to be pasted; absent when nothing was to be signed. */
  readonly publicKey?: string
  /** The command by which who may use the key store writes cosign.pub; absent unless the key is in one. */
  readonly publicKeyCommand?: string
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
