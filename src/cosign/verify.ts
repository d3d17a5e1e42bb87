import { formatReference, type PinnedReference } from '../image/reference.ts'
import { CommandError } from '../process/run.ts'
import { type SignatureOptions, verifyArguments } from './args.ts'
import type { Cosign } from './cosign.ts'
import { parseVerified, type Verified } from './output.ts'

/**
 * Asks cosign for everything that the key signed on one manifest: signatures and attestations.
 * @param publicKey PEM.
 * @throws CommandError when cosign found nothing good, or could not look: it tells the two apart by its text only.
 */
export async function verify(
  cosign: Cosign,
  reference: PinnedReference,
  publicKey: string,
  options: SignatureOptions
): Promise<readonly Verified[]> {
  const cwd = await cosign.emptyDirectory('cosign-verify')
  const { stdout } = await cosign.run({
    file: cosign.file,
    args: verifyArguments(formatReference(reference), options),
    env: { ...cosign.environment(cwd, reference.registry), COSIGN_PUBLIC_KEY: publicKey },
    cwd,
    timeoutMs: cosign.timeoutMs
  })
  return parseVerified(stdout)
}

/** The same, with nothing for an image on which cosign finds nothing good. */
export async function verifyOrNothing(
  cosign: Cosign,
  reference: PinnedReference,
  publicKey: string,
  options: SignatureOptions
): Promise<readonly Verified[]> {
  try {
    return await verify(cosign, reference, publicKey, options)
  } catch (error) {
    if (error instanceof CommandError) return []
    throw error
  }
}
