import type { Authority, Cosign, VerifyOptions } from '../../cosign/cosign.ts'
import type { LookTools } from '../../cosign/presence.ts'
import type { PublicKey } from '../../cosign/public-key.ts'
import { formatReference } from '../../image/reference.ts'
import type { Registry } from '../../image/registry.ts'
import type { Access } from '../access.ts'
import type { Setting } from '../setting.ts'
import type { Signer } from '../sign/signer.ts'
import { readTrustedRoot } from '../sign/sigstore-files.ts'
import { prepareCosign, readManifest } from '../tools.ts'
import { readExpectedKey } from './expected-key.ts'

/** Cosign with whom to believe and how to look. */
export interface Checker {
  readonly cosign: Cosign
  readonly authority: Authority
  readonly options: VerifyOptions
}

/** A checker of released images: it believes the key of `cosign-public-key`. */
export interface ReleaseChecker extends Checker {
  readonly publicKey: PublicKey
}

/**
 * What checks the signatures of released images, where this run signs nothing but was told whose signature to expect. Not on a pull request
 * or in the merge queue: what they build is not released yet.
 * @returns undefined where nothing is to be checked.
 * @throws UserError for a key or a trusted root that cannot be read, before anything is scanned; ToolError when there is no cosign.
 */
export async function prepareChecker(setting: Setting, access: Access): Promise<ReleaseChecker | undefined> {
  const { config, context, abilities, log } = setting
  const isReleased = abilities.issue.allowed && context.pullRequest === undefined
  if (!isReleased || abilities.sign.allowed || config.images.every(({ kind }) => kind !== 'registry')) return undefined
  const publicKey = await readExpectedKey(setting)
  if (publicKey === undefined) return undefined
  const trustedRoot = await readTrustedRoot(setting)
  log.info(`Signatures are expected of the key ${publicKey.fingerprint}`)
  const cosign = await prepareCosign(setting, access, await readManifest(setting))
  return {
    cosign,
    publicKey,
    authority: { kind: 'key', ...publicKey },
    options: optionsOf(setting, false, trustedRoot)
  }
}

/** A checker that believes what signs in this run, which may have signed in earlier ones. */
export function checkerOf(setting: Setting, { cosign, authority, log, sigstore }: Signer): Checker {
  return { cosign, authority, options: optionsOf(setting, log && authority.kind === 'identity', sigstore.trustedRoot) }
}

/** A checker at a registry. */
export interface Look {
  readonly setting: Setting
  readonly checker: Checker
  readonly tools: LookTools
}

/** The registry and cosign, for looking at what a checker believes. */
export function lookWith(setting: Setting, registry: Registry, checker: Checker): Look {
  return { setting, checker, tools: { cosign: checker.cosign, registry, wait: setting.wait } }
}

/** @param trustedRoot absolute path of the file, which was read. */
function optionsOf({ config }: Setting, needsLog: boolean, trustedRoot: string | undefined): VerifyOptions {
  const { signatureRepository } = config
  return {
    log: needsLog || config.transparencyLog === 'true' ? 'required' : 'ignored',
    ...(trustedRoot === undefined ? {} : { trustedRoot }),
    ...(signatureRepository === undefined ? {} : { signatureRepository: formatReference(signatureRepository) })
  }
}
