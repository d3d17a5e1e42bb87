import { isNotFound, RegistryError } from '../image/failures.ts'
import type { PinnedReference } from '../image/reference.ts'
import { messageOf, ToolError, UserError } from '../lib/errors.ts'
import type { SignatureFormat } from './args.ts'
import type { Seen } from './bundle.ts'
import { type Bundles, TOO_MANY_REMEDY, takeBundles, withBundleDirectory } from './bundles.ts'
import type { Authority, VerifyOptions } from './cosign.ts'
import { explainRefusal, notLogged } from './explain.ts'
import { type Looked, lookOnce, lookPatiently, type Subject, wouldAskPublicLog } from './look.ts'
import { SIGNATURE_TYPES, type Verified } from './output.ts'
import { findImage, isWrongAnswer, type LookTools, readLegacyAttestations, readLegacySignatures } from './presence.ts'
import { ATTESTED_TYPES, signaturesFor } from './questions.ts'
import type { Look } from './verify-args.ts'

/** A signature proper that cosign found good, with who made it and how it is stored. */
export interface Signature extends Verified, Look {}

/** What was found out about an image's signatures. Each `reason` is a sentence without a full stop. */
export type SignatureFinding =
  /** `by` and `format` are those of the first; there is at least one. Those of all authorities and both formats are here. */
  | {
      readonly state: 'signed'
      readonly by: Authority
      readonly format: SignatureFormat
      readonly signatures: readonly Signature[]
    }
  /** By an authority, but no signature; `types` are URIs of predicate types. */
  | {
      readonly state: 'only-attestation'
      readonly by: Authority
      readonly types: readonly string[]
      readonly reason: string
    }
  | {
      readonly state:
        | 'not-signed'
        | 'other-signer'
        | 'other-digest'
        | 'not-logged'
        | 'not-found'
        /** Nobody could look. */
        | 'unreachable'
        /** Something of ours is wrong, or the registry's answers are. */
        | 'error'
      readonly reason: string
      readonly remedy?: string
    }

/**
 * Looks for signatures of one manifest by any of the authorities, in both formats. The registry is asked first, by ourselves: cosign says "no
 * signatures found" of an image that is not signed, of one that is not there, and of a registry that has a hiccup.
 * @returns every outcome of registry and cosign as a finding; nothing but `signed` may be taken for a signature.
 */
export async function checkSignature(
  tools: LookTools,
  reference: PinnedReference,
  authorities: readonly Authority[],
  options: VerifyOptions
): Promise<SignatureFinding> {
  try {
    return await withBundleDirectory(tools.cosign, layout => check({ tools, reference, options, layout }, authorities))
  } catch (error) {
    return findingOf(error)
  }
}

async function check(subject: Subject, authorities: readonly Authority[]): Promise<SignatureFinding> {
  const { reference, options, layout } = subject
  const { registry } = subject.tools
  const [image, bundles, legacy] = await Promise.allSettled([
    findImage(registry, reference),
    takeBundles(registry, reference, options, layout),
    readLegacySignatures(registry, reference, options)
  ])
  answerOf(image) // First: what is not there has no signatures to be asked for.
  const there = { bundles: answerOf(bundles), legacy: answerOf(legacy) ?? [] }

  const looked = await lookForSignatures(subject, authorities, there)
  const signatures = signaturesIn(looked, reference.digest)
  const [first] = signatures
  if (first !== undefined) return { state: 'signed', by: first.by, format: first.format, signatures }
  return (
    blockedBy(looked) ??
    leftOut(there.bundles) ??
    attestedBy(looked) ??
    (await findLegacyAttestation(subject, authorities)) ??
    explainAll(subject, authorities, there, looked)
  )
}

/** What lies beside the image: bundles, and what says what of itself at the `.sig` tag. */
interface There {
  readonly bundles: Bundles
  readonly legacy: readonly Seen[]
}

type LookedForSignatures = readonly Looked<readonly Verified[]>[]

async function lookForSignatures(
  subject: Subject,
  authorities: readonly Authority[],
  { bundles, legacy }: There
): Promise<LookedForSignatures> {
  const { reference, options } = subject
  const looksAs = (format: SignatureFormat) => authorities.map(by => ({ by, format }))
  const withoutProof = wouldAskPublicLog(legacy, options)
  const looks = [
    ...(bundles.count > 0 ? looksAs('bundle') : []),
    ...(legacy.length > 0 && !withoutProof ? looksAs('legacy') : [])
  ]
  const isEnough = (answers: LookedForSignatures) => signaturesIn(answers, reference.digest).length > 0
  const looked = await lookPatiently(subject, looks, signaturesFor(reference.digest), isEnough)
  const failure = { kind: 'refused', unlogged: true, details: [] } as const
  return withoutProof ? [...looked, ...looksAs('legacy').map(look => ({ ...look, failure }))] : looked
}

