import { readFile } from 'node:fs/promises'
import { fingerprintOf, type PublicKey } from '../../cosign/public-key.ts'
import { UserError } from '../../lib/errors.ts'
import { recognisePublicKey } from '../../trust/public-key.ts'
import { requiredFile } from '../scan/workspace-files.ts'
import type { Setting } from '../setting.ts'

/**
 * The key of `cosign-public-key`: PEM, or a path relative to the workspace.
 * @returns undefined when none was given.
 * @throws UserError when it cannot be read or is no public key.
 */
export async function readExpectedKey(setting: Setting): Promise<PublicKey | undefined> {
  const { publicKey } = setting.config
  if (publicKey === undefined) return undefined
  if (/^[a-z0-9]+:\/\//.test(publicKey))
    throw new UserError(
      `cosign-public-key is ${publicKey.split(':')[0]}://…, a reference; give the PEM that \`cosign public-key --key …\` prints, or the path of a file with it`
    )
  const isPem = publicKey.includes('-----')
  const found = recognisePublicKey(isPem ? publicKey : await readKeyFile(setting, publicKey))
  if ('pem' in found) return { pem: found.pem, fingerprint: fingerprintOf(found.pem) }
  throw new UserError(`cosign-public-key ${found.problem}`)
}

async function readKeyFile(setting: Setting, name: string): Promise<string> {
  return readFile(await requiredFile(setting, 'cosign-public-key', name), 'utf8')
}
