import {
  canBeMatched,
  clusterImagePolicy,
  kyvernoClusterPolicy,
  kyvernoImagePolicy,
  type SignedImage
} from './admission.ts'
import { fenced, folded } from './blocks.ts'
import type { Part, Rows } from './budget.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import type { View } from './tables.ts'

/** Below every rank of tables.ts: who needs a policy can write one with the command that stays. */
const RANK = 0

const PLACEHOLDER = `-----BEGIN PUBLIC KEY-----
what "cosign public-key --key cosign.key" prints between these lines
-----END PUBLIC KEY-----`

/**
 * How others check the signature of an image: the cosign command, and, in an open document, policies for Kyverno and for sigstore's
 * policy-controller that match how it was signed. Each is given with the versions that can read that format; where none can, this is said.
 * Nothing for an image that was not signed.
 *
 * Who reads what. cosign: up to 2.5 no bundle, 2.6.0 to 2.6.2 by `--new-bundle-format`, from 2.6.3 by itself. Kyverno: a bundle made with a key
 * is read by ImageValidatingPolicy only (kyverno/kyverno#15327, #14233, #16267), and not by that of 1.19.0 (#17363). policy-controller: no
 * bundle made with a key (sigstore/policy-controller#1958, pkg/webhook/validator.go: "the authority must be keyless").
 */
export function verifySnippets(image: ImageOutcome, run: RunFacts, view: View): Part[] {
  const { verifyCommand, signing } = image
  if (verifyCommand === undefined) return []
  const command = fenced(verifyCommand, 'sh')
  const formats = 'formats' in signing ? signing.formats : []
  if (!view.open || formats.length === 0) return folded('How to verify the signature', [command], view)
  const legacy = formats.includes('legacy')
  const parts = [`**cosign**: ${cosignReaders(formats)}.\n\n`, command, ...policyParts(image, run, legacy)]
  return folded('How to verify the signature', parts, view)
}

function cosignReaders(formats: readonly string[]): string {
  if (!formats.includes('bundle')) return 'read by every version 2 and 3'
  if (formats.includes('legacy')) return 'read by every version 2 and 3, as both formats are there'
  return 'read by 2.6.3 and later; 2.6.0 to 2.6.2 need `--new-bundle-format`, older versions cannot read a bundle: for them sign with `signature-format: both`'
}

function policyParts(image: ImageOutcome, run: RunFacts, legacy: boolean): Part[] {
  if (!canBeMatched(image.name))
    return ['**Kyverno and policy-controller**: their patterns cannot hold the name of this image.\n\n']
  const signed = {
    name: image.name,
    publicKey: pemOf(run.publicKey) ?? PLACEHOLDER,
    log: !(image.verifyCommand ?? '').split(/\s+/).includes('--insecure-ignore-tlog=true')
  }
  return legacy ? legacyPolicies(signed) : bundlePolicies(signed)
}

function legacyPolicies(signed: SignedImage): Part[] {
  return [
    policy(
      '**Kyverno** 1.13 and later; not run here. `ClusterPolicy` reads the legacy signature; it is deprecated from 1.17 on.',
      kyvernoClusterPolicy(signed)
    ),
    policy(
      '**policy-controller** 0.3 and later, in namespaces with the label `policy.sigstore.dev/include: "true"`; not run here.',
      clusterImagePolicy(signed)
    )
  ]
}

function bundlePolicies(signed: SignedImage): Part[] {
  return [
    policy(
      '**Kyverno** 1.17 and 1.18; not run here. 1.19.0 does not read a bundle made with a key, nor does `ClusterPolicy` of any release up to it: for them sign with `signature-format: both` or `legacy`.',
      kyvernoImagePolicy(signed)
    ),
    '**policy-controller** cannot read a bundle made with a key, only keyless ones: for it sign with `signature-format: both` or `legacy`.\n\n'
  ]
}

function policy(said: string, text: string): Rows {
  const row = `${said}\n\n${fenced(text, 'yaml')}`
  return { rank: RANK, before: '', rows: [row], after: '', more: () => 'There is no room here for this policy.\n\n' }
}

/** The key as it may stand in a policy; nothing for a text that is no PEM. */
function pemOf(text: string | undefined): string | undefined {
  const pem = text?.trim().replace(/\r\n/g, '\n') ?? ''
  const shape = /^-----BEGIN PUBLIC KEY-----\n(?:[A-Za-z0-9+/=]{1,76}\n)+-----END PUBLIC KEY-----$/
  return pem.length <= 2000 && shape.test(pem) ? pem : undefined
}
