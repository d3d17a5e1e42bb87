import { idTokenSource } from '../cosign/id-token.ts'
import { RegistryError } from '../image/failures.ts'
import { formatReference, pin } from '../image/reference.ts'
import type { Registry } from '../image/registry.ts'
import { messageOf, ToolError, UserError } from '../lib/errors.ts'
import type { Access } from './access.ts'
import { type BaselineSubject, openBaselines } from './scan/baseline.ts'
import { prepareScanner, type ScanFiles, type Scanner } from './scan/scan.ts'
import { openSubjects, type Subject } from './scan/subjects.ts'
import type { Setting } from './setting.ts'
import { prepareSigner, type Signer, signsAnything } from './sign/signer.ts'
import { NO_ID_TOKEN } from './sign/signing-key.ts'
import { prepareTrivy, readManifest } from './tools.ts'

/** @throws UserError: on an event that signs, an empty key is a renamed secret more often than a wish; and keyless needs its permission. */
export function refuseMissingKey(setting: Setting): void {
  const { config, context, abilities, env } = setting
  if (!signsAnything(setting)) return
  if (abilities.missingKey)
    throw new UserError(
      `cosign-key is empty, and ${context.event} is in sign-on; give cosign-key: \${{ secrets.COSIGN_PRIVATE_KEY }} (check the secret's name), sign without a key of your own by keyless: true, take ${context.event} out of sign-on, or set sign: never`
    )
  if (abilities.sign.allowed && config.signWith?.kind === 'keyless' && idTokenSource(env) === undefined)
    throw new UserError(NO_ID_TOKEN)
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
  refuseSeveralPromoted(setting, subjects)
  await checkSignatureRepository(setting, access.registry, subjects)
  for (const { name, digest, platforms } of subjects) {
    const named = platforms.map(({ platform }) => platform).filter(Boolean)
    setting.log.info(`${name}${digest === undefined ? '' : ` is ${digest}`}: ${named.join(', ') || 'one platform'}`)
  }
  return { subjects, baselines: await openBaselines(setting, access, subjects) }
}

/** @throws UserError: a tag can point at one image only. */
export function refuseSeveralPromoted({ config, abilities }: Setting, subjects: readonly Subject[]): void {
  if (config.promote.length === 0 || !abilities.promote.allowed || subjects.length === 1) return
  throw new UserError(
    `promote needs exactly one image, but image names ${subjects.length} with different digests; promote each in a step of its own, or remove promote`
  )
}

/**
 * That nothing is there yet, or may not be read, is an answer; that nobody answers is told now, and not after the scan.
 * @throws ToolError.
 */
export async function checkSignatureRepository(
  { config, abilities }: Setting,
  registry: Pick<Registry, 'referrers'>,
  subjects: readonly Subject[]
): Promise<void> {
  const { signatureRepository, signWith } = config
  const digest = subjects.find(subject => subject.digest !== undefined)?.digest
  if (signatureRepository === undefined || digest === undefined || signWith === undefined || !abilities.sign.allowed)
    return
  try {
    await registry.referrers(pin(signatureRepository, digest))
  } catch (error) {
    if (!(error instanceof RegistryError) || error.status !== undefined) return
    const said = `signature-repository ${formatReference(signatureRepository)} cannot be used: ${messageOf(error)}`
    throw new ToolError(said, error.remedy === undefined ? {} : { remedy: error.remedy })
  }
}
