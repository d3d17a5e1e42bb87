import { stringify } from 'yaml'

/** How an image was signed, as far as an admission controller must know. */
export interface SignedImage {
  /** Without tag and digest: `ghcr.io/acme/app`. */
  readonly name: string
  /** A key as PEM; where it is not known, a text that stands in its place. Or whose certificate it is, and who vouches for it. */
  readonly by: { readonly publicKey: string } | { readonly identity: string; readonly issuer: string }
  /** Whether the signature is in the public transparency log; always so of an identity's. */
  readonly log: boolean
  /** Whether it is stored as a bundle only. */
  readonly bundle: boolean
  /** `host/repository` where the signatures are, when not beside the image. */
  readonly signatureRepository?: string
}

type Signer = SignedImage['by']

const PUBLIC_LOG = 'https://rekor.sigstore.dev'
const PUBLIC_AUTHORITY = 'https://fulcio.sigstore.dev'

/**
 * True for a name that is no pattern in any of the policies: letters, digits and `. _ : / -`, which is what policy-controller takes in a glob
 * besides its stars (sigstore/policy-controller pkg/apis/glob/glob.go, `validGlob`).
 */
export function canBeMatched(name: string): boolean {
  return /^[a-z0-9][a-z0-9._:/-]*$/i.test(name) && name.includes('/')
}

/**
 * Kyverno's policy for a legacy signature: pods that use the image are refused unless the key signed it.
 * Source: kyverno/kyverno api/kyverno/v1/image_verification_types.go; `failureAction` of a rule is there since 1.13.
 */
export function kyvernoClusterPolicy({ name, by, log, signatureRepository: repository }: SignedImage): string {
  const rekor = log ? { url: PUBLIC_LOG } : { ignoreTlog: true }
  const signer = isIdentity(by)
    ? { keyless: { subject: by.identity, issuer: by.issuer, rekor } }
    : { keys: { publicKeys: by.publicKey, rekor } }
  return yaml({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: resourceName(name) },
    spec: {
      background: false,
      webhookTimeoutSeconds: 30,
      rules: [
        {
          name: 'signed',
          match: { any: [{ resources: { kinds: ['Pod'] } }] },
          verifyImages: [
            {
              type: 'Cosign',
              failureAction: 'Enforce',
              imageReferences: patternsOf(name, '*'),
              attestors: [
                { entries: [{ ...signer, ...(repository && { repository }), annotations: { repository: name } }] }
              ]
            }
          ]
        }
      ]
    }
  })
}

/**
 * Kyverno's policy for a bundle, the only kind that reads a signature made with a key (kyverno#15327); it finds out by itself what is there.
 * Images are compared as the pod spells them, and a function called for one that the policy does not match counts 0, so that other containers
 * of the pod are filtered out first. Source: kyverno/kyverno config/crds/policies.kyverno.io, `v1` since 1.17, and pkg/image/verifiers/ivpol/cosign/verifier.go,
 * pkg/cel/libs/imageverify/impl.go.
 */
export function kyvernoImagePolicy({ name, by, log, signatureRepository: repository }: SignedImage): string {
  const signer = isIdentity(by)
    ? { keyless: { identities: [{ subject: by.identity, issuer: by.issuer }] } }
    : { key: { data: by.publicKey } }
  const ctlog = log ? { url: PUBLIC_LOG } : { insecureIgnoreTlog: true, insecureIgnoreSCT: true }
  return yaml({
    apiVersion: 'policies.kyverno.io/v1',
    kind: 'ImageValidatingPolicy',
    metadata: { name: resourceName(name) },
    spec: {
      validationActions: ['Deny'],
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] }]
      },
      matchImageReferences: spellingsOf(name).flatMap(one => [one, ...patternsOf(one, '*')].map(glob => ({ glob }))),
      attestors: [
        {
          name: 'imgguard',
          cosign: { ...signer, ctlog, ...(repository && { source: { repository } }) }
        }
      ],
      validations: ['containers', 'initContainers', 'ephemeralContainers'].map(kind => ({
        expression: `images.${kind}.filter(image, ${isOneOf(spellingsOf(name))}).all(image, verifyImageSignatures(image, [attestors.imgguard]) > 0)`,
        message: `the image is not signed by the ${isIdentity(by) ? 'identity' : 'key'} of this policy`
      }))
    }
  })
}

/**
 * The policy of sigstore's policy-controller. Without `ctlog` it asks no log, and without `signatureFormat` it reads the legacy format; a bundle
 * it reads for an identity only. Source: sigstore/policy-controller config/300-clusterimagepolicy.yaml and pkg/webhook/validator.go.
 */
export function clusterImagePolicy({ name, by, log, bundle, signatureRepository }: SignedImage): string {
  const signer = isIdentity(by)
    ? { keyless: { url: PUBLIC_AUTHORITY, identities: [{ issuer: by.issuer, subject: by.identity }] } }
    : { key: { data: by.publicKey } }
  const full = name.replace(/^docker\.io\//, 'index.docker.io/')
  return yaml({
    apiVersion: 'policy.sigstore.dev/v1beta1',
    kind: 'ClusterImagePolicy',
    metadata: { name: resourceName(name) },
    spec: {
      images: patternsOf(full, '**').map(glob => ({ glob })),
      authorities: [
        {
          name: 'imgguard',
          ...signer,
          ...(log && { ctlog: { url: PUBLIC_LOG } }),
          ...(bundle && { signatureFormat: 'bundle' }),
          ...(signatureRepository && { source: [{ oci: signatureRepository }] })
        }
      ]
    }
  })
}

function isIdentity(by: Signer): by is Extract<Signer, { identity: string }> {
  return 'identity' in by
}

/** The image by tag and by digest, and no other image whose name begins like it. */
function patternsOf(name: string, any: '*' | '**'): string[] {
  return [`${name}:${any}`, `${name}@${any}`]
}

/** Docker Hub's images have short names besides: `docker.io/library/debian` is `debian`. */
function spellingsOf(name: string): string[] {
  const path = /^docker\.io\/(.+)$/.exec(name)?.[1]
  if (path === undefined) return [name]
  const short = path.startsWith('library/') ? [path, path.slice('library/'.length)] : [path]
  return [`index.docker.io/${path}`, ...short.map(one => `docker.io/${one}`), ...short]
}

/** CEL that is true for an image of one of these names; they hold nothing that a CEL string would have to escape. */
function isOneOf(names: readonly string[]): string {
  const list = names.map(name => `"${name}"`).join(', ')
  return `[${list}].exists(name, image == name || image.startsWith(name + ":") || image.startsWith(name + "@"))`
}

/** A name as Kubernetes takes it for any resource: at most 63 lower-case letters, digits and dashes (RFC 1123). */
function resourceName(name: string): string {
  return `signed-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.slice(0, 63).replace(/-+$/, '')
}

function yaml(policy: object): string {
  return stringify(policy, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()
}
