import { csvField } from '../process/csv.ts'
import type { Authority, SigningKey, SigstoreFiles } from './cosign.ts'
import { keyArguments } from './key.ts'
import type { SigstoreService } from './services.ts'

/** How a signature is stored: a Sigstore bundle beside the image (cosign 3), or the `.sig` tag that older readers know. */
export type SignatureFormat = 'bundle' | 'legacy'

/** What every signature and attestation of one run has in common. */
export interface SignatureOptions {
  readonly format: SignatureFormat
  /** Whether it is put into a transparency log. */
  readonly log: boolean
  /** An own Sigstore. A signing config is for bundles only: cosign refuses it for the legacy format. */
  readonly sigstore?: SigstoreFiles
  /** What its signing config names; the public Sigstore's where absent. */
  readonly services?: readonly SigstoreService[]
  /** `host/repository` where it goes, when not beside the image. */
  readonly signatureRepository?: string
}

/**
 * Arguments of `cosign sign`.
 * @param reference `repository@sha256:…`.
 * @param bundleFile where a copy of the bundle goes; its SHA-256 is the digest of the layer that is pushed. Only for the bundle format.
 */
export function signArguments(
  reference: string,
  key: SigningKey,
  options: SignatureOptions,
  annotations: Readonly<Record<string, string>>,
  bundleFile: string
): string[] {
  const said = Object.entries(annotations).flatMap(([name, value]) => ['-a', csvField(`${name}=${value}`)])
  return ['sign', ...keyArguments(key), '--yes', ...signFlags(options, bundleFile), ...said, '--', reference]
}

/**
 * Arguments of `cosign attest`.
 * @param predicate.type one of cosign's short names (`vuln`, `cyclonedx`) or the predicate type's URI.
 * @param predicate.file absolute path of the predicate's JSON.
 * @param bundleFile as for `signArguments`.
 */
export function attestArguments(
  reference: string,
  key: SigningKey,
  options: SignatureOptions,
  predicate: { readonly type: string; readonly file: string },
  bundleFile: string
): string[] {
  const what = ['--type', predicate.type, '--predicate', predicate.file]
  return ['attest', ...keyArguments(key), '--yes', ...what, ...signFlags(options, bundleFile), '--', reference]
}

function signFlags({ format, log, sigstore = {} }: SignatureOptions, bundleFile: string): string[] {
  const { signingConfig, trustedRoot } = sigstore
  // Without a log both flags are needed: one alone is refused, or still asks the public Sigstore (cosign internal/key/…/signcommon).
  const none = ['--use-signing-config=false', '--tlog-upload=false']
  if (format === 'legacy') return ['--new-bundle-format=false', ...(log ? ['--use-signing-config=false'] : none)]
  const config = signingConfig === undefined ? [] : ['--signing-config', signingConfig]
  const root = trustedRoot === undefined ? [] : ['--trusted-root', trustedRoot]
  const services = signingConfig === undefined && !log ? none : [...config, ...root]
  return [...services, '--bundle', bundleFile]
}

/** Flags that name who is believed. */
export function authorityFlags(authority: Authority, keyReference: string): string[] {
  if (authority.kind === 'key') return ['--key', keyReference]
  const { identity, issuer } = authority
  const named =
    'exactly' in identity
      ? ['--certificate-identity', identity.exactly]
      : ['--certificate-identity-regexp', identity.regexp]
  return [...named, '--certificate-oidc-issuer', issuer]
}

/** Flags that say whether a log is asked for, and what it is checked with. */
export function logFlags({ log, sigstore }: Pick<SignatureOptions, 'log' | 'sigstore'>): string[] {
  if (!log) return ['--insecure-ignore-tlog=true']
  return sigstore?.trustedRoot === undefined ? [] : ['--trusted-root', sigstore.trustedRoot]
}
