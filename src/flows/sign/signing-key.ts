import type { Authority, Cosign, SigningKey } from '../../cosign/cosign.ts'
import { idTokenSource, requestIdToken } from '../../cosign/id-token.ts'
import { type Identity, identityOfToken } from '../../cosign/identity.ts'
import { kmsEnvironment } from '../../cosign/kms.ts'
import { type PublicKey, readPublicKey } from '../../cosign/public-key.ts'
import { withRetries } from '../../image/http.ts'
import { createSend } from '../../image/send.ts'
import type { SignWith } from '../../inputs/signing.ts'
import { messageOf, ToolError, UserError } from '../../lib/errors.ts'
import { readExpectedKey } from '../released/expected-key.ts'
import type { Setting } from '../setting.ts'

/** What signs, tried. */
export interface OpenedKey {
  readonly key: SigningKey
  /** Whom its signatures are by. */
  readonly authority: Authority
  /** Absent for keyless. */
  readonly publicKey?: PublicKey
  /** For keyless only. */
  readonly identity?: Identity
}

const TOKEN_TIMEOUT_MS = 10_000

/** What a keyless job lacks that may have no ID token. */
export const NO_ID_TOKEN =
  'keyless is true, but the runner offers this job no ID token; give the job `permissions: id-token: write`'

/**
 * Opens the key, or gets a first ID token: says whose the signatures will be.
 * @throws UserError, ToolError when it cannot be used, or is not the one of `cosign-public-key`.
 */
export async function openKey(setting: Setting, cosign: Cosign, signWith: SignWith): Promise<OpenedKey> {
  if (signWith.kind === 'keyless') return openIdentity(setting)
  const key: Exclude<SigningKey, { kind: 'keyless' }> =
    signWith.kind === 'pem' ? signWith : { ...signWith, env: kmsEnvironment(signWith.reference, setting.env) }
  const publicKey = await readPublicKey(cosign, key)
  setting.log.info(
    `${signWith.kind === 'pem' ? 'The key opens' : 'The key store lets us use the key'}; its public half is ${publicKey.fingerprint}`
  )
  const expected = await readExpectedKey(setting)
  if (expected !== undefined && expected.fingerprint !== publicKey.fingerprint)
    throw new UserError(
      `cosign-public-key is ${expected.fingerprint}, but cosign-key has the public half ${publicKey.fingerprint}; give the two halves of one key pair`
    )
  return { key, publicKey, authority: { kind: 'key', ...publicKey } }
}

async function openIdentity(setting: Setting): Promise<OpenedKey> {
  const { env, log, wait, config } = setting
  const source = idTokenSource(env)
  if (source === undefined) throw new UserError(NO_ID_TOKEN)
  if (config.publicKey !== undefined)
    throw new UserError('keyless has no key that cosign-public-key could belong to; remove one of them')
  const send = withRetries(createSend(TOKEN_TIMEOUT_MS), wait)
  const token = async () => {
    const jwt = await requestIdToken(send, source)
    log.mask(jwt)
    return jwt
  }
  const identity = readIdentity(await token())
  log.info(`Signatures are by the identity ${identity.identity}, for which ${identity.issuer} vouches`)
  const authority = { kind: 'identity', identity: { exactly: identity.identity }, issuer: identity.issuer } as const
  return { key: { kind: 'keyless', token }, authority, identity }
}

function readIdentity(jwt: string): Identity {
  try {
    return identityOfToken(jwt)
  } catch (error) {
    // A parser's message may quote the token.
    const cause = error instanceof SyntaxError ? 'it is not a JWT' : messageOf(error)
    throw new ToolError(`the ID token cannot be read: ${cause}`)
  }
}
