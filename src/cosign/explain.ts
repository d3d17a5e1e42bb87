import type { Seen } from './bundle.ts'
import type { SignatureFinding } from './check.ts'
import type { Authority, VerifyOptions } from './cosign.ts'
import type { Looked } from './look.ts'
import type { LookFailure } from './verify-failures.ts'

type Failure = LookFailure & { readonly by: Authority }

const OTHER_SIGSTORE = 'its log entry is not in a log of the Sigstore that is trusted'

/**
 * Why none of what lies beside an image is a signature by any of the authorities.
 * @param looked what cosign said; a key was looked for without the log.
 * @param seen what lies there, by its own word.
 */
export function explainRefusal(
  authorities: readonly Authority[],
  looked: readonly Looked<unknown>[],
  seen: readonly Seen[],
  options: VerifyOptions
): SignatureFinding {
  const failures: Failure[] = looked.flatMap(one => ('failure' in one ? [{ ...one.failure, by: one.by }] : []))
  if (failures.some(({ kind }) => kind === 'other-digest'))
    return { state: 'other-digest', reason: 'the signature that lies beside it was made for another digest' }

  const signatures = seen.filter(({ isSignature }) => isSignature)
  if (signatures.length === 0) return { state: 'not-signed', reason: whatElse(seen, looked.length > 0) }

  const isUnlogged = failures.some(
    failure => failure.kind === 'refused' && failure.unlogged && failure.by.kind === 'identity'
  )
  if (isUnlogged && signatures.some(({ keyless, logged }) => keyless && !logged)) return notLogged(options)

  const known = detailsOf(authorities, failures, signatures)
  const reason = `it is signed, but not ${nameOf(authorities)}${known.length > 0 ? `: ${known.join(', ')}` : ''}`
  return { state: 'other-signer', reason }
}

/** What is known of those who signed: clauses that begin with "it" or "its". */
function detailsOf(
  authorities: readonly Authority[],
  failures: readonly Failure[],
  signatures: readonly Seen[]
): readonly string[] {
  const isKey = ({ kind }: Authority) => kind === 'key'
  if (authorities.every(isKey) && signatures.every(({ keyless }) => keyless))
    return ['it is by an identity, not with a key']
  if (!authorities.some(isKey) && !signatures.some(({ keyless }) => keyless))
    return ['it is with a key, not by an identity']
  const refused = failures.flatMap(failure => (failure.kind === 'refused' ? [failure] : []))
  const isOtherLog =
    refused.some(({ unlogged, by }) => unlogged && !isKey(by)) && signatures.some(({ logged }) => logged)
  const details = [...new Set(refused.flatMap(failure => failure.details))].slice(0, 3)
  return details.length > 0 || !isOtherLog ? details : [OTHER_SIGSTORE]
}

/** The right signer's, but without the log that is required. */
export function notLogged({ trustedRoot }: VerifyOptions): SignatureFinding {
  const log =
    trustedRoot === undefined ? 'the public transparency log' : 'a transparency log that the trusted root names'
  return {
    state: 'not-logged',
    reason: `it is signed, but the signature holds no proof that it is in ${log}`,
    remedy: 'Sign it with transparency-log: true, or check it with transparency-log: ignored.'
  }
}

/** Who was looked for, to go on from "it is signed, but not". */
function nameOf(authorities: readonly Authority[]): string {
  const [first] = authorities
  if (first === undefined || authorities.length > 1)
    return `by any of the ${authorities.length} signers that are trusted`
  if (first.kind === 'key') return 'with the key that is trusted'
  return 'exactly' in first.identity
    ? `by ${first.identity.exactly}`
    : `by an identity that matches ${first.identity.regexp}`
}

function whatElse(seen: readonly Seen[], wasThere: boolean): string {
  const types = [...new Set(seen.map(({ type }) => printable(type)))].filter(type => type !== '')
  if (types.length > 0) return `there is no signature, only attestations by others (${types.join(', ')})`
  if (seen.length > 0) return 'there is no signature, only attestations by others'
  return wasThere ? 'there is no signature; what lies beside it cannot be read as one' : 'there is no signature'
}

/** Anybody who may push can write it. */
function printable(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '').slice(0, 100)
}
