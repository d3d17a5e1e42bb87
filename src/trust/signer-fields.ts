import { parseReference } from '../image/reference.ts'
import { messageOf } from '../lib/errors.ts'
import type { SignedBy, Signer } from './trust.ts'

/** What `transparency-log` can be. */
export const LOG = ['auto', 'required', 'ignored'] as const

/** Whether the log counts for a signer: `auto` spares the one who trusts a key all calls but those to the registry. */
export function logFor(signer: Signer, log: (typeof LOG)[number]): SignedBy['log'] {
  if (log !== 'auto') return log
  return signer.kind === 'keys' ? 'ignored' : 'required'
}

/** What is wrong with an OIDC issuer, to be read after the name of the field. */
export function problemOfIssuer(issuer: string): string | undefined {
  if (/^https?:\/\/[^\s/]+\S*$/.test(issuer)) return undefined
  return 'is not a URL; for GitHub Actions it is https://token.actions.githubusercontent.com'
}

/** What is wrong with a repository for signatures, to be read after the name of the field. */
export function problemOfRepository(text: string): string | undefined {
  try {
    const { tag, digest } = parseReference(text)
    return tag === undefined && digest === undefined ? undefined : 'is a repository, without tag and digest'
  } catch (error) {
    return `cannot be used: ${messageOf(error)}`
  }
}
