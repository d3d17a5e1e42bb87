import { checkSignature, type SignatureFinding } from '../../cosign/check.ts'
import type { Platform } from '../../image/platforms.ts'
import { type PinnedReference, pin } from '../../image/reference.ts'
import { listed } from '../../render/words.ts'
import type { Facts, SignatureFact, SignerFacts } from '../../trust/facts.ts'
import type { Rule } from '../../trust/trust.ts'
import { believed, comparisonWith, type Looking, signerInWords, withPlace } from './look.ts'
import { allPlatforms, namedPlatforms } from './platforms.ts'
import { attestedFor } from './statements.ts'
import type { Believed } from './trust.ts'

/** What of Facts is found out about one digest: everything but the tag. */
export interface Found extends Pick<Facts, 'platforms' | 'signatures' | 'attested'> {
  /** Sentences without a full stop. */
  readonly notes: readonly string[]
}

/**
 * What cosign and the registry say of one digest, for one rule.
 * @throws RegistryError when the image's own manifest cannot be read; ToolError for an index that hides what can be pulled by it, where the rule
 *   demands something of each platform.
 */
export async function gatherFacts(looking: Looking, image: PinnedReference, rule: Rule): Promise<Found> {
  const ofEach = rule.attested.length > 0 || rule.signedBy.some(({ eachPlatform }) => eachPlatform)
  const platforms = await (ofEach ? allPlatforms : namedPlatforms)(looking.tools.registry, image)
  const digests = [image.digest, ...platforms.map(({ digest }) => digest)]
  const signatures = rule.signedBy.map(async signedBy => {
    const by = believed(looking, signedBy)
    const wanted = new Set(signedBy.eachPlatform ? digests : [image.digest])
    const found = [...wanted].map(async digest => [digest, await signatureOn(looking, pin(image, digest), by)] as const)
    return { signedBy, found: new Map(await Promise.all(found)) }
  })
  const attested = rule.attested.map(demand => attestedFor(looking, image, platforms, demand))
  const [signed, said] = await Promise.all([Promise.all(signatures), Promise.all(attested)])
  return {
    platforms,
    signatures: signed,
    attested: said,
    notes: await platformNotes(looking, image, platforms, signed)
  }
}

/** Readers such as podman look for a signature of the platform's own manifest, whatever was signed above it. */
async function platformNotes(
  looking: Looking,
  image: PinnedReference,
  platforms: readonly Platform[],
  signatures: readonly SignerFacts[]
): Promise<readonly string[]> {
  const by = signatures.find(({ found }) => found.get(image.digest)?.state === 'signed')?.signedBy
  if (by === undefined || by.eachPlatform) return []
  const looks = platforms.map(async ({ platform, digest }) => {
    if (digest === image.digest) return []
    const { state } = await signatureOn(looking, pin(image, digest), believed(looking, by))
    // Of what nobody can look at, nothing is said.
    return ['signed', 'unreachable', 'error'].includes(state) ? [] : [platform]
  })
  const missing = (await Promise.all(looks)).flat()
  if (missing.length === 0) return []
  const those = missing.length > 8 ? `${missing.length} platforms` : listed(missing)
  const [are, them] = missing.length === 1 ? ['is', 'it'] : ['are', 'them']
  return [
    `the index is signed, but ${those} ${are} not signed apart from it: podman and other readers that check the platform's own manifest will refuse ${them}`
  ]
}

async function signatureOn({ tools }: Looking, image: PinnedReference, by: Believed): Promise<SignatureFact> {
  return factOf(await checkSignature(tools, image, by.authorities, by.options), by)
}

function factOf(finding: SignatureFinding, by: Believed): SignatureFact {
  if (finding.state === 'signed') {
    const signatures = finding.signatures.map(({ by, annotations }) => ({ signer: signerInWords(by), annotations }))
    return { state: 'signed', signatures }
  }
  if (finding.state === 'other-signer') return { remedy: comparisonWith(by), ...finding }
  const tellsPlace = finding.state === 'not-signed' || finding.state === 'unreachable'
  return tellsPlace ? { ...finding, reason: withPlace(finding.reason, by) } : finding
}
