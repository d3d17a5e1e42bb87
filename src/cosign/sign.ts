import { formatReference, type PinnedReference } from '../image/reference.ts'
import { ToolError } from '../lib/errors.ts'
import { type SignatureOptions, signArguments } from './args.ts'
import type { Authority, SigningKey } from './cosign.ts'
import { includesSignature } from './output.ts'
import { signaturesOf } from './place.ts'
import { lists, lookUntilThere, type SigningTools, sayIfBeyondFirstPage } from './proof.ts'
import { callCosign } from './signing-call.ts'
import { verify, verifyOrNothing } from './verify.ts'

/** One signature to be there: of one manifest, in one format. */
export interface SigningJob {
  readonly reference: PinnedReference
  readonly key: SigningKey
  /** Whom the signature is by, once it is there. */
  readonly authority: Authority
  readonly options: SignatureOptions
  readonly annotations: Readonly<Record<string, string>>
  /** Those of the annotations that differ from run to run; a signature that differs in nothing else is kept. */
  readonly ofThisRun: readonly string[]
}

/**
 * Makes sure that the manifest carries a signature by the authority, and proves it: a valid one with the same content is kept, else one is
 * added, found in the registry, and verified as a signature of this digest with this run's annotations.
 * @throws ToolError that says what failed, with a remedy.
 */
export async function ensureSigned(tools: SigningTools, job: SigningJob): Promise<'signed' | 'already-signed'> {
  const { reference, key, authority, options, annotations, ofThisRun } = job
  const { format } = options
  const lasting = Object.fromEntries(Object.entries(annotations).filter(([name]) => !ofThisRun.includes(name)))
  const present = await verifyOrNothing(tools, { reference, authority, options })
  if (includesSignature(present, { format, digest: reference.digest, annotations: lasting })) return 'already-signed'
  const subject = formatReference(reference)
  const bundle = await callCosign(tools, {
    command: 'sign',
    reference,
    key,
    options,
    args: bundleFile => signArguments(subject, key, options, annotations, bundleFile)
  })
  const missing = await lookUntilThere(tools, () => whatIsMissing(tools, job, bundle?.digest))
  if (missing !== '') throw new ToolError(`${subject} was signed, but ${missing}`)
  if (bundle !== undefined) await sayIfBeyondFirstPage(tools, signaturesOf(reference, options), bundle.digest)
  return 'signed'
}

/** Empty when the signature is there and good. */
async function whatIsMissing(tools: SigningTools, job: SigningJob, bundleDigest: string | undefined): Promise<string> {
  const { reference, authority, options, annotations } = job
  const place = signaturesOf(reference, options)
  if (bundleDigest !== undefined && !(await lists(tools.registry, place, bundleDigest)))
    return 'the registry does not list the signature'
  const verified = await verify(tools, { reference, authority, options })
  const wanted = { format: options.format, digest: reference.digest, annotations }
  return includesSignature(verified, wanted) ? '' : 'what the registry has is not the signature of this run'
}
