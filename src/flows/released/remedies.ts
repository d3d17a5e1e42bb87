import type { SignatureFinding } from '../../cosign/check.ts'

/** What can be wrong with the signature of a released image. */
type Wrong = Exclude<SignatureFinding['state'], 'signed'> | 'other-repository'

/**
 * What to do about a released image whose signature is not as it should be: a sentence or two with their full stops.
 * @param signer whose signature is expected: `key SHA256:…`.
 * @returns undefined where the finding itself has to say it, if anything can be done.
 */
export function remedyFor(state: Wrong, signer: string): string | undefined {
  const expected = signer.replace(/SHA256:[0-9a-f]{64}/, '`$&`')
  switch (state) {
    case 'not-signed':
      return `Sign it by running the workflow that releases it, with the ${expected}, which is cosign-public-key. If it was never released, find out who pushed it.`
    case 'only-attestation':
      return `Find out what removed the signature, such as a clean-up of untagged manifests in the registry; then sign it again by running the workflow that releases it, with the ${expected}.`
    case 'other-signer':
      return `Expected is the ${expected}, which is cosign-public-key. If images are signed with another key by now, give its public half; else find out who signed this one before it is used.`
    case 'other-digest':
      return `Sign it by running the workflow that releases it, with the ${expected}, and find out who put another image's signature there.`
    case 'other-repository':
      return 'If it is a copy, sign it under its own name: promote does both. Else find out who put it there.'
    case 'not-logged':
      return 'Sign it with transparency-log: true, or leave transparency-log out of the step that checks it.'
    default:
      return undefined
  }
}
