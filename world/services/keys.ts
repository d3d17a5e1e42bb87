import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Absolute paths of a cosign key pair's files. */
export interface Keys {
  /** PEM, encrypted with the password. */
  readonly private: string
  /** PEM. */
  readonly public: string
  /** The password alone, without a line end. */
  readonly password: string
}

/** What the world's keys are encrypted with. */
export const KEY_PASSWORD = 'world key password, with spaces & "quotes"'

/**
 * Makes a key pair with `cosign generate-key-pair`.
 * @param cosign its absolute path.
 * @param folder an existing, empty folder: cosign asks before it overwrites a file.
 */
export async function makeKeys(cosign: string, folder: string, password = KEY_PASSWORD): Promise<Keys> {
  const env = { COSIGN_PASSWORD: password, HOME: folder }
  await promisify(execFile)(cosign, ['generate-key-pair'], { cwd: folder, env })
  const keys = {
    private: join(folder, 'cosign.key'),
    public: join(folder, 'cosign.pub'),
    password: join(folder, 'password')
  }
  await writeFile(keys.password, password, { mode: 0o600 })
  return keys
}
