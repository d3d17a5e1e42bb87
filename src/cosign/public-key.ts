import { createHash, createPublicKey } from 'node:crypto'
import { ToolError, UserError } from '../lib/errors.ts'
import { CommandError } from '../process/run.ts'
import { type Cosign, keyEnvironment, type PrivateKey } from './cosign.ts'
import { explainCosign } from './failures.ts'

/** The public half of the key that signs. */
export interface PublicKey {
  readonly pem: string
  /** `SHA256:` and the hex digest of the DER SubjectPublicKeyInfo, as `openssl pkey -pubin -outform der | sha256sum` gives it. */
  readonly fingerprint: string
}

/**
 * Opens the private key with its password, before anything else is done with it.
 * @throws UserError when the password does not open it.
 */
export async function readPublicKey(cosign: Cosign, key: PrivateKey): Promise<PublicKey> {
  const pem = await exportPublicKey(cosign, key)
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  return { pem, fingerprint: `SHA256:${createHash('sha256').update(der).digest('hex')}` }
}

async function exportPublicKey(cosign: Cosign, key: PrivateKey): Promise<string> {
  const cwd = await cosign.emptyDirectory('cosign-key')
  try {
    const { stdout } = await cosign.run({
      file: cosign.file,
      args: ['public-key', '--key', 'env://COSIGN_PRIVATE_KEY'],
      env: { ...cosign.environment(cwd), ...keyEnvironment(key) },
      cwd,
      timeoutMs: cosign.timeoutMs
    })
    return stdout
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    if (error.stderr.includes('decrypt: encrypted: decryption failed')) throw new UserError(wrongPassword(key))
    throw new ToolError(`cosign cannot read cosign-key: ${explainCosign(error).reason}`)
  }
}

function wrongPassword(key: PrivateKey): string {
  return key.password === ''
    ? 'cosign-password is empty, but cosign-key has a password; give it with cosign-password: ${{ secrets.COSIGN_PASSWORD }}'
    : 'cosign-password does not open cosign-key; check that both secrets belong to the same key pair'
}
