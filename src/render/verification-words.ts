import type { Verification, VerificationOutcome } from '../trust/trust.ts'
import { capital } from './tables.ts'
import { plural, withShortDigests } from './words.ts'

/** A line of a Dockerfile that names an image. */
export interface NamingLine {
  /** Path in the repository. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** What became of one image, and where it was asked for. */
export interface CheckedImage extends Verification {
  /** Empty for an image that only the input `image` names. */
  readonly lines: readonly NamingLine[]
}

/** All that verify/ tells of one run. */
export interface VerificationRun {
  /** In the order in which they were asked for. */
  readonly images: readonly CheckedImage[]
  /** What a reader must know before believing the result: sentences without a full stop. */
  readonly warnings: readonly string[]
  /** Sentences without a full stop that change nothing. */
  readonly notes: readonly string[]
}

/** Each outcome in a few words, for a table's cell and the middle of a sentence. */
export const OUTCOME_WORDS: Readonly<Record<VerificationOutcome, string>> = {
  verified: 'verified',
  'not-signed': 'not signed',
  'other-signer': 'signed by another key or identity',
  'other-digest': 'signed for another digest',
  'other-repository': 'signed for another repository',
  'only-attestation': 'only attested, not signed',
  'annotation-mismatch': 'annotation not as demanded',
  'not-logged': 'not in the transparency log',
  'not-attested': 'attestation missing',
  'attestation-refused': 'attestation refused',
  'tag-moved': 'tag moved',
  'not-allowed': 'not allowed',
  'not-pinned': 'not pinned by digest',
  'not-found': 'not found',
  unreachable: 'unreachable',
  error: 'could not be checked'
}

/** What to do where the decision itself does not say it: sentences without a full stop. What an error needs, its reason says. */
const REMEDIES: Readonly<Partial<Record<VerificationOutcome, string>>> = {
  'not-signed':
    'sign it with imgguard-action or cosign; where its signatures are in another repository, name that in signature-repository',
  'other-signer':
    'compare whom you trust with who publishes the image; after a rotation trust the new key beside the old one',
  'other-digest': 'do not use this image: somebody put the signature of another one beside it',
  'only-attestation': 'sign the image itself, as imgguard-action and `cosign sign` do',
  'annotation-mismatch':
    'take an image that was signed as demanded (this one may be from another branch), or change annotations',
  'not-attested': 'let its signer attest it, as attest: vuln or attest: sbom of imgguard-action does',
  'attestation-refused': 'scan or build it again and have that attested, or take an image of which that was done',
  'tag-moved': 'name the digest that you mean',
  'not-found': 'check name, tag and digest',
  unreachable: 'check the access to the registry, or run this again'
}

/** True for the one outcome that is a pass. */
export function passes({ outcome }: Verification): boolean {
  return outcome === 'verified'
}

/** The result in a line: "All 3 images are verified", "2 of 3 images are refused". */
export function resultInLine(images: readonly Verification[]): string {
  const refused = images.filter(image => !passes(image)).length
  if (images.length === 0) return 'There is no image to verify'
  if (refused === 0) return images.length === 1 ? 'The image is verified' : `All ${images.length} images are verified`
  if (images.length === 1) return 'The image is refused'
  return `${refused} of ${plural(images.length, 'image')} ${refused === 1 ? 'is' : 'are'} refused`
}

/** A reference as people read it: of a digest, which stands elsewhere in full, the first twelve digits. */
export function shortReference(reference: string): string {
  return reference.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]{52}$/, '$1')
}

/** Who signed, with the first eight digits of a key's fingerprint, which stands whole in `results`. */
export function shortSigner(signer: string): string {
  return signer.replace(/(SHA256:[0-9a-f]{8})[0-9a-f]{56}/g, '$1…')
}

/** Why an image is refused, to be read right after the words of its outcome: `: the tag is gone.` "Not signed: there is no signature" says it twice. */
export function reasonAfterOutcome({ outcome, reason }: Pick<Verification, 'outcome' | 'reason'>): string {
  const more = outcome === 'not-signed' ? /^there is no signature(|[,;].*)$/s.exec(reason)?.[1] : undefined
  return sentence(withShortDigests(more ?? `: ${reason}`))
}

/** What to do about a refusal, as a sentence; undefined where nothing more than the reason can be said. */
export function remedyOf({ outcome, remedy }: Pick<Verification, 'outcome' | 'remedy'>): string | undefined {
  const words = remedy ?? REMEDIES[outcome]
  return words === undefined ? undefined : sentence(capital(shortSigner(withShortDigests(words))))
}

/** Reason and remedy of a refusal, to be read right after the words of its outcome. */
export function whyRefused(image: Pick<Verification, 'outcome' | 'reason' | 'remedy'>): string {
  const remedy = remedyOf(image)
  const reason = reasonAfterOutcome(image)
  return remedy === undefined ? reason : `${reason} ${remedy}`
}

/** With a full stop, unless it ends with a mark of its own. */
export function sentence(text: string): string {
  return /[.?!…]$/.test(text) ? text : `${text}.`
}

/** `Dockerfile:1, Dockerfile:7`; empty for an image that only `image` names. */
export function linesInWords(lines: readonly NamingLine[]): string {
  return lines.map(({ file, line }) => `${file}:${line}`).join(', ')
}
