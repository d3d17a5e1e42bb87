import type { Authority } from '../../cosign/cosign.ts'
import { isWrongAnswer, type LookTools } from '../../cosign/presence.ts'
import { isNotFound, RegistryError } from '../../image/failures.ts'
import { messageOf, ToolError } from '../../lib/errors.ts'
import type { SignedBy } from '../../trust/trust.ts'
import type { Beliefs, Believed } from './trust.ts'

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

/** What it means for an image that something was thrown while it was looked at. Anything but a word of a registry or a tool is a bug and goes on. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof ToolError)) throw error
  const remedy = error.remedy === undefined ? {} : { remedy: error.remedy }
  const unreachable = error instanceof RegistryError && !isWrongAnswer(error)
  const outcome = isNotFound(error) ? 'not-found' : unreachable ? 'unreachable' : 'error'
  return { outcome, reason: messageOf(error), ...remedy }
}
