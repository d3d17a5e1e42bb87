import { atMost } from '../../process/at-most.ts'
import { OUTCOME_WORDS, shortReference } from '../../render/verification-words.ts'
import type { Access } from '../access.ts'
import type { Conclusion } from '../conclude.ts'
import { prepareCosign, readManifest } from '../tools.ts'
import { accessTo } from './access.ts'
import { collectImages, type VerifySetting } from './asked.ts'
import { type Candidate, decideOn, lookAt, matchRule, resolveDigest, type Settled } from './image.ts'
import type { Looking } from './look.ts'
import { tellVerification } from './tell.ts'
import { checkKeyFiles, readBeliefs, readPolicy, signersOf } from './trust.ts'
import { warningsOf } from './warnings.ts'

/** Images that are looked at side by side, and children of cosign's that run at a time, of which an image with many platforms needs many. */
const SIDE_BY_SIDE = 4

/**
 * Verifies images: rule, digest, signatures and attestations, tag once more; then tells what came of it. Only the registries of images that a rule
 * names are contacted, and cosign is installed only if some rule asks for a signature or an attestation.
 * @returns why the step is red.
 * @throws UserError, ToolError before any image was looked at: for a policy, a Dockerfile or a key that cannot be read, or without cosign; at the
 *   step's time limit also later.
 */
export async function verifyImages(setting: VerifySetting): Promise<Conclusion> {
  const { log, within, now } = setting
  const [policy, asked] = await Promise.all([readPolicy(setting), collectImages(setting)])
  await checkKeyFiles(setting, policy)
  const matched = asked.images.map(image => matchRule(policy, image))
  const candidates = matched.flatMap(one => ('done' in one ? [] : [one]))
  const signers = signersOf(candidates.map(({ rule }) => rule))
  const warnings = warningsOf(setting, signers)
  for (const warning of warnings) log.warning(warning, { title: 'imgguard verify' })

  const access = await accessTo(setting, candidates, signers)
  const { registry } = access
  const [looking, resolved] = await within(
    Promise.all([
      signers.length === 0 ? undefined : log.group('Prepare', () => prepareLooking(setting, access, signers)),
      continued(matched, candidate => resolveDigest(registry, candidate))
    ])
  )
  const images = await log.group('Verify', async () => {
    const lookedAt = await within(continued(resolved, image => lookAt(looking, image)))
    const decided = await within(continued(lookedAt, async image => ({ done: await decideOn(registry, image, now()) })))
    for (const { done } of decided) log.info(`${shortReference(done.reference)}: ${OUTCOME_WORDS[done.outcome]}`)
    return decided
  })
  return tellVerification(setting, { images: images.map(({ done }) => done), warnings, notes: asked.notes })
}

async function prepareLooking(
  setting: VerifySetting,
  access: Access,
  signers: ReturnType<typeof signersOf>
): Promise<Looking> {
  const installed = await prepareCosign(setting, access, await readManifest(setting))
  const cosign = { ...installed, run: atMost(SIDE_BY_SIDE, installed.run) }
  const tools = { cosign, registry: access.registry, wait: setting.wait }
  return { tools, beliefs: await readBeliefs(setting, cosign, signers) }
}

/** Takes each image that is not settled a step further, a few side by side, and keeps the order. */
async function continued<T extends Candidate, U>(
  images: readonly (Settled | T)[],
  step: (image: T) => Promise<U>
): Promise<(Settled | U)[]> {
  const results: (Settled | U)[] = []
  const waiting = images.entries()
  const work = async () => {
    for (const [index, image] of waiting) results[index] = 'done' in image ? image : await step(image)
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work))
  return results
}
