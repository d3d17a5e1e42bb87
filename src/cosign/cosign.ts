import type { Run } from '../process/command.ts'

/** Cosign, ready to run. */
export interface Cosign {
  readonly run: Run
  /** Absolute path of the program whose bytes were hashed. */
  readonly file: string
  readonly version: string
  /** Environment of a child at home in `directory` that may log in to the registry `host`: no program on PATH, no helper, no key. */
  readonly environment: (directory: string, host?: string) => Record<string, string>
  /** Makes a fresh empty directory to stand in. */
  readonly emptyDirectory: (name: string) => Promise<string>
  /** Wall-clock limit of one call in milliseconds; cosign's own `--timeout` does not bound the password, the log or the time stamp. */
  readonly timeoutMs: number
}

/** The private key with its password: reaches a child by environment and nothing else. */
export interface PrivateKey {
  readonly pem: string
  readonly password: string
}

/** The environment by which the private key reaches its child. */
export function keyEnvironment(key: PrivateKey): Record<string, string> {
  // Always set, even if empty: else cosign asks standard input for it (cosign cmd/cosign/cli/generate/generate_key_pair.go).
  return { COSIGN_PRIVATE_KEY: key.pem, COSIGN_PASSWORD: key.password }
}
