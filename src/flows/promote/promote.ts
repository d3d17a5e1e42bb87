import { copyImage } from '../../image/copy.ts'
import type { WritableRegistry } from '../../image/registry.ts'
import { messageOf, ToolError } from '../../lib/errors.ts'
import type { Verdict } from '../../policy/policy.ts'
import type { Evidence, PromotedTag, Promotion, Signing } from '../../render/outcome.ts'
import type { Subject } from '../scan/subjects.ts'
import type { Setting } from '../setting.ts'
import { signSubject } from '../sign/sign.ts'
import type { Signer } from '../sign/signer.ts'
import { type Mover, moveTag, outcomeOf, readTag, type Standing } from './move-tag.ts'
import { type Progress, startProgress } from './promotion-progress.ts'
import { promotionTargets, type Target } from './promotion-targets.ts'

/** What came before of the image that is to be promoted. */
export interface PromotedImage {
  readonly verdict: Verdict
  readonly signing: Signing
  readonly evidence?: readonly Evidence[]
  /** Resolves when everything else that is required has come to its end: to a sentence without a full stop where it failed. */
  readonly required?: Promise<string | undefined>
}

/**
 * Gives a signed image the tags that `promote` names. Whatever can fail comes before the first tag moves: the right to push to each repository,
 * what each tag points at now, the copies in other repositories, and the signatures there, which say the name that the image has there.
 * Tags have no compare-and-swap: each is read once more right before it is put, and read back afterwards. Between those two requests another
 * writer can be overwritten, which nobody sees.
 * Never throws: what fails is told together with what was moved before.
 * @param signer absent when this event may not sign.
 */
export async function promoteSubject(
  setting: Setting,
  access: { readonly registry: WritableRegistry },
  signer: Signer | undefined,
  subject: Subject,
  image: PromotedImage
): Promise<Promotion> {
  const refusal = whyNot(setting, image)
  if (refusal !== undefined) return refusal
  const { digest, places } = subject
  if (signer === undefined || digest === undefined) return skipped('it is not signed')
  const { verdict, required } = image
  const failure = await setting.within(Promise.resolve(required)).catch(messageOf)
  if (failure !== undefined) return skipped(failure, { failed: true })
  const work: Work = { setting, registry: access.registry, signer, subject, verdict, standings: new Map() }
  const tags = await promoteAll(work, promotionTargets(setting.config.promote, places, digest))
  for (const tag of tags) setting.log.info(sentenceOf(tag))
  return { state: 'done', tags }
}

function whyNot({ abilities }: Setting, { verdict, signing, evidence }: PromotedImage): Promotion | undefined {
  if (!abilities.promote.allowed) return skipped(abilities.promote.reason)
  if (verdict.result !== 'pass') return skipped('only an image that passes is promoted')
  if (signing.state === 'skipped') return skipped(`it is not signed: ${signing.reason}`)
  if (signing.state === 'failed') return skipped('it is not signed as it should be', { failed: true })
  if (!signing.verified) return skipped('its signature was not verified', { failed: true })
  const missing = evidence?.find(({ state }) => state === 'failed')
  if (missing === undefined) return undefined
  const { type, platform, reason, remedy } = missing
  const what = `${type} of ${platform}${reason === undefined ? '' : `: ${reason}`}`
  return skipped(`it is not attested as it should be: ${what}`, { failed: true, ...(remedy && { remedy }) })
}

interface Work extends Mover {
  readonly subject: Subject
  readonly verdict: Verdict
  /** What was found out about each target. */
  readonly standings: Map<Target, Standing>
}

async function promoteAll(work: Work, targets: readonly Target[]): Promise<readonly PromotedTag[]> {
  const progress = startProgress(targets)
  try {
    await lookAtAll(work, progress)
    await provideAll(work, progress)
    await moveAll(work, progress)
  } catch (error) {
    progress.fail(error)
  }
  return progress.tags()
}

/** Nothing is written yet. */
async function lookAtAll(work: Work, progress: Progress): Promise<void> {
  const { setting, registry, standings } = work
  const mayPush = oncePerRepository(target => registry.writer.mustAccept(target.image))
  await progress.each(async target => {
    await setting.within(mayPush(target))
    const standing = await setting.within(readTag(work, target))
    standings.set(target, standing)
    return standing.state === 'newer' ? outcomeOf(standing) : undefined
  })
}

/** Makes the image, with a signature that says its name there, be in every other repository. No tag shows it yet. */
async function provideAll(work: Work, progress: Progress): Promise<void> {
  const { setting, standings } = work
  const provide = oncePerRepository(async target => {
    await setting.within(copyTo(work, target))
    await setting.within(signAt(work, target))
  })
  await progress.each(async target => {
    if (!target.isOwn) await provide(target)
    return outcomeOf(standings.get(target))
  })
}

async function moveAll(work: Work, progress: Progress): Promise<void> {
  const { setting, standings } = work
  await progress.each(async target => {
    // At the end of the step's time no other one is begun, and the one that is has a while to come to its end.
    await setting.within(Promise.resolve())
    return setting.whileTelling(moveTag(work, target, standings.get(target)))
  })
}

async function copyTo({ setting, registry, subject }: Work, { image, name }: Target): Promise<void> {
  const [source] = subject.places
  if (source === undefined) throw new ToolError('the image is in no registry from which it could be copied')
  setting.log.info(`Copying to ${name}`)
  const directory = await setting.directory.empty('copy')
  const withReferrers = setting.config.signatureRepository === undefined
  await copyImage({ registry, directory }, source, image, { withReferrers })
}

async function signAt({ setting, registry, signer, subject, verdict }: Work, { image }: Target): Promise<void> {
  const { signing } = await signSubject(setting, registry, signer, { ...subject, places: [image] }, verdict)
  if ('verified' in signing) return
  const { reason, remedy } = signing
  throw new ToolError(reason, remedy === undefined ? {} : { remedy })
}

function oncePerRepository(work: (target: Target) => Promise<void>): (target: Target) => Promise<void> {
  const done = new Map<string, Promise<void>>()
  return target => {
    const known = done.get(target.name) ?? work(target)
    done.set(target.name, known)
    return known
  }
}

const WORDS: Readonly<Record<PromotedTag['state'], string>> = {
  moved: 'was moved',
  'already-there': 'points there already',
  kept: 'was left alone',
  failed: 'was not moved',
  missed: 'was not tried'
}

function sentenceOf({ reference, state, from, reason }: PromotedTag): string {
  const before = state === 'moved' && from !== undefined ? `, from ${from}` : ''
  return `${reference} ${WORDS[state]}${before}${reason === undefined ? '' : `: ${reason}`}`
}

function skipped(
  reason: string,
  { failed = false, remedy }: { readonly failed?: boolean; readonly remedy?: string } = {}
): Promotion {
  return { state: 'skipped', reason, failed, ...(remedy === undefined ? {} : { remedy }) }
}
