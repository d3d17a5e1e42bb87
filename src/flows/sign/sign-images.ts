import { abilities } from '../../github/abilities.ts'
import type { ImageOutcome, JudgedImage, Signing } from '../../render/outcome.ts'
import type { Access } from '../access.ts'
import { promoteSubject } from '../promote/promote.ts'
import type { Released } from '../released/released.ts'
import type { FreshScan, Scanner } from '../scan/scan.ts'
import type { Subject } from '../scan/subjects.ts'
import type { Setting } from '../setting.ts'
import { attestSubject } from './attest.ts'
import type { SbomOf } from './sboms.ts'
import { signSubject } from './sign.ts'
import type { Signer } from './signer.ts'

/** What signing is done with and about. */
export interface ToSign {
  /** Absent when this event may not sign. */
  readonly signer: Signer | undefined
  readonly scanner: Scanner
  readonly sbomOf: SbomOf
  readonly judged: ReadonlyMap<Subject, JudgedImage>
  /** As they came from the scanner. */
  readonly fresh: ReadonlyMap<Subject, readonly FreshScan[]>
  /** What is known of signatures of earlier runs. */
  readonly released: Released
  /** Why something that `promote` waits for did not come about; undefined where it did, absent where nothing is required. */
  readonly required: Promise<string | undefined> | undefined
}

/**
 * Signs, attests and promotes each image, as far as its verdict and the event allow it. One image after the other: two may share a digest's
 * fallback tag. Never throws: each outcome says what was done and what was not.
 */
export async function signImages(setting: Setting, access: Access, work: ToSign): Promise<readonly ImageOutcome[]> {
  warnOfNever(setting)
  const images: ImageOutcome[] = []
  for (const [subject, image] of work.judged) {
    const signed = await signSubject(setting, access.registry, work.signer, subject, image.verdict)
    const outcome = { ...image, ...signed, ...work.released.checks.get(subject) }
    const attested = { ...outcome, ...(await evidenceOf(setting, access, work, subject, outcome)) }
    images.push({ ...attested, ...(await promotionOf(setting, access, work, subject, attested)) })
  }
  return images
}

async function evidenceOf(
  setting: Setting,
  access: Access,
  { signer, scanner, sbomOf, fresh }: ToSign,
  subject: Subject,
  image: ImageOutcome
): Promise<Pick<ImageOutcome, 'evidence' | 'evidenceSkipped'>> {
  if (setting.config.attest.length === 0) return {}
  const reason = whyUnattested(image.signing)
  if (reason !== undefined || signer === undefined) {
    const evidenceSkipped = reason ?? 'there is no key'
    setting.log.info(`Skipped attesting ${image.name}: ${evidenceSkipped}`)
    return { evidenceSkipped }
  }
  const tools = { registry: access.registry, signer, scanner, sbomOf }
  return { evidence: await attestSubject(setting, tools, subject, image, fresh.get(subject) ?? []) }
}

/** Evidence is signed about each platform, so signed platforms are enough. */
function whyUnattested(signing: Signing): string | undefined {
  if (signing.state === 'failed') return 'it is not signed as it should be'
  if (signing.state !== 'skipped' || signing.platformsSigned) return undefined
  return signing.later ? 'it will be signed after the merge' : `it is not signed by this step: ${signing.reason}`
}

/** What this run does not sign it neither attests nor promotes, which is easily overlooked. */
function warnOfNever({ config, context, log }: Setting): void {
  const { sign, signOn, signWith, attest, promote } = config
  const asked = [...(attest.length > 0 ? ['attest'] : []), ...(promote.length > 0 ? ['promote'] : [])]
  if (sign !== 'never' || asked.length === 0) return
  if (!abilities(context, { sign: 'passing', signOn, hasKey: signWith !== undefined }).sign.allowed) return
  const inputs = asked.join(' and ')
  log.warning(
    `sign is never, so that ${inputs} ${asked.length === 1 ? 'does' : 'do'} nothing: only what this step signs is attested and promoted. Set sign: passing, or remove ${inputs}.`
  )
}

async function promotionOf(
  setting: Setting,
  access: Access,
  { signer, required }: ToSign,
  subject: Subject,
  image: ImageOutcome
): Promise<Pick<ImageOutcome, 'promotion'>> {
  if (setting.config.promote.length === 0) return {}
  return {
    promotion: await promoteSubject(setting, access, signer, subject, { ...image, ...(required && { required }) })
  }
}
