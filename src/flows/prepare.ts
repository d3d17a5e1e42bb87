import { chooseLog } from '../cosign/log-choice.ts'
import { readPublicKey } from '../cosign/public-key.ts'
import type { Visibility } from '../github/context.ts'
import { UserError } from '../lib/errors.ts'
import type { ToolManifest } from '../tools/manifest.ts'
import type { Access } from './access.ts'
import { type BaselineSubject, openBaselines } from './baseline.ts'
import { connect } from './connect.ts'
import { prepareScanner, type ScanFiles, type Scanner } from './scan.ts'
import type { Setting } from './setting.ts'
import type { Signer } from './sign.ts'
import { openSubjects, type Subject } from './subjects.ts'
import { prepareCosign, prepareTrivy, readManifest } from './tools.ts'

/** @throws UserError: on an event that signs, an empty key is a renamed secret more often than a wish. */
export function refuseMissingKey({ config, context, abilities }: Setting): void {
  if (!abilities.missingKey || config.images.every(image => image.kind !== 'registry')) return
  throw new UserError(
    `cosign-key is empty, and ${context.event} is in sign-on; give cosign-key: \${{ secrets.COSIGN_PRIVATE_KEY }} (check the secret's name), take ${context.event} out of sign-on, or set sign: never`
  )
}

/** Everything that is needed before the first scan. */
export interface Prepared {
  readonly scanner: Scanner
  /** Absent when this event may not sign. */
  readonly signer?: Signer
  readonly subjects: readonly Subject[]
  /** Nothing for images that are not to be compared. */
  readonly baselines: ReadonlyMap<Subject, BaselineSubject>
}

/**
 * Side by side: the scanner with its database, the signer with its key, the images' digests and what they are compared with.
 * @throws UserError, RegistryError, ToolError: nothing was scanned or signed yet.
 */
export async function prepare(setting: Setting, access: Access, files: ScanFiles): Promise<Prepared> {
  const manifest = await readManifest(setting)
  const [scanner, signer, { subjects, baselines }] = await Promise.all([
    prepareTrivy(setting, access, manifest).then(trivy => prepareScanner(setting, trivy, files)),
    prepareSigner(setting, access, manifest),
    openImages(setting, access)
  ])
  return { scanner, subjects, baselines, ...(signer === undefined ? {} : { signer }) }
}

async function openImages(setting: Setting, access: Access): Promise<Pick<Prepared, 'subjects' | 'baselines'>> {
  const subjects = await openSubjects(setting, access.registry)
  for (const { name, digest, platforms } of subjects) {
    const named = platforms.map(({ platform }) => platform).filter(Boolean)
    setting.log.info(`${name}${digest === undefined ? '' : ` is ${digest}`}: ${named.join(', ') || 'one platform'}`)
  }
  return { subjects, baselines: await openBaselines(setting, access, subjects) }
}

async function prepareSigner(setting: Setting, access: Access, manifest: ToolManifest): Promise<Signer | undefined> {
  const { config, abilities, log } = setting
  if (!abilities.sign.allowed || config.key === undefined) return undefined
  const key = { pem: config.key, password: config.password }
  const cosign = await prepareCosign(setting, access, manifest)
  const publicKey = await readPublicKey(cosign, key)
  const choice = chooseLog(config.transparencyLog, { visibility: await visibilityOf(setting), ...setting.context })
  log.info(`The key opens; its public half is ${publicKey.fingerprint}`)
  log.info(`Transparency log: ${choice.said}`)
  return { cosign, key, publicKey, log: choice.log }
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
