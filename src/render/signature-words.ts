import type { ImageOutcome, RunFacts, SignatureCheck, Signing } from './outcome.ts'
import { listed, withShortDigests } from './words.ts'

/** True when the image carries the signature that is expected: ours of this run or an earlier one, or the one that was looked for. */
export function isSigned({ signing, signatureCheck }: ImageOutcome): boolean {
  return isDone(signing) || signatureCheck?.state === 'good'
}

/** True when that signature was proved to be in the registry and valid. */
export function isVerified({ signing, signatureCheck }: ImageOutcome): boolean {
  return (isDone(signing) && signing.verified) || signatureCheck?.state === 'good'
}

/** The signature that was looked for and is not there as it should be; nothing where it is, or was not looked for. */
export function missedSignature({
  signatureCheck
}: ImageOutcome): Exclude<SignatureCheck, { state: 'good' }> | undefined {
  return signatureCheck?.state === 'good' ? undefined : signatureCheck
}

const CHECKED: Readonly<Record<SignatureCheck['state'], string>> = {
  good: 'signature verified',
  gone: 'signature is gone',
  absent: 'no signature',
  bad: 'signature refused',
  unreachable: 'signature not checked'
}

/** Two or three words on the signature. */
export function signatureWord({ signing, verdict, signatureCheck }: ImageOutcome): string {
  if (signing.state === 'failed') return 'signing failed'
  if (signing.state === 'skipped') {
    if (signatureCheck !== undefined) return CHECKED[signatureCheck.state]
    return signing.later && verdict.result === 'pass' ? 'will be signed after the merge' : 'not signed'
  }
  const signed = signing.state === 'signed' ? 'signed' : 'already signed'
  return signing.verified ? `${signed} and verified` : `${signed}, not verified`
}

/** A sentence on the signature, with formats or the reason. */
export function signingInWords(image: ImageOutcome): string {
  const { signing, signatureCheck } = image
  const word = signatureWord(image)
  if (signing.state === 'skipped') {
    if (signatureCheck?.state === 'good') return `${word}: ${signatureCheck.signer}`
    const reason = withShortDigests(signatureCheck?.reason ?? signing.reason)
    // "No signature: there is no signature" says it twice.
    const more =
      signatureCheck?.state === 'absent' ? /^there is no signature(?<more>.*)$/s.exec(reason)?.groups : undefined
    return more === undefined ? `${word}: ${reason}` : `${word}${more['more']}`
  }
  if (signing.state !== 'failed') return signing.formats.length === 0 ? word : `${word} (${signing.formats.join(', ')})`
  const done = signing.done.length === 0 ? '' : `; signed before it failed: ${listed(signing.done.slice(0, 10))}`
  return withShortDigests(`${word}: ${signing.reason}${done}`)
}

/** Why something was not done that follows the signature: "it is not signed", where why that is stands beside it. */
export function besideSignature(reason: string, { signing, signatureCheck }: ImageOutcome): string {
  const isSaid = 'reason' in signing && signatureCheck === undefined
  return withShortDigests(isSaid ? reason.replace(`: ${signing.reason}`, '') : reason)
}

/** Who signs: a key by its fingerprint, or an identity with who vouches for it. */
export type SignerFacts = { readonly keyFingerprint: string } | { readonly identity: string; readonly issuer: string }

/** Whose signature an image carries that this run signed; nothing for others. */
export function signerOf({ signing }: ImageOutcome, { identity, keyFingerprint }: RunFacts): SignerFacts | undefined {
  if (!isDone(signing)) return undefined
  return identity ?? (keyFingerprint === undefined ? undefined : { keyFingerprint })
}

function isDone(signing: Signing): signing is Extract<Signing, { verified: boolean }> {
  return signing.state === 'signed' || signing.state === 'already-signed'
}
