import type { SignatureFormat, SignatureOptions } from '../../cosign/args.ts'
import type { Cosign, SigstoreFiles } from '../../cosign/cosign.ts'
import { chooseLog } from '../../cosign/log-choice.ts'
import type { SigstoreService } from '../../cosign/services.ts'
import type { Visibility } from '../../github/context.ts'
import { formatReference } from '../../image/reference.ts'
import type { ToolManifest } from '../../tools/manifest.ts'
import type { Access } from '../access.ts'
import { connect } from '../connect.ts'
import type { Setting } from '../setting.ts'
import { prepareCosign } from '../tools.ts'
import { type OpenedKey, openKey } from './signing-key.ts'
import { readSigstore } from './sigstore-files.ts'

/** Cosign with what it signs with, found to work. */
export interface Signer extends OpenedKey {
  readonly cosign: Cosign
  /** Whether signatures go into a transparency log. */
  readonly log: boolean
  /** Absolute paths. */
  readonly sigstore: SigstoreFiles
  /** What the signing config names; absent without one. */
  readonly services?: readonly SigstoreService[]
  readonly formats: readonly SignatureFormat[]
}

/**
 * Makes ready what signs, before anything else is done.
 * @returns undefined when this event may not sign, or nothing was given to sign with.
 * @throws UserError, ToolError when the key, the identity or the files of an own Sigstore are not as they should be.
 */
export async function prepareSigner(
  setting: Setting,
  access: Access,
  manifest: ToolManifest
): Promise<Signer | undefined> {
  const { config, abilities, log } = setting
  const { signWith } = config
  if (!abilities.sign.allowed || signWith === undefined || (signWith.kind === 'keyless' && !signsAnything(setting)))
    return undefined
  const { sigstore, services } = await readSigstore(setting)
  const choice = chooseLog(config.transparencyLog, {
    visibility: services === undefined ? await visibilityOf(setting) : 'unknown',
    onGitHubDotCom: setting.context.onGitHubDotCom,
    keyless: signWith.kind === 'keyless',
    ...(services === undefined ? {} : { services })
  })
  const cosign = await prepareCosign(setting, access, manifest)
  const opened = await openKey(setting, cosign, signWith)
  log.info(`Transparency log: ${choice.said}`)
  const named = services === undefined ? {} : { services }
  return { cosign, ...opened, log: choice.log, sigstore, ...named, formats: formatsOf(setting, sigstore) }
}

/** What all signatures and attestations of this run have in common, apart from their format. */
export function optionsOf({ config }: Setting, { log, sigstore, services }: Signer): Omit<SignatureOptions, 'format'> {
  const { signatureRepository } = config
  return {
    log,
    sigstore,
    ...(services === undefined ? {} : { services }),
    ...(signatureRepository === undefined ? {} : { signatureRepository: formatReference(signatureRepository) })
  }
}

/** False when no image is in a registry, where alone it could be signed. */
export function signsAnything({ config }: Pick<Setting, 'config'>): boolean {
  return config.images.some(image => image.kind === 'registry')
}

function formatsOf({ config, log }: Setting, { signingConfig }: SigstoreFiles): SignatureFormat[] {
  const { signatureFormat, signWith } = config
  if (signatureFormat === 'bundle' || signatureFormat === 'legacy') return [signatureFormat]
  if (signatureFormat === 'both' || (signWith?.kind !== 'keyless' && signingConfig === undefined))
    return ['bundle', 'legacy']
  const reason = signWith?.kind === 'keyless' ? 'with keyless' : 'since cosign takes a signing-config for no other'
  log.info(`Signature format: bundle only, ${reason}`)
  return ['bundle']
}

/** Some events (schedule) do not say who may see the repository; it matters only for the transparency log. */
async function visibilityOf(setting: Setting): Promise<Visibility> {
  const { visibility } = setting.context.repository
  if (visibility !== 'unknown' || setting.config.transparencyLog !== 'auto') return visibility
  const asked = await connect(setting)
    ?.visibility()
    .catch(() => visibility)
  return asked ?? visibility
}
