import { stringify } from 'yaml'
import {
  canBeMatched,
  clusterImagePolicy,
  kyvernoClusterPolicy,
  kyvernoImagePolicy,
  type SignedImage
} from './admission.ts'
import { fenced, folded } from './blocks.ts'
import type { Part, Rows } from './budget.ts'
import { attestationCommands, type CheckedBy, readCheck } from './check-command.ts'
import { code } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import type { View } from './tables.ts'

/** Below every rank of tables.ts: who needs a policy can write one with the command that stays. */
const RANK = 0

/** As the documentation calls it. */
const VERIFY_ACTION = 'org/imgguard-action/verify@v1'

const NAMESPACES = 'in namespaces with the label `policy.sigstore.dev/include: "true"`'

const PLACEHOLDER = `-----BEGIN PUBLIC KEY-----
what "cosign public-key --key cosign.key" prints between these lines
-----END PUBLIC KEY-----`

/**
 * How others check the signature of an image: the cosign command, and, in an open document, a step with our own action and policies for Kyverno
 * and for sigstore's policy-controller that match how it was signed. Each is given with the versions that can read that format; where none
 * can, this is said. Nothing for an image that was not signed.
 *
 * Who reads what. cosign: up to 2.5 no bundle, 2.6.0 to 2.6.2 by `--new-bundle-format`, from 2.6.3 by itself, from 3.1 in another repository.
 * Kyverno: a bundle made with a key is read by ImageValidatingPolicy only (kyverno/kyverno#15327, #14233, #16267), and not by that of 1.19.0
 * (#17363); it has cosign 3.1 since 1.19. policy-controller: no bundle made with a key (sigstore/policy-controller#1958, pkg/webhook/validator.go:
 * "the authority must be keyless"); it has cosign 3.0, and `signatureFormat` since 0.13.
 */
export function verifySnippets(image: ImageOutcome, run: RunFacts, view: View): Part[] {
  const { verifyCommand, signing } = image
  if (verifyCommand === undefined) return []
  const commands = [fenced(verifyCommand, 'sh'), ...attestationParts(image, view)]
  const formats = 'formats' in signing ? signing.formats : []
  const title = `How to verify the signature${commands.length > 1 ? ' and what is attested' : ''}`
  if (!view.open || formats.length === 0) return folded(title, commands, view)
  const checked = readCheck(verifyCommand)
  const parts = [
    ...recipe(image, run, checked),
    `**cosign**: ${cosignReaders(formats, checked)}.\n\n`,
    ...keyParts(run),
    ...commands,
    ...policyParts(image, run, formats, checked)
  ]
  return folded(title, parts, view)
}

/** How to get the file that the commands read, where the key never was in one. */
function keyParts({ publicKeyCommand }: RunFacts): Part[] {
  if (publicKeyCommand === undefined) return []
  const intro = 'The file `cosign.pub` holds the key of the step above. Whoever may use the key store can write it:\n\n'
  return [intro, fenced(publicKeyCommand, 'sh')]
}

/** What is attested of one platform; the others are asked in the same way. */
function attestationParts(image: ImageOutcome, view: View): Part[] {
  const shown = attestationCommands(image)
  if (shown === undefined) return []
  const of = image.platforms.length === 1 ? '' : ` of ${code(shown.platform, 40)}, by its own digest`
  const isBundle = 'formats' in image.signing && image.signing.formats.includes('bundle')
  const readers = isBundle ? '; from cosign 2.6.3 on' : ''
  const intro = view.open ? `**Attestations**${of}${readers}:\n\n` : `What is attested${of}:\n\n`
  return [intro, fenced(shown.commands.join('\n'), 'sh')]
}

