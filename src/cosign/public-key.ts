import { createHash, createPublicKey } from 'node:crypto'
import { ToolError, UserError } from '../lib/errors.ts'
import { CommandError } from '../process/run.ts'
import type { Cosign, SigningKey } from './cosign.ts'
import { explainCosign } from './failures.ts'
import { keyArguments, keyEnvironment } from './key.ts'
import { explainKms } from './kms-failures.ts'

/** The public half of the key that signs. */
export interface PublicKey {
  readonly pem: string
  /** `SHA256:` and the hex digest of the DER SubjectPublicKeyInfo, as `openssl pkey -pubin -outform der | sha256sum` gives it. */
  readonly fingerprint: string
}

/** Outside of its cloud, a client waits for minutes for a login of the machine (seen with gcpkms). */
const KMS_LIMIT_MS = 40_000

/** A key that has a public half of its own. */
export type KeyOfOurs = Exclude<SigningKey, { readonly kind: 'keyless' }>

/** `SHA256:` and the hex digest of the DER SubjectPublicKeyInfo. Throws for a text that is no public key in PEM. */
export function fingerprintOf(pem: string): string {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  return `SHA256:${createHash('sha256').update(der).digest('hex')}`
}

/**
 * Opens the private key with its password, or asks the key store for the public half, before anything else is done with the key.
 * @throws UserError when the password does not open it.
 */
export async function readPublicKey(cosign: Cosign, key: KeyOfOurs): Promise<PublicKey> {
  const pem = await exportPublicKey(cosign, key)
  return { pem, fingerprint: fingerprintOf(pem) }
}

async function exportPublicKey(cosign: Cosign, key: KeyOfOurs): Promise<string> {
  const cwd = await cosign.emptyDirectory('cosign-key')
  try {
    const { stdout } = await cosign.run({
      file: cosign.file,
      args: ['public-key', ...keyArguments(key)],
      env: { ...cosign.environment(cwd), ...(await keyEnvironment(key)) },
      cwd,
      timeoutMs: key.kind === 'kms' ? Math.min(KMS_LIMIT_MS, cosign.timeoutMs) : cosign.timeoutMs
    })
    return stdout
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    if (key.kind === 'pem' && error.stderr.includes('decrypt: encrypted: decryption failed'))
      throw new UserError(wrongPassword(key))
    throw unreadable(key, error)
  }
}

function unreadable(key: KeyOfOurs, error: CommandError): ToolError {
  const known = key.kind === 'kms' ? explainKms(error.stderr, key.reference, true) : undefined
  const { reason, remedy } = known ?? explainCosign(error)
  return new ToolError(known === undefined ? `cosign cannot read cosign-key: ${reason}` : reason, {
    ...(remedy === undefined ? {} : { remedy })
  })
}

function wrongPassword(key: SigningKey & { kind: 'pem' }): string {
  return key.password === ''
    ? 'cosign-password is empty, but cosign-key has a password; give it with cosign-password: ${{ secrets.COSIGN_PASSWORD }}'
    : 'cosign-password does not open cosign-key; check that both secrets belong to the same key pair'
}
