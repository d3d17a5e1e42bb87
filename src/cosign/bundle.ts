import { isObject, type JsonObject, text } from '../lib/json.ts'
import { SIGNATURE_TYPES } from './output.ts'

/** What a signature or attestation says of itself. Nothing of it is proved: it only helps to explain why cosign does not believe it. */
export interface Seen {
  /** False for an attestation. */
  readonly isSignature: boolean
  /** The predicate type, `''` for a legacy signature. */
  readonly type: string
  /** Signed by an identity, which a certificate names, not with a key. */
  readonly keyless: boolean
  /** It holds a proof of a log entry. */
  readonly logged: boolean
}

/**
 * Reads a Sigstore bundle. Format: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
 * @returns undefined for what is no bundle with a statement, which cosign passes over as well.
 */
export function readBundle(bytes: Buffer): Seen | undefined {
  const bundle = parseObject(bytes)
  const material = bundle?.['verificationMaterial']
  const envelope = bundle?.['dsseEnvelope']
  if (!isObject(material) || !isObject(envelope)) return undefined
  const type = text(parseObject(Buffer.from(text(envelope, 'payload'), 'base64')) ?? {}, 'predicateType')
  const { tlogEntries } = material
  return {
    isSignature: type === SIGNATURE_TYPES.bundle,
    type,
    keyless: 'certificate' in material || 'x509CertificateChain' in material,
    logged: Array.isArray(tlogEntries) && tlogEntries.length > 0
  }
}

/** Reads one layer of the manifest at a `.sig` or `.att` tag. Format: sigstore/cosign specs/SIGNATURE_SPEC.md, ATTESTATION_SPEC.md */
export function readLegacyLayer(layer: unknown, kind: 'sig' | 'att'): Seen {
  const given = isObject(layer) ? layer['annotations'] : undefined
  const annotations = isObject(given) ? given : {}
  return {
    isSignature: kind === 'sig',
    type: text(annotations, 'predicateType'),
    keyless: text(annotations, 'dev.sigstore.cosign/certificate') !== '',
    logged: text(annotations, 'dev.sigstore.cosign/bundle') !== ''
  }
}

function parseObject(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
