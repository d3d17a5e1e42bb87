import { readFile } from 'node:fs/promises'
import type { SigstoreFiles } from '../../cosign/cosign.ts'
import { checkTrustedRoot, parseSigningConfig, type SigstoreService } from '../../cosign/services.ts'
import type { ScanConfig } from '../../inputs/scan-config.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import { requiredFileAnywhere } from '../scan/workspace-files.ts'
import type { Setting } from '../setting.ts'

/** A Sigstore of one's own, read. */
export interface OwnSigstore {
  /** Absolute paths. */
  readonly sigstore: SigstoreFiles
  /** What the signing config names; absent without one. */
  readonly services?: readonly SigstoreService[]
}

const MAKE = {
  'signing-config': '`cosign signing-config create`',
  'trusted-root': '`cosign trusted-root create`'
} as const

/**
 * Reads `signing-config` and `trusted-root`, so that what is wrong with them is told before anything is done.
 * @throws UserError that names the input.
 */
export async function readSigstore(
  setting: Pick<Setting, 'context'> & { readonly config: Pick<ScanConfig, 'signingConfig' | 'trustedRoot'> }
): Promise<OwnSigstore> {
  const config = await readOne(setting, 'signing-config', setting.config.signingConfig, parseSigningConfig)
  const trustedRoot = await readTrustedRoot(setting)
  const services = config?.content
  return {
    sigstore: {
      // One without services says what the flags for signing without a log say; but with it, cosign asks the public Sigstore for its trusted root.
      ...(config === undefined || services?.length === 0 ? {} : { signingConfig: config.path }),
      ...(trustedRoot === undefined ? {} : { trustedRoot })
    },
    ...(services === undefined ? {} : { services })
  }
}

/**
 * Reads `trusted-root` alone.
 * @returns its absolute path; undefined when none was given.
 * @throws UserError that names the input.
 */
export async function readTrustedRoot(
  setting: Pick<Setting, 'context'> & { readonly config: Pick<ScanConfig, 'trustedRoot'> }
): Promise<string | undefined> {
  return (await readOne(setting, 'trusted-root', setting.config.trustedRoot, checkTrustedRoot))?.path
}

async function readOne<T>(
  setting: Pick<Setting, 'context'>,
  input: keyof typeof MAKE,
  given: string | undefined,
  parse: (text: string) => T
): Promise<{ readonly path: string; readonly content: T } | undefined> {
  if (given === undefined) return undefined
  const path = await requiredFileAnywhere(setting, input, given)
  const text = await readFile(path, 'utf8')
  try {
    return { path, content: parse(text) }
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error)
    throw new UserError(`${input} is the file ${given}, which is none: ${problem}; give one that ${MAKE[input]} wrote`)
  }
}
