import type { Run } from '../process/command.ts'

/** Cosign, ready to run. */
export interface Cosign {
  readonly run: Run
  /** Absolute path of the program whose bytes were hashed. */
  readonly file: string
  readonly version: string
  /** Environment of a child at home in `directory` that may log in to the registries `hosts`: no program on PATH, no helper, no key. */
  readonly environment: (directory: string, ...hosts: readonly string[]) => Record<string, string>
  /** Makes a fresh empty directory to stand in. */
  readonly emptyDirectory: (name: string) => Promise<string>
  /** Wall-clock limit of one call in milliseconds; cosign's own `--timeout` does not bound the password, the log or the time stamp. */
  readonly timeoutMs: number
}

/** What signs. */
export type SigningKey =
  /** A key of our own: PEM and password reach a child by environment and nothing else. */
  | { readonly kind: 'pem'; readonly pem: string; readonly password: string }
  /** A key in a key store, and the variables by which its provider is reached: the only ones of the step that the child gets. */
  | { readonly kind: 'kms'; readonly reference: string; readonly env: Readonly<Record<string, string>> }
  /** The workflow's own identity: a fresh OIDC token for each call, for Sigstore and nobody else. */
  | { readonly kind: 'keyless'; readonly token: () => Promise<string> }

/** Who is believed: a public key, or an identity that a certificate names. */
export type Authority =
  | {
      readonly kind: 'key'
      readonly pem: string
      /** `SHA256:` and the hex digest of the DER SubjectPublicKeyInfo. */
      readonly fingerprint: string
    }
  | {
      readonly kind: 'identity'
      /** What the certificate's subject alternative name is, or a regular expression (RE2) that matches it. */
      readonly identity: { readonly exactly: string } | { readonly regexp: string }
      /** Who vouches for it: the certificate's OIDC issuer. */
      readonly issuer: string
    }

/** An own Sigstore; what is absent is the public one's. Absolute paths. */
export interface SigstoreFiles {
  readonly signingConfig?: string
  readonly trustedRoot?: string
}

/** How a signature or attestation is looked at. */
export interface VerifyOptions {
  /** Whether it must be in a transparency log. Ignored: only the registry is contacted. */
  readonly log: 'required' | 'ignored'
  /** Absolute path; the public Sigstore's where absent. */
  readonly trustedRoot?: string
  /** `host/repository` where signatures are, when not beside the image. */
  readonly signatureRepository?: string
}
