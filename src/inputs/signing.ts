import { parseReference, type Reference } from '../image/reference.ts'
import { attempt, type Fields, optional, type RawInputs, shown } from './fields.ts'
import { recogniseKey } from './key.ts'

/** Events on which a key may be used at all; what each of them allows is in github/abilities.ts. */
const SIGN_ON = ['push', 'release', 'workflow_dispatch', 'schedule', 'merge_group', 'pull_request'] as const

const SIGN = ['passing', 'always', 'never'] as const
const FORMATS = ['auto', 'bundle', 'legacy', 'both'] as const
const LOG = ['auto', 'true', 'false'] as const
const ATTEST = ['sbom', 'vuln'] as const
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/

/** Annotations that are always ours. */
const OWN_ANNOTATIONS = ['repository', 'revision', 'ref', 'event', 'run']

/** What is to sign. */
export type SignWith =
  | { readonly kind: 'pem'; readonly pem: string; readonly password: string }
  | { readonly kind: 'kms'; readonly reference: string }
  | { readonly kind: 'keyless' }

/** Where a digest is to go once it is trusted: a tag beside it, or another place. */
export type PromotionTarget = { readonly tag: string } | { readonly reference: Reference & { readonly tag: string } }

/** What the workflow's author wants signed, by what, and what follows from it. */
export interface SigningConfig {
  /** Absent when neither a key nor keyless was given. */
  readonly signWith?: SignWith
  /** PEM, or a path relative to the workspace. */
  readonly publicKey?: string
  readonly sign: (typeof SIGN)[number]
  readonly signOn: readonly string[]
  readonly signatureFormat: (typeof FORMATS)[number]
  readonly transparencyLog: (typeof LOG)[number]
  readonly annotations: Readonly<Record<string, string>>
  /** Where signatures and attestations go; beside the image where absent. */
  readonly signatureRepository?: Reference
  readonly attest: readonly (typeof ATTEST)[number][]
  readonly promote: readonly PromotionTarget[]
  /** Paths relative to the workspace, of an own Sigstore. */
  readonly signingConfig?: string
  readonly trustedRoot?: string
}

/** Reads the inputs about signing; problems of `fields` where they cannot be understood or contradict each other. */
export function parseSigning(fields: Fields, raw: RawInputs): SigningConfig {
  const config: SigningConfig = {
    ...optional('signWith', parseSignWith(fields, raw)),
    ...optional('publicKey', fields.text('cosign-public-key')),
    sign: fields.choice('sign', SIGN),
    signOn: fields.choices('sign-on', SIGN_ON),
    signatureFormat: fields.choice('signature-format', FORMATS),
    transparencyLog: fields.choice('transparency-log', LOG),
    annotations: parseAnnotations(fields, raw['annotations'] ?? ''),
    ...optional('signatureRepository', parseRepository(fields)),
    attest: fields.choices('attest', ATTEST),
    promote: fields.list('promote').flatMap(entry => parseTarget(fields, entry)),
    ...optional('signingConfig', fields.text('signing-config')),
    ...optional('trustedRoot', fields.text('trusted-root'))
  }
  rejectContradictions(fields, config)
  return config
}

function rejectContradictions(fields: Fields, config: SigningConfig): void {
  const { signWith, transparencyLog, signatureFormat, signingConfig } = config
  const legacy = signatureFormat === 'legacy' || signatureFormat === 'both'
  if (signWith?.kind === 'keyless' && transparencyLog === 'false')
    fields.reject(
      'keyless needs the transparency log, which proves that the short-lived certificate was valid; remove transparency-log: false, or sign with cosign-key'
    )
  if (legacy && signingConfig !== undefined)
    fields.reject(
      `signature-format is ${signatureFormat}, but cosign takes a signing-config for bundles only; set signature-format: bundle, or remove signing-config`
    )
  if (transparencyLog === 'false' && signingConfig !== undefined)
    fields.reject(
      'transparency-log is false, but signing-config says which log to use; remove one of them (a signing config without a log needs no transparency-log: false)'
    )
  if (legacy && config.trustedRoot !== undefined && transparencyLog === 'true')
    fields.reject(
      `signature-format is ${signatureFormat}, but cosign looks a legacy signature up in the public log only, whatever trusted-root says; set signature-format: bundle`
    )
}

function parseSignWith(fields: Fields, raw: RawInputs): SignWith | undefined {
  const given = fields.text('cosign-key')
  if (fields.boolean('keyless')) {
    if (given !== undefined)
      fields.reject('keyless is true and cosign-key is given; remove one of them, since an image has one signer')
    return { kind: 'keyless' }
  }
  if (given === undefined) return undefined
  const shape = recogniseKey(given)
  if ('problem' in shape) {
    fields.reject(shape.problem)
    return undefined
  }
  if ('reference' in shape) return { kind: 'kms', reference: shape.reference }
  // A password may begin and end in anything but a line break, which files that it was read from have.
  return { kind: 'pem', pem: shape.pem, password: (raw['cosign-password'] ?? '').replace(/[\r\n]+$/, '') }
}

function parseAnnotations(fields: Fields, given: string): Record<string, string> {
  const annotations: Record<string, string> = {}
  for (const line of given.split('\n').map(entry => entry.trim())) {
    if (line === '') continue
    const [, key = '', value = ''] = /^([A-Za-z0-9][A-Za-z0-9._/-]*)=(.*)$/.exec(line) ?? []
    if (key === '')
      fields.reject(
        `annotations has the line "${shown(line)}"; each line is key=value, the key of letters, digits and . _ / -`
      )
    else if (OWN_ANNOTATIONS.includes(key))
      fields.reject(`annotations sets "${key}", which is always set from the workflow run; choose another key`)
    else if (Object.hasOwn(annotations, key)) fields.reject(`annotations sets "${key}" twice; remove one of the lines`)
    else annotations[key] = value
  }
  return annotations
}

function parseRepository(fields: Fields): Reference | undefined {
  const given = fields.text('signature-repository')
  if (given === undefined) return undefined
  const [reference] = attempt(fields, 'signature-repository', () => parseReference(given))
  if (reference !== undefined && (reference.tag !== undefined || reference.digest !== undefined))
    fields.reject(`signature-repository is "${shown(given)}"; it is a repository without tag and digest`)
  return reference
}

/** A name without `/` and `:` is a tag beside the image; everything else is a reference. */
function parseTarget(fields: Fields, entry: string): PromotionTarget[] {
  if (TAG.test(entry)) return [{ tag: entry }]
  const [reference] = attempt(fields, 'promote', () => parseReference(entry))
  if (reference === undefined) return []
  const { registry, repository, tag, digest } = reference
  if (digest !== undefined)
    fields.reject(`promote has "${shown(entry)}"; leave the digest out, which is that of the image`)
  if (tag === undefined) fields.reject(`promote has "${shown(entry)}"; name the tag as well, such as ${entry}:latest`)
  return tag === undefined ? [] : [{ reference: { registry, repository, tag } }]
}
