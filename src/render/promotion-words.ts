import type { Failure } from './evidence-words.ts'
import type { ImageOutcome, PromotedTag } from './outcome.ts'
import { besideSignature } from './signature-words.ts'
import { plural, shortDigest, withShortDigests } from './words.ts'

/** Tags that are named. */
const MOST_TAGS = 10

/**
 * What was moved, and what was not although nothing failed: "promoted: latest, 1.4 → sha256:1a2b3c4d5e6f; kept: 1, which belongs to a newer
 * run"; empty where nothing was to be promoted, or where all that is to be said is a failure.
 */
export function promotedInWords(image: ImageOutcome): string {
  const { promotion, name, digest } = image
  if (promotion === undefined) return ''
  if (promotion.state === 'skipped')
    return promotion.failed ? '' : `not promoted: ${besideSignature(promotion.reason, image)}`
  const named = (state: PromotedTag['state']) => namesOf(promotion.tags, state, name)
  const [moved, there] = [named('moved'), named('already-there')]
  const kept = promotion.tags.filter(({ state }) => state === 'kept')
  return [
    ...(moved === '' ? [] : [`promoted: ${moved}${digest === undefined ? '' : ` → ${shortDigest(digest)}`}`]),
    ...(there === '' ? [] : [`there already: ${there}`]),
    ...kept
      .slice(0, MOST_TAGS)
      .map(
        ({ reference, reason }) => `kept: ${shortName(reference, name)}${reason === undefined ? '' : `, as ${reason}`}`
      )
  ].join('; ')
}

/** Why the digest did not get all its tags, with what was moved and what not; nothing where it did, or was not to. */
export function promotionFailure({ promotion, name }: ImageOutcome): Failure | undefined {
  if (promotion === undefined) return undefined
  if (promotion.state === 'skipped') {
    const { reason, remedy, failed } = promotion
    return failed ? { reason: withShortDigests(reason), ...(remedy === undefined ? {} : { remedy }) } : undefined
  }
  const failed = promotion.tags.filter(({ state }) => state === 'failed')
  const missed = namesOf(promotion.tags, 'missed', name)
  if (failed.length === 0 && missed === '') return undefined
  const remedy = failed.find(one => one.remedy !== undefined)?.remedy
  const why = failed
    .slice(0, MOST_TAGS)
    .map(({ reference, reason = 'for an unknown reason' }) => `${shortName(reference, name)} was not moved: ${reason}`)
  const rest = missed === '' ? [] : [`not tried: ${missed}`]
  return { reason: withShortDigests([...why, ...rest].join('; ')), ...(remedy === undefined ? {} : { remedy }) }
}

/** The tags of one state: "latest, 1.4". */
function namesOf(tags: readonly PromotedTag[], wanted: PromotedTag['state'], image: string): string {
  const names = tags.flatMap(({ state, reference }) => (state === wanted ? [shortName(reference, image)] : []))
  const more = names.length - MOST_TAGS
  return more > 1 ? `${names.slice(0, MOST_TAGS).join(', ')} and ${plural(more, 'more tag')}` : names.join(', ')
}

/** A tag beside the image by itself, every other one with its repository. */
function shortName(reference: string, image: string): string {
  return reference.startsWith(`${image}:`) ? reference.slice(image.length + 1) : reference
}
