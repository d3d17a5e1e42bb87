import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatReference, type PinnedReference } from '../image/reference.ts'
import { asObject, asString } from '../lib/json.ts'
import { predicateTypeOf } from '../lib/predicate-types.ts'
import { CommandError } from '../process/run.ts'
import type { SignatureOptions } from './args.ts'
import type { Authority, Cosign, VerifyOptions } from './cosign.ts'
import { parseVerified, type Verified } from './output.ts'
import { hostsOf, placeEnvironment } from './place.ts'
import { attestationArguments, signatureArguments } from './verify-args.ts'

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

/**
 * Asks cosign for everything that the authority signed on one manifest: signatures and attestations.
 * @throws CommandError when cosign found nothing good, or could not look: it tells the two apart by its text only.
 */
export async function verify(
  cosign: Cosign,
  reference: PinnedReference,
  authority: Authority,
  options: SignatureOptions
): Promise<readonly Verified[]> {
  const look = { by: authority, format: options.format }
  const args = signatureArguments(formatReference(reference), look, verifyOptionsOf(options))
  const cwd = await cosign.emptyDirectory('cosign-verify')
  return parseVerified(await ask(cosign, cwd, reference, authority, options, args))
}

/** The same, with nothing for an image on which cosign finds nothing good. */
export async function verifyOrNothing(
  cosign: Cosign,
  reference: PinnedReference,
  authority: Authority,
  options: SignatureOptions
): Promise<readonly Verified[]> {
  try {
    return await verify(cosign, reference, authority, options)
  } catch (error) {
    if (error instanceof CommandError) return []
    throw error
  }
}

/**
 * Asks cosign for the attestations of one type that the authority signed.
 * @param type one of cosign's short names or the predicate type's URI.
 * @returns the payload of each, in base64: an in-toto statement.
 * @throws CommandError as `verify` does.
 */
export async function verifyAttestation(
  cosign: Cosign,
  reference: PinnedReference,
  authority: Authority,
  options: SignatureOptions,
  type: string
): Promise<readonly string[]> {
  const look = { by: authority, format: options.format }
  const cwd = await cosign.emptyDirectory('cosign-verify')
  // What a child prints is kept up to a limit, and an inventory may be longer.
  const printed = join(cwd, 'printed')
  const args = attestationArguments(formatReference(reference), look, predicateTypeOf(type), verifyOptionsOf(options))
  await ask(cosign, cwd, reference, authority, options, ['--output-file', printed, ...args])
  // One DSSE envelope a line (sigstore/cosign cmd/cosign/cli/verify/verify_attestation.go).
  const envelopes = (await readFile(printed, 'utf8')).split('\n').filter(line => line.trim() !== '')
  return envelopes.map(line => asString(asObject(JSON.parse(line), 'the envelope')['payload'], 'payload'))
}

/** The environment by which a public key reaches a child. */
export function authorityEnvironment(authority: Authority): Record<string, string> {
  return authority.kind === 'key' ? { COSIGN_PUBLIC_KEY: authority.pem } : {}
}

async function ask(
  cosign: Cosign,
  cwd: string,
  reference: PinnedReference,
  authority: Authority,
  options: SignatureOptions,
  args: readonly string[]
): Promise<string> {
  const env = cosign.environment(cwd, ...hostsOf(reference, options))
  const { stdout } = await cosign.run({
    file: cosign.file,
    args,
    env: { ...env, ...placeEnvironment(options), ...authorityEnvironment(authority) },
    cwd,
    timeoutMs: cosign.timeoutMs
  })
  return stdout
}