function signaturesIn(looked: LookedForSignatures, digest: string): Signature[] {
  return looked.flatMap(one =>
    'found' in one
      ? one.found
          .filter(({ type, digest: signed }) => type === SIGNATURE_TYPES[one.format] && signed === digest)
          .map(verified => ({ ...verified, by: one.by, format: one.format }))
      : []
  )
}

/** What kept cosign from looking: then nothing can be said of the rest. */
function blockedBy(looked: readonly Looked<unknown>[]): SignatureFinding | undefined {
  const failures = looked.flatMap(one => ('failure' in one ? [one.failure] : []))
  const blocking = failures.find(({ kind }) => kind === 'error') ?? failures.find(({ kind }) => kind === 'unreachable')
  if (blocking?.kind !== 'error' && blocking?.kind !== 'unreachable') return undefined
  const { kind, reason, remedy } = blocking
  return { state: kind, reason, ...(remedy === undefined ? {} : { remedy }) }
}

/** None was found, and there is more than was read. */
function leftOut({ unread }: Bundles): SignatureFinding | undefined {
  if (unread === undefined) return undefined
  return { state: 'error', reason: `no signature is among what was read: ${unread}`, remedy: TOO_MANY_REMEDY }
}

function attestedBy(looked: readonly Looked<unknown>[]): SignatureFinding | undefined {
  for (const one of looked)
    if ('failure' in one && one.failure.kind === 'other-types') return onlyAttestation(one.by, one.failure.types)
  return undefined
}

async function findLegacyAttestation(
  subject: Subject,
  authorities: readonly Authority[]
): Promise<SignatureFinding | undefined> {
  const { tools, reference, options } = subject
  const seen = await readLegacyAttestations(tools.registry, reference, options)
  if (seen === undefined || wouldAskPublicLog(seen, options)) return undefined
  const looks = authorities.map(by => lookOnce(subject, { by, format: 'legacy' }, ATTESTED_TYPES))
  return attestedBy(await Promise.all(looks))
}

function onlyAttestation(by: Authority, types: readonly string[]): SignatureFinding {
  const reason = `there is an attestation by the right signer (${types.join(', ')}), but no signature, and an attestation is none`
  return { state: 'only-attestation', by, types, reason }
}

/** Why nothing of what is there is believed. */
async function explainAll(
  subject: Subject,
  authorities: readonly Authority[],
  there: There,
  looked: LookedForSignatures
): Promise<SignatureFinding> {
  const { reference, options } = subject
  const { seen } = there.bundles
  const isUnread = looked.some(
    one => 'failure' in one && one.failure.kind === 'nothing' && (one.format === 'legacy' || seen.length > 0)
  )
  if (isUnread)
    return { state: 'unreachable', reason: 'the registry lists signatures, but cosign could read none of them' }
  const unlogged = options.log === 'required' ? await lookWithoutLog(subject, authorities, there) : []
  if (signaturesIn(unlogged, reference.digest).length > 0) return notLogged(options)
  const failed = looked.filter(one => !unlogged.some(({ by }) => by === one.by))
  return explainRefusal(authorities, [...failed, ...unlogged], [...seen, ...there.legacy], options)
}

/** Cosign looks at the log before it looks at the key: only without the log it says whose signature it is. */
function lookWithoutLog(subject: Subject, authorities: readonly Authority[], there: There) {
  const keys = authorities.filter(({ kind }) => kind === 'key')
  const { trustedRoot: _, ...options } = subject.options
  return lookForSignatures({ ...subject, options: { ...options, log: 'ignored' } }, keys, there)
}

function findingOf(error: unknown): SignatureFinding {
  if (!(error instanceof ToolError || error instanceof UserError)) throw error
  const remedy = error instanceof ToolError && error.remedy !== undefined ? { remedy: error.remedy } : {}
  if (isNotFound(error)) return { state: 'not-found', reason: 'the image is not in the registry' }
  const isOurs = !(error instanceof RegistryError) || isWrongAnswer(error)
  return { state: isOurs ? 'error' : 'unreachable', reason: messageOf(error), ...remedy }
}

function answerOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}
