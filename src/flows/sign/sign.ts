import { ensureSigned } from '../../cosign/sign.ts'
import { verifyCommand } from '../../cosign/verify-command.ts'
import { formatReference, nameOf, type PinnedReference, pin } from '../../image/reference.ts'
import type { Registry } from '../../image/registry.ts'
import { messageOf, ToolError } from '../../lib/errors.ts'
import type { Verdict } from '../../policy/policy.ts'
import type { Signing } from '../../render/outcome.ts'
import type { Subject } from '../scan/subjects.ts'
import type { Setting } from '../setting.ts'
import { optionsOf, type Signer } from './signer.ts'

/** What came of signing, and the command that checks it. */
export interface SigningOutcome {
  readonly signing: Signing
  readonly verifyCommand?: string
}

/**
 * Signs one image in every repository that it was named in, if verdict and event allow it: each scanned platform, then the index.
 * Never throws: what fails is told together with what was signed before.
 * @param signer absent when this event may not sign.
 */
export async function signSubject(
  setting: Setting,
  registry: Registry,
  signer: Signer | undefined,
  subject: Subject,
  verdict: Verdict
): Promise<SigningOutcome> {
  const refusal = whyNot(setting, signer, subject, verdict)
  if (refusal !== undefined || signer === undefined) return { signing: refusal ?? skipped('there is no key') }

  const plan = planOf(setting, subject)
  const done = new Map<string, 'signed' | 'already-signed'>()
  const ensure = (reference: PinnedReference) => signManifest({ setting, registry, signer, plan }, reference, done)
  try {
    for (const place of subject.places) {
      const children = plan.children.map(digest => pin(place, digest))
      await settleAll(children.map(ensure))
      // Last, so that a signed index means that everything under it is signed.
      if (plan.signsRoot) await ensure(place)
    }
  } catch (error) {
    return { signing: failed(error, signedNow(done)) }
  }
  return outcome(setting, signer, plan, subject, [...done.values()])
}

interface Plan {
  readonly annotations: Readonly<Record<string, string>>
  /** Digests of platforms below the index; none for a single manifest. */
  readonly children: readonly string[]
  /** False when a platform was left out: the index would vouch for what nobody looked at. */
  readonly signsRoot: boolean
  /** The digest that tags are to point at. */
  readonly promoted?: string
}

function planOf({ config, abilities }: Setting, subject: Subject): Plan {
  const isPromoted = config.promote.length > 0 && abilities.promote.allowed
  return {
    annotations: config.annotations,
    children: subject.kind === 'index' ? subject.platforms.flatMap(({ digest }) => digest ?? []) : [],
    signsRoot: subject.leftOut.length === 0,
    ...(isPromoted && subject.digest !== undefined ? { promoted: subject.digest } : {})
  }
}

/** Each format in turn: a digest has one writer at a time, because registries without the Referrers API lose concurrent updates. */
async function signManifest(
  work: { setting: Setting; registry: Registry; signer: Signer; plan: Plan },
  reference: PinnedReference,
  done: Map<string, 'signed' | 'already-signed'>
): Promise<void> {
  const { setting, registry, signer, plan } = work
  for (const format of signer.formats) {
    const state = await ensureSigned(
      { cosign: signer.cosign, registry, wait: setting.wait, say: line => setting.log.info(line) },
      {
        reference,
        key: signer.key,
        authority: signer.authority,
        options: { ...optionsOf(setting, signer), format },
        annotations: annotationsOf(setting, reference, plan.annotations),
        // What is promoted says the newest run that did it, or a delayed run between it and the first one would take the tag back.
        ofThisRun: reference.digest === plan.promoted ? [] : ['run']
      }
    )
    done.set(`${formatReference(reference)} (${format})`, state)
    setting.log.info(
      `${state === 'signed' ? 'Signed and verified' : 'Already signed'}: ${formatReference(reference)} (${format})`
    )
  }
}

/** What the signature says beside the digest: where the image belongs and what made it. */
function annotationsOf(
  { context }: Setting,
  reference: PinnedReference,
  own: Plan['annotations']
): Record<string, string> {
  return {
    ...own,
    repository: nameOf(reference),
    revision: context.sha,
    ref: context.ref,
    event: context.event,
    run: context.runUrl
  }
}

function whyNot(
  { config, abilities }: Setting,
  signer: Signer | undefined,
  subject: Subject,
  verdict: Verdict
): Signing | undefined {
  if (verdict.result === 'incomplete') return skipped('an image that was not wholly scanned is never signed')
  if (!abilities.sign.allowed) {
    const { reason, remedy, later } = abilities.sign
    return { ...skipped(reason, later && verdict.result === 'pass'), ...(remedy === undefined ? {} : { remedy }) }
  }
  if (subject.places.length === 0)
    return skipped('an image that is scanned from a file or a daemon is in no registry where it could be signed')
  if (verdict.result === 'fail' && config.sign === 'passing') return skipped('only an image that passes is signed')
  return signer === undefined ? skipped('there is no key') : undefined
}

function outcome(
  setting: Setting,
  signer: Signer,
  plan: Plan,
  subject: Subject,
  states: readonly ('signed' | 'already-signed')[]
): SigningOutcome {
  if (!plan.signsRoot) {
    const reason = `only the scanned platforms are signed, not the index: platforms leaves out ${subject.leftOut.join(', ')}`
    return { signing: { ...skipped(reason), platformsSigned: true } }
  }
  const state = states.every(one => one === 'already-signed') ? 'already-signed' : 'signed'
  return { signing: { state, verified: true, formats: signer.formats }, ...commandOf(setting, signer, subject) }
}

function commandOf(setting: Setting, signer: Signer, subject: Subject): Pick<SigningOutcome, 'verifyCommand'> {
  const [place] = subject.places
  if (place === undefined) return {}
  const { trustedRoot } = setting.config
  // The path as the workflow has it: people are in a checkout of their own.
  const sigstore = trustedRoot === undefined ? {} : { trustedRoot }
  const options = { ...optionsOf(setting, signer), sigstore, formats: signer.formats }
  const conditions = { repository: nameOf(place) }
  return { verifyCommand: verifyCommand(formatReference(place), signer.authority, options, conditions) }
}

function skipped(reason: string, later = false): Signing & { state: 'skipped' } {
  return { state: 'skipped', reason, later }
}

function failed(error: unknown, done: readonly string[]): Signing {
  const remedy = error instanceof ToolError ? error.remedy : undefined
  return { state: 'failed', reason: messageOf(error), done, ...(remedy === undefined ? {} : { remedy }) }
}

function signedNow(done: ReadonlyMap<string, 'signed' | 'already-signed'>): string[] {
  return [...done].flatMap(([what, state]) => (state === 'signed' ? [what] : []))
}

/** Waits for all, so that nothing is still being signed when the first failure is told. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const failure = (await Promise.allSettled(work)).find(result => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}
