import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fingerprintOf, type PublicKey } from '../../cosign/public-key.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import { recognisePublicKey } from '../../trust/public-key.ts'
import type { Setting } from '../setting.ts'

/**
 * The key of `cosign-public-key`: PEM, or a path relative to the workspace.
 * @returns undefined when none was given.
 * @throws UserError when it cannot be read or is no public key.
 */
export async function readExpectedKey({ config, context }: Setting): Promise<PublicKey | undefined> {
  const { publicKey } = config
  if (publicKey === undefined) return undefined
  const isPem = publicKey.includes('-----')
  const found = recognisePublicKey(isPem ? publicKey : await readKeyFile(resolve(context.workspace, publicKey)))
  if ('pem' in found) return { pem: found.pem, fingerprint: fingerprintOf(found.pem) }
  throw new UserError(`cosign-public-key ${found.problem}`)
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UserError(
      `cosign-public-key cannot be read: ${messageOf(error)}; give the PEM itself, or the path of a file in the workspace`
    )
  }
}
