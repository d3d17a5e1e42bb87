import { formatReference, parseReference, type Reference } from '../image/reference.ts'
import { problemOfRepository } from '../trust/signer-fields.ts'
import type { Rule } from '../trust/trust.ts'
import { parseDemands } from './demands.ts'
import { attempt, createFields, type Fields, optional, type RawInputs, shown } from './fields.ts'
import { misplacedSecrets } from './misplaced-secret.ts'
import { parseRegistry, parseUrl, refuse } from './scan-config.ts'
import { parseSigners } from './signers.ts'
import { VERIFY_INPUTS } from './verify-defaults.ts'

/** Inputs that say whom to trust. */
const WHO = ['key', 'certificate-identity', 'certificate-identity-regexp', 'certificate-oidc-issuer'] as const

/** All that a policy file says in their place. */
const TRUST = [...WHO, 'attested', 'annotations', 'transparency-log'] as const

/** Who is trusted: as a file says, or one rule for all images. */
export type TrustSource =
  /** Relative to the workspace. */
  { readonly kind: 'policy-file'; readonly path: string } | { readonly kind: 'rule'; readonly rule: Rule }

/** What is to be verified and whom to believe. */
export interface VerifyConfig {
  /** Each as it was given, and read; none twice. */
  readonly images: readonly { readonly text: string; readonly reference: Reference }[]
  /** Path relative to the workspace. */
  readonly dockerfile?: string
  readonly trust: TrustSource
  /** `host/repository` where signatures are, for every signer of whom the policy says nothing else. */
  readonly signatureRepository?: string
  /** Path relative to the workspace, of an own Sigstore's trusted root. */
  readonly trustedRoot?: string
  readonly registry?: { readonly username: string; readonly password: string }
  readonly toolsMirror?: string
  /** A path relative to the workspace, or the JSON itself. */
  readonly toolsManifest?: string
  readonly timeoutMs: number
}

/**
 * Checks all inputs of verify/.
 * @throws UserError with every problem, one a line; nothing that looks like a secret is in it.
 */
export function parseVerifyConfig(raw: RawInputs): VerifyConfig {
  refuse(misplacedSecrets(raw, ['registry-password']))
  const fields = createFields(raw, VERIFY_INPUTS)
  const config: VerifyConfig = {
    images: parseImageLines(fields),
    ...optional('dockerfile', fields.text('dockerfile')),
    trust: parseTrust(fields),
    ...optional('signatureRepository', parseSignatureRepository(fields)),
    ...optional('trustedRoot', fields.text('trusted-root')),
    ...parseRegistry(fields),
    ...optional('toolsMirror', parseUrl(fields, 'tools-mirror')),
    ...optional('toolsManifest', fields.text('tools-manifest')),
    timeoutMs: fields.duration('timeout')
  }
  if (fields.list('image').length === 0 && config.dockerfile === undefined)
    fields.reject(
      'image and dockerfile are both empty; give the references to verify, or the Dockerfile that names them'
    )
  if (config.registry !== undefined && fields.list('image').length === 0)
    fields.reject(
      'registry-username is for the registry of image, and image is empty; use docker/login-action for the registries of a Dockerfile'
    )
  refuse(fields.problems)
  return config
}

function parseImageLines(fields: Fields): VerifyConfig['images'] {
  return [...new Set(fields.list('image'))].flatMap(text => {
    const [, kind] = /^(oci-layout|docker-archive|docker-daemon):/.exec(text) ?? []
    if (kind === undefined) return attempt(fields, 'image', () => ({ text, reference: parseReference(text) }))
    fields.reject(
      `image has "${shown(text)}"; signatures are in a registry, so give the reference of an image that is in one`
    )
    return []
  })
}

function parseTrust(fields: Fields): TrustSource {
  const path = fields.text('policy')
  // Beside a policy, too: what is wrong with them is told at once, not when the policy is gone.
  const signedBy = parseSigners(fields)
  const attested = parseDemands(fields).map(demand => ({ ...demand, signedBy }))
  if (path !== undefined) {
    rejectSecondTruth(fields)
    return { kind: 'policy-file', path }
  }
  if (WHO.every(name => fields.text(name) === undefined))
    fields.reject(
      'nothing says whom to trust; give policy, or key (a public key, its path, or a KMS reference), or certificate-identity and certificate-oidc-issuer'
    )
  return { kind: 'rule', rule: { match: '**', place: 'the inputs', signedBy, attested, pinned: false } }
}

function rejectSecondTruth(fields: Fields): void {
  const given = TRUST.filter(name => (fields.text(name) ?? '') !== VERIFY_INPUTS[name])
  if (given.length > 0)
    fields.reject(
      `policy is given together with ${given.join(', ')}, and both would say whom to trust; write it into the policy file, or remove policy`
    )
}

function parseSignatureRepository(fields: Fields): string | undefined {
  const given = fields.text('signature-repository')
  if (given === undefined) return undefined
  const problem = problemOfRepository(given)
  if (problem === undefined) return formatReference(parseReference(given))
  fields.reject(`signature-repository ${problem}`)
  return undefined
}
