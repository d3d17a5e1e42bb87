import { stat } from 'node:fs/promises'
import { formatReference, type PinnedReference } from '../image/reference.ts'
import { ToolError } from '../lib/errors.ts'
import { asObject, asString } from '../lib/json.ts'
import { attestArguments, type SignatureOptions } from './args.ts'
import type { Authority, SigningKey } from './cosign.ts'
import { signaturesOf } from './place.ts'
import { lists, lookUntilThere, type SigningTools, sayIfBeyondFirstPage } from './proof.ts'
import type { PushedBundle } from './pushed.ts'
import { callCosign } from './signing-call.ts'
import { verifyAttestation } from './verify.ts'

/** One attestation to be made: of one manifest, in one format. */
export interface AttestingJob {
  readonly reference: PinnedReference
  readonly key: SigningKey
  /** Whom the attestation is by, once it is there. */
  readonly authority: Authority
  readonly options: SignatureOptions
  /** One of cosign's short names (`vuln`, `cyclonedx`) or the predicate type's URI. */
  readonly type: string
  /**
   * Absolute path of the predicate, a JSON object. What cosign makes of it differs: for `vuln` it goes through a Go struct, and members that it does
   * not know are lost (sigstore/cosign pkg/cosign/attestation/attestation.go); every number becomes a float.
   */
  readonly predicateFile: string
}

/**
 * Signs one statement about the manifest, and proves it: found in the registry, and verified as an attestation of its type by the authority.
 * Attestations and signatures of one digest are made one after another: where a registry lists them at a tag, parallel ones are lost.
 * @throws ToolError that says what failed, with a remedy.
 */
export async function attest(tools: SigningTools, job: AttestingJob): Promise<void> {
  const { reference, key, options, type, predicateFile } = job
  const subject = formatReference(reference)
  const bundle = await callCosign(tools, {
    command: 'attest',
    reference,
    key,
    options,
    size: (await stat(predicateFile)).size,
    args: bundleFile => attestArguments(subject, key, options, { type, file: predicateFile }, bundleFile)
  })
  const missing = await lookUntilThere(tools, () => whatIsMissing(tools, job, bundle))
  if (missing !== '') throw new ToolError(`${subject} was attested (${type}), but ${missing}`)
  if (bundle !== undefined) await sayIfBeyondFirstPage(tools, signaturesOf(reference, options), bundle.digest)
}

/** Empty when the attestation is there and good. */
async function whatIsMissing(
  tools: SigningTools,
  { reference, authority, options, type }: AttestingJob,
  bundle: PushedBundle | undefined
): Promise<string> {
  const place = signaturesOf(reference, options)
  if (bundle !== undefined && !(await lists(tools.registry, place, bundle.digest)))
    return 'the registry does not list the attestation'
  const payloads = await verifyAttestation(tools, { reference, authority, options }, type)
  const isThere = bundle === undefined ? payloads.length > 0 : payloads.includes(payloadOf(bundle))
  return isThere ? '' : 'what the registry has is not the attestation of this run'
}

/** What was signed, in base64 as it stands in the bundle. Format: sigstore/protobuf-specs protos/sigstore_bundle.proto */
function payloadOf({ content }: PushedBundle): string {
  const bundle = asObject(JSON.parse(content.toString('utf8')), 'the bundle')
  return asString(asObject(bundle['dsseEnvelope'], 'dsseEnvelope')['payload'], 'dsseEnvelope.payload')
}
