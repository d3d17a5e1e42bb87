import { asArray, asObject, asString, isObject } from '../lib/json.ts'

/** One signature that `cosign verify` found good. */
export interface Verified {
  /** What was signed: a signature's own type, or the predicate type of an attestation, which cosign accepts as well. */
  readonly type: string
  readonly digest: string
  readonly annotations: Readonly<Record<string, string>>
}

/** The types that are signatures. Attestations by the same key pass `cosign verify` too, and are none. */
export const SIGNATURE_TYPES = {
  bundle: 'https://sigstore.dev/cosign/sign/v1',
  legacy: 'cosign container image signature'
} as const

/**
 * Reads what `cosign verify -o json` prints: one JSON list, after an empty line.
 * Format: sigstore/cosign specs/SIGNATURE_SPEC.md, "Simple Signing".
 * @throws TypeError or SyntaxError on anything else.
 */
export function parseVerified(stdout: string): readonly Verified[] {
  return asArray(JSON.parse(stdout), 'verify').map((element, index) => {
    const path = `verify[${index}]`
    const critical = asObject(asObject(element, path)['critical'], `${path}.critical`)
    const image = asObject(critical['image'], `${path}.critical.image`)
    return {
      type: asString(critical['type'], `${path}.critical.type`),
      digest: asString(image['docker-manifest-digest'], `${path}.critical.image.docker-manifest-digest`),
      annotations: textsOf(asObject(element, path)['optional'])
    }
  })
}

/**
 * True when one of `verified` is a signature proper, of this digest, with all of these annotations.
 */
export function includesSignature(
  verified: readonly Verified[],
  wanted: {
    readonly format: keyof typeof SIGNATURE_TYPES
    readonly digest: string
    readonly annotations: Readonly<Record<string, string>>
  }
): boolean {
  return verified.some(
    signature =>
      signature.type === SIGNATURE_TYPES[wanted.format] &&
      signature.digest === wanted.digest &&
      Object.entries(wanted.annotations).every(([key, value]) => signature.annotations[key] === value)
  )
}

/**
 * The members of an object as texts; none for anything else. What is no text is its JSON: left out it would look as if the signature said nothing of
 * it, such as of the repository that it is for.
 */
export function textsOf(value: unknown): Record<string, string> {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).map(([key, said]) => [key, typeof said === 'string' ? said : JSON.stringify(said)])
  )
}
