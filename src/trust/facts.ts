import type { Reference } from '../image/reference.ts'
import type { Severity } from '../report/severity.ts'
import type { Demand, SignedBy } from './trust.ts'

/** One signature that holds: of the right signer, for this digest, and a signature, not an attestation. */
export interface GoodSignature {
  /** For people: `key SHA256:…`, or `identity … (issuer …)`. */
  readonly signer: string
  readonly annotations: Readonly<Record<string, string>>
}

/** What came of asking for the signatures of one `signedBy` on one manifest. */
export type SignatureFact =
  | { readonly state: 'signed'; readonly signatures: readonly GoodSignature[] }
  | {
      readonly state:
        | 'not-signed'
        | 'other-signer'
        | 'other-digest'
        | 'only-attestation'
        | 'not-logged'
        | 'not-found'
        | 'unreachable'
        | 'error'
      /** A sentence without a full stop. */
      readonly reason: string
      readonly remedy?: string
    }

/** What was found of one of the rule's `signedBy`. */
export interface SignerFacts {
  /** The very object of the rule. */
  readonly signedBy: SignedBy
  /** By the manifest's digest: the image's own, and with `eachPlatform` every platform's. */
  readonly found: ReadonlyMap<string, SignatureFact>
}

/** A vulnerability as a signed scan tells it. */
export interface ScannedVulnerability {
  /** `CVE-2024-5535`. */
  readonly id: string
  readonly package: string
  readonly severity: Severity
  /** Whether there is a version without it. */
  readonly fixable: boolean
}

/** A `vuln` predicate, read. */
export interface SignedScan {
  readonly scannedAt: Date
  /** Options of the scan, as far as the signer tells, that may have narrowed it: `--skip-dirs=/opt`. */
  readonly parameters: readonly string[]
  /** Those that nobody accepted; one that was found in several places may stand there several times. */
  readonly vulnerabilities: readonly ScannedVulnerability[]
  /** What the signer accepted as a risk. It does not count. */
  readonly accepted: readonly { readonly id: string }[]
  /** False when the scan recognised neither an operating system nor packages. */
  readonly recognised: boolean
}

/** An SLSA provenance predicate, read; what it does not say is absent. */
export interface Provenance {
  /** `owner/name` on github.com, the whole URL elsewhere. */
  readonly repository?: string
  /** `.github/workflows/build.yml`. */
  readonly workflow?: string
  /** `refs/heads/main`. */
  readonly ref?: string
  readonly finishedOn?: Date
}

/** One statement that a believed signer made about a manifest. */
export interface StatementFact {
  /** Of the manifest that it is about. */
  readonly digest: string
  /** URI of the statement's own predicate type. */
  readonly predicateType: string
  /** For people: `key SHA256:…`. */
  readonly signer: string
  readonly says:
    | { readonly kind: 'scan'; readonly scan: SignedScan }
    | { readonly kind: 'provenance'; readonly provenance: Provenance }
    /** Of another type: that it is there is all that can be asked. */
    | { readonly kind: 'other' }
    /** It is not of the shape that its type promises, and why: a sentence without a full stop. */
    | { readonly kind: 'unreadable'; readonly reason: string }
}

/** What was found of one of the rule's `attested`. */
export interface DemandFacts {
  /** The very object of the rule. */
  readonly demand: Demand
  /** On the image and on each of its platforms. */
  readonly statements: readonly StatementFact[]
  /** What lies there and did not hold, in cosign's words: a sentence without a full stop. */
  readonly refused?: string
  /** Nobody could look, and why. */
  readonly problem?: { readonly outcome: 'unreachable' | 'error'; readonly reason: string; readonly remedy?: string }
}

/** All that was found out about one image. */
export interface Facts {
  /** As asked for. */
  readonly reference: Reference
  /** What it is now: the manifest or index. */
  readonly digest: string
  /** What can run: each platform of an index, or the one manifest itself with the digest above. */
  readonly platforms: readonly { readonly platform: string; readonly digest: string }[]
  /** Where the tag is, if not at `digest`: `elsewhere` when a digest stands beside it, `moved` when it changed while we looked. */
  readonly tag?: { readonly state: 'elsewhere' | 'moved'; readonly digest: string }
  readonly signatures: readonly SignerFacts[]
  readonly attested: readonly DemandFacts[]
  readonly now: Date
}
