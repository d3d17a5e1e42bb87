import { RegistryError } from '../image/failures.ts'
import type { PinnedReference } from '../image/reference.ts'
import { ToolError } from '../lib/errors.ts'
import type { JsonObject } from '../lib/json.ts'
import { predicateTypeOf } from '../lib/predicate-types.ts'
import type { SignatureFormat } from './args.ts'
import type { Seen } from './bundle.ts'
import { type Bundles, TOO_MANY_REMEDY, takeBundles, withBundleDirectory } from './bundles.ts'
import type { Authority, VerifyOptions } from './cosign.ts'
import type { AttestedStatement } from './in-toto.ts'
import { type Looked, lookPatiently, type Subject, wouldAskPublicLog } from './look.ts'
import { SIGNATURE_TYPES } from './output.ts'
import { findImage, type LookTools, readLegacyAttestations } from './presence.ts'
import { statementsFor } from './questions.ts'
import type { Look } from './verify-args.ts'
import type { LookFailure } from './verify-failures.ts'

/** One attested statement about an image, its signature and its subject checked. */
export interface Statement {
  readonly predicateType: string
  readonly predicate: JsonObject
  readonly by: Authority
}

/** What any of the authorities attested. */
export interface Statements {
  /** All of the type that was asked for, in no order. */
  readonly statements: readonly Statement[]
  /** Predicate types that they attested when it is none of the type that was asked for. */
  readonly others: readonly string[]
  /** Why there is none, a sentence without a full stop; absent when there are some. */
  readonly refused?: string
}

/**
 * Reads what any of the authorities attested of one manifest: all matching statements of both formats, bundles and the `.att` tag.
 * @param predicateType one of cosign's short names (`vuln`, `slsaprovenance1`) or a URI.
 * @throws ToolError with a remedy, a RegistryError where the registry is what could not be read: when somebody could not look, since what was not
 * seen may say something newer than what was.
 */
export async function readStatements(
  tools: LookTools,
  reference: PinnedReference,
  predicateType: string,
  authorities: readonly Authority[],
  options: VerifyOptions
): Promise<Statements> {
  return withBundleDirectory(tools.cosign, async layout => {
    const type = predicateTypeOf(predicateType)
    await findImage(tools.registry, reference)
    const legacy = (await readLegacyAttestations(tools.registry, reference, options)) ?? []
    const bundles = await takeBundles(tools.registry, reference, options, layout)
    if (bundles.unread !== undefined) throw new ToolError(bundles.unread, { remedy: TOO_MANY_REMEDY })
    const subject = { tools, reference, options, layout }
    return sumUp(await lookForStatements(subject, authorities, type, { bundles, legacy }), type, options)
  })
}

function sumUp(looked: LookedForStatements, type: string, options: VerifyOptions): Statements {
  throwIfBlocked(looked)
  const statements = unique(looked)
  const failures = looked.flatMap(one => ('failure' in one ? [one.failure] : []))
  const others = failures.flatMap(failure => (failure.kind === 'other-types' ? failure.types : []))
  const isAttestation = (other: string) => other !== SIGNATURE_TYPES.bundle && other !== type
  const named = { statements, others: [...new Set(others)].filter(isAttestation) }
  return statements.length > 0 ? named : { ...named, refused: whyNone(type, failures, named.others, options) }
}

/** Tells a registry that could not be read from one whose answer cannot be right, as for our own requests. */
const COULD_NOT_LOOK = new Error('cosign could not look')

type LookedForStatements = readonly Looked<readonly AttestedStatement[]>[]

async function lookForStatements(
  subject: Subject,
  authorities: readonly Authority[],
  type: string,
  there: { readonly bundles: Bundles; readonly legacy: readonly Seen[] }
): Promise<LookedForStatements> {
  const looksAs = (format: SignatureFormat) => authorities.map(by => ({ by, format }))
  const withoutProof = wouldAskPublicLog(there.legacy, subject.options)
  const looks = [
    ...(there.bundles.count > 0 ? looksAs('bundle') : []),
    ...(there.legacy.length > 0 && !withoutProof ? looksAs('legacy') : [])
  ]
  const looked = await lookPatiently(subject, looks, statementsFor(subject.reference.digest, type))
  const isThere = (look: Look) => look.format === 'legacy' || there.bundles.seen.length > 0
  if (looked.some(one => 'failure' in one && one.failure.kind === 'nothing' && isThere(one))) throw notRead()
  const failure = { kind: 'refused', unlogged: true, details: [] } as const
  const unproved = withoutProof ? looksAs('legacy').map(look => ({ ...look, failure })) : []
  return [...looked, ...unproved]
}

function notRead(): RegistryError {
  const reason = 'the registry lists attestations, but cosign could read none of them'
  return new RegistryError(reason, { cause: COULD_NOT_LOOK, remedy: 'Run the job again later.' })
}

/** The newest statement decides, so nothing is said as long as something was not read. */
function throwIfBlocked(looked: LookedForStatements): void {
  for (const one of looked) {
    if (!('failure' in one)) continue
    const { failure } = one
    if (failure.kind === 'error') throw new ToolError(failure.reason, remedyOf(failure))
    if (failure.kind === 'unreachable') {
      throw new RegistryError(failure.reason, { cause: COULD_NOT_LOOK, ...remedyOf(failure) })
    }
  }
}

function remedyOf({ remedy }: { readonly remedy?: string }): { readonly remedy?: string } {
  return remedy === undefined ? {} : { remedy }
}

/** One may be there in both formats, and an authority may be listed twice. */
function unique(looked: LookedForStatements): readonly Statement[] {
  const known = new Map<string, Statement>()
  for (const one of looked)
    if ('found' in one)
      for (const { payload, ...said } of one.found) if (!known.has(payload)) known.set(payload, { ...said, by: one.by })
  return [...known.values()]
}

function whyNone(
  type: string,
  failures: readonly LookFailure[],
  others: readonly string[],
  { log }: VerifyOptions
): string {
  if (others.length > 0) return `the signer attested ${others.join(', ')}, but not ${type}`
  if (failures.some(({ kind }) => kind === 'other-digest')) return 'what is attested was made for another digest'
  const refused = failures.flatMap(failure => (failure.kind === 'refused' ? [failure] : []))
  if (log === 'required' && refused.some(({ unlogged }) => unlogged))
    return 'there are attestations, but none by the right signer that proves to be in the transparency log'
  const details = [...new Set(refused.flatMap(failure => failure.details))]
  if (refused.length > 0)
    return `there are attestations, but none by the right signer${details.length > 0 ? `: ${details.join(', ')}` : ''}`
  return 'there is no attestation'
}
