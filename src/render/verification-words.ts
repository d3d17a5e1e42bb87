import type { Verification, VerificationOutcome } from '../trust/trust.ts'
import { capital } from './tables.ts'
import { plural } from './words.ts'

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
  unreachable: 'registry unreachable',
  error: 'could not be checked'
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

/** The reason, which can begin with the name of a host and so is not capitalised, and the remedy as a sentence of its own. */
export function reasonWithRemedy({ reason, remedy }: Pick<Verification, 'reason' | 'remedy'>): string {
  const said = `${reason.replace(/\.$/, '')}.`
  return remedy === undefined ? said : `${said} ${capital(remedy).replace(/\.$/, '')}.`
}

/** `Dockerfile:1, Dockerfile:7`; empty for an image that only `image` names. */
export function linesInWords(lines: readonly NamingLine[]): string {
  return lines.map(({ file, line }) => `${file}:${line}`).join(', ')
}
