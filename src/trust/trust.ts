import type { Severity } from '../report/severity.ts'

/** A public key, as it was given: recognised, not yet read. */
export type KeySource =
  | { readonly kind: 'pem'; readonly pem: string }
  /** Of a file with the PEM, relative to the workspace. */
  | {
      readonly kind: 'path'
      readonly path: string
      /** Where the policy file names it, for people: `.github/imgguard.yml:4:22`; absent for the input `key`. */
      readonly place?: string
    }
  | { readonly kind: 'kms'; readonly reference: string }

/** Who is believed: whoever holds one of the keys, or whom a certificate names. */
export type Signer =
  | { readonly kind: 'keys'; readonly keys: readonly KeySource[] }
  | {
      readonly kind: 'identity'
      /** What the certificate names, or a regular expression (RE2) that matches the whole of it. */
      readonly identity: { readonly exactly: string } | { readonly regexp: string }
      /** Who vouches for it: the certificate's OIDC issuer. */
      readonly issuer: string
    }

/** Whose signature is asked for, and what it must be like. */
export interface SignedBy {
  readonly signer: Signer
  /** What the signature must say beside the digest. */
  readonly annotations: Readonly<Record<string, string>>
  /** Whether it must be in a transparency log: where nothing is said, ignored for a key, required for an identity. */
  readonly log: 'required' | 'ignored'
  /** `host/repository` where the signatures are, when not beside the image. */
  readonly signatureRepository?: string
  /** Whether each platform of an index must be signed as well, for readers that look at the platform's own manifest only (podman). */
  readonly eachPlatform: boolean
}

/** What must have been attested. */
export interface Demand {
  /** cosign's short name (`vuln`, `cyclonedx`, `slsaprovenance1`) or the predicate type's URI; `predicateTypeOf` makes it a URI. */
  readonly type: string
  /**
   * Of whom; any of them is enough, and there is at least one: the rule's own signers where the demand names none. Their `annotations` and
   * `eachPlatform` are about signatures and mean nothing here.
   */
  readonly signedBy: readonly SignedBy[]
  /** Milliseconds; for `vuln` since the scan, for SLSA provenance since the end of the build, which the predicate says. */
  readonly maxAgeMs?: number
  /** `vuln` only: the lowest severity of a vulnerability that refuses the image. */
  readonly failOn?: Severity
  /** `vuln` only: whether vulnerabilities without a fix are left out. */
  readonly ignoreUnfixed: boolean
  /** SLSA provenance only: `owner/name` of the repository whose workflow built it. */
  readonly repository?: string
  /** SLSA provenance only: path of the workflow file. */
  readonly workflow?: string
  /** SLSA provenance only: `refs/heads/main`. */
  readonly ref?: string
}

/** What is demanded of the images that it matches: at least one of `signedBy`, `attested` and `pinned`. */
export interface Rule {
  /** A glob over `registry/repository`, as given: `ghcr.io/acme/**`. */
  readonly match: string
  /** Where it stands, for people: `.github/imgguard.yml:4`, or `the inputs`. */
  readonly place: string
  /** Any of them is enough; empty where no signature is demanded. */
  readonly signedBy: readonly SignedBy[]
  /** All of them. */
  readonly attested: readonly Demand[]
  /** Whether the reference must name a digest. */
  readonly pinned: boolean
}

/** The first rule that matches decides; what none matches is denied. */
export interface TrustPolicy {
  /** The file, for people: `.github/imgguard.yml`, or `the inputs`. */
  readonly name: string
  readonly rules: readonly Rule[]
}

/** What can come of looking at one image. Only `verified` is a pass. */
export const OUTCOMES = [
  'verified',
  /** Nothing of anybody is there. */
  'not-signed',
  /** There are signatures, by another key or identity. */
  'other-signer',
  /** A signature that lies here is for another digest. */
  'other-digest',
  /** The signature says that it belongs to another repository. */
  'other-repository',
  /** The right signer, but only an attestation, which is no signature. */
  'only-attestation',
  'annotation-mismatch',
  /** By the right signer, but not in the transparency log that is required. */
  'not-logged',
  /** An attestation that is asked for is not there, for the image or one of its platforms. */
  'not-attested',
  /** It is there, and says what is not allowed: too old, in the future, findings, another repository, workflow or ref. */
  'attestation-refused',
  /** The tag is somewhere else than the digest beside it, or went there meanwhile. */
  'tag-moved',
  /** No rule names this registry or image. */
  'not-allowed',
  /** The rule demands a digest in the reference. */
  'not-pinned',
  'not-found',
  /** Nobody could look: never a pass. */
  'unreachable',
  /** Something of ours is wrong: a key that cannot be read, a trusted root that is none; or the image is such that nobody can say what is pulled. */
  'error'
] as const

/** One of them. */
export type VerificationOutcome = (typeof OUTCOMES)[number]

/** What became of one image. */
export interface Verification {
  /** As given. */
  readonly reference: string
  /** `registry/repository@sha256:…`; absent where the digest is not known. */
  readonly image?: string
  readonly digest?: string
  readonly outcome: VerificationOutcome
  /** A sentence without a full stop. */
  readonly reason: string
  readonly remedy?: string
  /** `key SHA256:…` or `identity … (issuer …)`; absent unless somebody is believed. */
  readonly signer?: string
  /** The rule that decided: its place and glob. */
  readonly rule?: string
  /** What is worth knowing although it changes nothing: sentences without a full stop. */
  readonly notes: readonly string[]
}
