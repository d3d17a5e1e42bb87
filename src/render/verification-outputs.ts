import type { AnnotationPlace } from '../lib/log.ts'
import { plain } from './escape.ts'
import { type CheckedImage, OUTCOME_WORDS, passes, shortReference, whyRefused } from './verification-words.ts'

/** Errors that the runner keeps of a step. Source: actions/runner src/Runner.Worker/ExecutionContext.cs */
const MOST_ANNOTATIONS = 10

/** The outputs of verify/ by name, as verify/action.yml lists them. */
export function renderVerificationOutputs(images: readonly CheckedImage[]): Record<string, string> {
  return {
    verified: String(images.every(passes)),
    // Two references may be of one digest.
    images: [...new Set(images.filter(passes).flatMap(({ image }) => image ?? []))].join('\n'),
    results: JSON.stringify(images)
  }
}

/** An error for each image that is refused, at its line of the Dockerfile where it has one; ten at most, of which the last counts the rest. */
export function verificationErrors(
  images: readonly CheckedImage[]
): readonly { readonly message: string; readonly place: AnnotationPlace }[] {
  const refused = images.filter(image => !passes(image))
  const shown = refused.length > MOST_ANNOTATIONS ? refused.slice(0, MOST_ANNOTATIONS - 1) : refused
  const errors = shown.map(image => ({
    message: `${plain(shortReference(image.reference), 300)}: ${OUTCOME_WORDS[image.outcome]}${plain(whyRefused(image), 1500)}`,
    place: { title: `imgguard verify: ${OUTCOME_WORDS[image.outcome]}`, ...image.lines[0] }
  }))
  if (shown.length === refused.length) return errors
  const rest = refused.slice(shown.length).map(({ reference }) => plain(shortReference(reference), 100))
  const message = `${rest.length} more images are refused, all of them in the job summary: ${rest.join(', ')}`
  return [...errors, { message: plain(message, 1500), place: { title: 'imgguard verify' } }]
}