/** A step of a workflow that pulls or deploys the image. */
function recipe(image: ImageOutcome, run: RunFacts, { log, trustedRoot, signatureRepository }: CheckedBy): Part[] {
  const { identity } = run
  const signer = identity
    ? { 'certificate-identity': identity.identity, 'certificate-oidc-issuer': identity.issuer }
    : { key: pemOf(run.publicKey) ?? PLACEHOLDER, ...(log && { 'transparency-log': 'required' }) }
  const attested = image.evidence?.some(({ type, state }) => type === 'vuln' && state !== 'failed')
  const step = {
    uses: VERIFY_ACTION,
    with: {
      image: image.digest === undefined ? image.name : `${image.name}@${image.digest}`,
      ...signer,
      ...(attested && { attested: 'vuln' }),
      ...(trustedRoot && { 'trusted-root': trustedRoot }),
      ...(signatureRepository && { 'signature-repository': signatureRepository })
    }
  }
  const text = stringify([step], { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()
  return [snippet('**GitHub Actions**, before the image is pulled, deployed or built on:', text)]
}

function cosignReaders(formats: readonly string[], { log, trustedRoot, signatureRepository }: CheckedBy): string {
  if (!formats.includes('bundle'))
    return 'read by every version 2 and 3; those before 2.6 do not know `--new-bundle-format=false`: leave it out there'
  if (formats.includes('legacy')) return 'read by every version 2 and 3, as both formats are there'
  // An own Sigstore's signing config is for bundles only: there `both` would be refused.
  const instead = log && trustedRoot !== undefined ? '' : ': for them sign with `signature-format: both`'
  if (signatureRepository !== undefined)
    return `read by 3.1 and later; older versions find no bundle in another repository than the image${instead}`
  return `read by 2.6.3 and later; 2.6.0 to 2.6.2 need \`--new-bundle-format\`, older versions cannot read a bundle${instead}`
}

function policyParts(image: ImageOutcome, run: RunFacts, formats: readonly string[], checked: CheckedBy): Part[] {
  const { log, trustedRoot, signatureRepository } = checked
  if (!canBeMatched(image.name))
    return ['**Kyverno and policy-controller**: their patterns cannot hold the name of this image.\n\n']
  if (log && trustedRoot !== undefined)
    return [
      '**Kyverno and policy-controller** know the public Sigstore only; this image was signed with one of your own, whose trusted root they have to be given first.\n\n'
    ]
  const legacy = formats.includes('legacy')
  const signed = {
    name: image.name,
    by: run.identity ?? { publicKey: pemOf(run.publicKey) ?? PLACEHOLDER },
    log,
    bundle: !legacy,
    ...(signatureRepository === undefined ? {} : { signatureRepository })
  }
  if (legacy) return legacyPolicies(signed)
  return run.identity === undefined ? keyBundlePolicies(signed) : identityBundlePolicies(signed)
}

function legacyPolicies(signed: SignedImage): Part[] {
  return [
    snippet(
      '**Kyverno** 1.13 and later; not run here. `ClusterPolicy` reads the legacy signature; it is deprecated from 1.17 on.',
      kyvernoClusterPolicy(signed)
    ),
    snippet(`**policy-controller** 0.3 and later, ${NAMESPACES}; not run here.`, clusterImagePolicy(signed))
  ]
}

function keyBundlePolicies(signed: SignedImage): Part[] {
  if (signed.signatureRepository !== undefined) {
    return [
      '**Kyverno and policy-controller**: no release reads a bundle that was made with a key and is in another repository than the image: for them sign with `signature-format: both` or `legacy`.\n\n'
    ]
  }
  return [
    snippet(
      '**Kyverno** 1.17 and 1.18; not run here. 1.19.0 does not read a bundle made with a key, nor does `ClusterPolicy` of any release up to it: for them sign with `signature-format: both` or `legacy`.',
      kyvernoImagePolicy(signed)
    ),
    '**policy-controller** cannot read a bundle made with a key, only keyless ones: for it sign with `signature-format: both` or `legacy`.\n\n'
  ]
}

function identityBundlePolicies(signed: SignedImage): Part[] {
  const elsewhere = signed.signatureRepository !== undefined
  return [
    snippet(`**Kyverno** ${elsewhere ? '1.19' : '1.17'} and later; not run here.`, kyvernoImagePolicy(signed)),
    elsewhere
      ? '**policy-controller**: no release finds a bundle in another repository than the image.\n\n'
      : snippet(`**policy-controller** 0.13 and later, ${NAMESPACES}; not run here.`, clusterImagePolicy(signed))
  ]
}

function snippet(said: string, text: string): Rows {
  const row = `${said}\n\n${fenced(text, 'yaml')}`
  return { rank: RANK, before: '', rows: [row], after: '', more: () => 'There is no room here for this snippet.\n\n' }
}

/** The key as it may stand in a policy; nothing for a text that is no PEM. */
function pemOf(text: string | undefined): string | undefined {
  const pem = text?.trim().replace(/\r\n/g, '\n') ?? ''
  const shape = /^-----BEGIN PUBLIC KEY-----\n(?:[A-Za-z0-9+/=]{1,76}\n)+-----END PUBLIC KEY-----$/
  return pem.length <= 2000 && shape.test(pem) ? pem : undefined
}
