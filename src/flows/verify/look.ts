import type { Authority } from '../../cosign/cosign.ts'
import { isWrongAnswer, type LookTools } from '../../cosign/presence.ts'
import { isNotFound, RegistryError } from '../../image/failures.ts'
import { messageOf, ToolError } from '../../lib/errors.ts'
import { listed } from '../../render/words.ts'
import type { SignedBy } from '../../trust/trust.ts'
import type { Beliefs, Believed } from './trust.ts'

/** Keys that a remedy names. */
const MAX_NAMED = 3

/** How the facts about an image are gathered. */
export interface Looking {
  readonly tools: LookTools
  readonly beliefs: Beliefs
}

/** Nobody could look, and why. */
export interface Problem {
  readonly outcome: 'not-found' | 'unreachable' | 'error'
  readonly reason: string
  readonly remedy?: string
}

/** Whom to believe for one of the rule's `signedBy`, which was read before. */
export function believed({ beliefs }: Looking, signedBy: SignedBy): Believed {
  const found = beliefs.get(signedBy)
  if (found === undefined) throw new Error('a signer of the rules was not read')
  return found
}

/** `key SHA256:…`, or `identity … (issuer …)`. */
export function signerInWords(by: Authority): string {
  if (by.kind === 'key') return `key ${by.fingerprint}`
  const { identity, issuer } = by
  return `identity ${'exactly' in identity ? identity.exactly : `matching ${identity.regexp}`} (issuer ${issuer})`
}

/** What to do about a signature by somebody else: the reason names an identity, but of a key nothing that could be compared. */
export function comparisonWith({ authorities }: Believed): string {
  const keys = authorities.flatMap(by => (by.kind === 'key' ? [by.fingerprint] : []))
  if (keys.length === 0) return 'compare the identity that is trusted with that of the workflow that signs the image'
  const more = keys.length > MAX_NAMED ? [`${keys.length - MAX_NAMED} more`] : []
  const named = listed([...keys.slice(0, MAX_NAMED), ...more])
  const trusted = keys.length === 1 ? 'the key that is trusted is' : 'the keys that are trusted are'
  return `${trusted} ${named}; compare with the fingerprint of the key that signs the image, and after a rotation trust the new key beside the old one`
}

/** Tells where was looked, where that is not beside the image: the host in a reason may be none that anybody knows from the image's name. */
export function withPlace(reason: string, { elsewhere }: Believed): string {
  return elsewhere === undefined ? reason : `${reason}; signatures are looked for in ${elsewhere}`
}

/** What it means for an image that something was thrown while it was looked at. Anything but a word of a registry or a tool is a bug and goes on. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof ToolError)) throw error
  const remedy = error.remedy === undefined ? {} : { remedy: error.remedy }
  const unreachable = error instanceof RegistryError && !isWrongAnswer(error)
  const outcome = isNotFound(error) ? 'not-found' : unreachable ? 'unreachable' : 'error'
  return { outcome, reason: messageOf(error), ...remedy }
}
