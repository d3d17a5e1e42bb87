import { RegistryError } from '../image/failures.ts'
import type { PinnedReference } from '../image/reference.ts'
import { predicateTypeOf } from '../lib/predicate-types.ts'
import { CommandError } from '../process/run.ts'
import type { SignatureOptions } from './args.ts'
import { takeBundles, withBundleDirectory } from './bundles.ts'
import type { Authority, VerifyOptions } from './cosign.ts'
import { ask, type Question } from './look.ts'
import type { Verified } from './output.ts'
import type { LookTools } from './presence.ts'
import { signaturesFor, statementsFor } from './questions.ts'

/** How that is looked at which was made with these options. */
export function verifyOptionsOf({
  log,
  sigstore,
  signatureRepository
}: Omit<SignatureOptions, 'format'>): VerifyOptions {
  return {
    log: log ? 'required' : 'ignored',
    ...(sigstore?.trustedRoot === undefined ? {} : { trustedRoot: sigstore.trustedRoot }),
    ...(signatureRepository === undefined ? {} : { signatureRepository })
  }
}

/** What is looked for: what the authority signed on one manifest, in one format. */
interface Wanted {
  readonly reference: PinnedReference
  readonly authority: Authority
  readonly options: SignatureOptions
}

/**
 * Asks cosign for the signatures that the authority made of one manifest.
 * @throws CommandError when cosign found nothing good, or could not look: it tells the two apart by its text only.
 * @throws RegistryError when the registry does not tell what lies beside the manifest.
 */
export function verify(tools: LookTools, wanted: Wanted): Promise<readonly Verified[]> {
  return find(tools, wanted, signaturesFor(wanted.reference.digest))
}

/** The same, with nothing for an image on which cosign finds nothing good, or that nobody could look at. */
export async function verifyOrNothing(tools: LookTools, wanted: Wanted): Promise<readonly Verified[]> {
  try {
    return await verify(tools, wanted)
  } catch (error) {
    if (error instanceof CommandError || error instanceof RegistryError) return []
    throw error
  }
}

/**
 * Asks cosign for the attestations of one type that the authority signed.
 * @param type one of cosign's short names or the predicate type's URI.
 * @returns the payload of each, in base64: an in-toto statement.
 * @throws as `verify` does.
 */
export async function verifyAttestation(tools: LookTools, wanted: Wanted, type: string): Promise<readonly string[]> {
  const found = await find(tools, wanted, statementsFor(wanted.reference.digest, predicateTypeOf(type)))
  return found.map(({ payload }) => payload)
}

function find<T>(
  tools: LookTools,
  { reference, authority, options }: Wanted,
  question: Question<readonly T[]>
): Promise<readonly T[]> {
  const given = verifyOptionsOf(options)
  const look = { by: authority, format: options.format }
  return withBundleDirectory(tools.cosign, async layout => {
    const isBundle = options.format === 'bundle'
    if (isBundle && (await takeBundles(tools.registry, reference, given, layout)).count === 0) return []
    return ask({ tools, reference, options: given, layout }, look, question)
  })
}
