import type { VerificationOutcome } from '../../../src/trust/trust.ts'

/** Who signs: the world's key, somebody else's, or the workflow's identity by the world's Sigstore. */
export type By = 'key' | 'other key' | 'keyless'

/** One thing that real cosign puts on the image. */
export type Made =
  | {
      readonly sign: 'bundle' | 'legacy'
      readonly by: By
      /** Into the world's log; always so for keyless. */
      readonly log?: true
      /** `repository` where absent names the image's own. */
      readonly annotations?: Readonly<Record<string, string>>
      /** What of an index: itself where absent. */
      readonly of?: 'platforms'
    }
  | {
      readonly attest: 'vuln' | 'provenance'
      readonly by: By
      /** Written as a `.att` tag. */
      readonly legacy?: true
      /** Days before now that the scan says it was made; a negative number lies in the future. */
      readonly age?: number
      /** A critical vulnerability with a fix is among the findings. */
      readonly dirty?: true
      /** The scan recognised neither an operating system nor packages. */
      readonly unrecognised?: true
      /** Platforms of an index whose manifests get it; all where absent. */
      readonly platforms?: readonly string[]
    }

/** What somebody does to the image or its signatures afterwards. */
export type Tampering =
  /** What was made, was made for another digest, and is put beside this one. */
  | 'copied from another digest'
  /** Image and signatures are copied byte for byte to another repository, which is the one that is asked for. */
  | 'replayed in another repository'
  | 'signature bytes changed'
  /** The envelope of another image's bundle in this one's place, with this one's payload. */
  | 'signature swapped'
  | 'log entry and time stamp cut out of the bundle'
  /** Every signature is taken out of the registry. */
  | 'signatures removed'
  | 'attestations removed'
  | 'image removed'
  /** A bundle that is no JSON is put beside what was made. */
  | 'garbage put beside it'
  /** The registry sends other bytes for the image's digest. */
  | 'manifest tampered'
  | 'list of referrers answers 500'
  /** Of which cosign by itself reads the first. */
  | 'list of referrers comes in pages of one'
  | 'registry wants a login'
  | 'registry is down'
  /** Another image is put into the index, in a way that hides it from who looks at the platforms only. */
  | 'entry without platform added'
  | 'second entry for a platform added'
  | 'nested index added'
  | 'entries added under another spelling'
  /** The reference has tag and digest, and the tag went elsewhere. */
  | 'tag moved'

/** What the one who pulls asks for. */
export interface Trust {
  /** Any of them. Without keys and identity no signature is asked for. */
  readonly keys?: readonly ('key' | 'other key')[]
  readonly identity?: 'ours' | 'pattern' | 'other workflow' | 'other issuer'
  readonly log?: 'required' | 'ignored'
  /** The world's where absent. `ended`: its certificate authority's time was over before the signature. */
  readonly trustedRoot?: 'other' | 'ended'
  readonly annotations?: Readonly<Record<string, string>>
  readonly eachPlatform?: true
  /** Lines of the input `attested`. */
  readonly attested?: readonly string[]
  /** The signer of what is attested, where it is not that of the signature. */
  readonly attestedBy?: 'key' | 'keyless'
}

/** One case. Its name is made of its parts. */
export interface Case {
  readonly made: readonly Made[]
  readonly tampering?: Tampering
  readonly trust: Trust
  readonly image?: 'index'
  readonly outcome: VerificationOutcome
}

const KEY: Trust = { keys: ['key'] }
const IDENTITY: Trust = { identity: 'ours' }
const bundle = { sign: 'bundle', by: 'key' } as const
const legacy = { sign: 'legacy', by: 'key' } as const
const keyless = { sign: 'bundle', by: 'keyless' } as const
const logged = { ...bundle, log: true } as const
const foreign = { attest: 'provenance', by: 'keyless' } as const
const scan = { attest: 'vuln', by: 'key' } as const
const CLEAN = ['vuln max-age=7d fail-on=critical'] as const
const SCANNED: Trust = { attested: CLEAN, attestedBy: 'key' }
const HIDING = [
  'entry without platform added',
  'second entry for a platform added',
  'nested index added',
  'entries added under another spelling'
] as const

/** Cases that do not depend on how a registry lists what refers to an image: each is run with the Referrers API and without it. */
export const ON_BOTH_REGISTRIES: readonly Case[] = [
  { made: [bundle], trust: KEY, outcome: 'verified' },
  { made: [legacy], trust: KEY, outcome: 'verified' },
  { made: [bundle, legacy], trust: KEY, outcome: 'verified' },
  { made: [logged], trust: { ...KEY, log: 'required' }, outcome: 'verified' },
  { made: [bundle], trust: { ...KEY, log: 'required' }, outcome: 'not-logged' },
  { made: [keyless], trust: IDENTITY, outcome: 'verified' },
  { made: [keyless], trust: { identity: 'other workflow' }, outcome: 'other-signer' },
  { made: [bundle], trust: { keys: ['other key'] }, outcome: 'other-signer' },
  { made: [legacy], trust: { keys: ['other key'] }, outcome: 'other-signer' },
  { made: [], trust: KEY, outcome: 'not-signed' },
  { made: [scan], trust: KEY, outcome: 'only-attestation' },
  // Bundles of others must not hide a legacy signature: cosign by itself looks at bundles only, as soon as there is one.
  { made: [legacy, { ...scan, by: 'other key' }], trust: KEY, outcome: 'verified' },
  { made: [legacy, { ...bundle, by: 'other key' }], trust: KEY, outcome: 'verified' },
  { made: [bundle], tampering: 'copied from another digest', trust: KEY, outcome: 'other-digest' },
  { made: [legacy], tampering: 'copied from another digest', trust: KEY, outcome: 'other-digest' },
  { made: [bundle], tampering: 'replayed in another repository', trust: KEY, outcome: 'other-repository' },
  { made: [legacy], tampering: 'replayed in another repository', trust: KEY, outcome: 'other-repository' },
  { made: [bundle], tampering: 'signatures removed', trust: KEY, outcome: 'not-signed' },
  { made: [legacy], tampering: 'signatures removed', trust: KEY, outcome: 'not-signed' },
  { made: [bundle, scan], tampering: 'signatures removed', trust: KEY, outcome: 'only-attestation' },
  { made: [bundle, scan], trust: { ...KEY, attested: CLEAN }, outcome: 'verified' },
  {
    made: [bundle, scan],
    tampering: 'attestations removed',
    trust: { ...KEY, attested: CLEAN },
    outcome: 'not-attested'
  }
]

/** Cases for one registry, the one with the Referrers API. */
export const ON_ONE_REGISTRY: readonly Case[] = [
  // Who signed.
  { made: [logged], trust: { ...KEY, log: 'ignored' }, outcome: 'verified' },
  { made: [logged], trust: { keys: ['other key'], log: 'required' }, outcome: 'other-signer' },
  { made: [bundle], trust: { keys: ['other key', 'key'] }, outcome: 'verified' },
  { made: [legacy], trust: { keys: ['other key', 'key'] }, outcome: 'verified' },
  { made: [bundle, { ...bundle, by: 'other key' }], trust: { keys: ['other key'] }, outcome: 'verified' },
  { made: [keyless], trust: { identity: 'pattern' }, outcome: 'verified' },
  { made: [keyless], trust: { identity: 'other issuer' }, outcome: 'other-signer' },
  { made: [keyless], trust: KEY, outcome: 'other-signer' },
  { made: [bundle], trust: IDENTITY, outcome: 'other-signer' },
  { made: [keyless], trust: { ...KEY, ...IDENTITY }, outcome: 'verified' },
  { made: [bundle, keyless], trust: IDENTITY, outcome: 'verified' },
  { made: [keyless], trust: { ...IDENTITY, trustedRoot: 'other' }, outcome: 'other-signer' },
  { made: [keyless], trust: { ...IDENTITY, trustedRoot: 'ended' }, outcome: 'other-signer' },
  // What is no signature.
  { made: [{ ...scan, legacy: true }], trust: KEY, outcome: 'only-attestation' },
  { made: [foreign], trust: KEY, outcome: 'not-signed' },
  { made: [foreign], trust: IDENTITY, outcome: 'only-attestation' },
  { made: [bundle, foreign], trust: KEY, outcome: 'verified' },
  { made: [legacy, foreign], trust: KEY, outcome: 'verified' },
  // What somebody did to it.
  { made: [keyless], tampering: 'copied from another digest', trust: IDENTITY, outcome: 'other-digest' },
  {
    made: [logged],
    tampering: 'copied from another digest',
    trust: { ...KEY, log: 'required' },
    outcome: 'other-digest'
  },
  { made: [keyless], tampering: 'replayed in another repository', trust: IDENTITY, outcome: 'other-repository' },
  { made: [bundle], tampering: 'signature bytes changed', trust: KEY, outcome: 'other-signer' },
  { made: [bundle], tampering: 'signature swapped', trust: KEY, outcome: 'other-signer' },
  {
    made: [keyless],
    tampering: 'log entry and time stamp cut out of the bundle',
    trust: IDENTITY,
    outcome: 'not-logged'
  },
  { made: [], tampering: 'garbage put beside it', trust: KEY, outcome: 'not-signed' },
  { made: [bundle], tampering: 'garbage put beside it', trust: KEY, outcome: 'verified' },
  { made: [bundle], tampering: 'image removed', trust: KEY, outcome: 'not-found' },
  { made: [bundle], tampering: 'manifest tampered', trust: KEY, outcome: 'error' },
  { made: [bundle], tampering: 'list of referrers answers 500', trust: KEY, outcome: 'unreachable' },
  { made: [bundle], tampering: 'registry wants a login', trust: KEY, outcome: 'unreachable' },
  { made: [bundle], tampering: 'registry is down', trust: KEY, outcome: 'unreachable' },
  { made: [bundle], tampering: 'tag moved', trust: KEY, outcome: 'tag-moved' },
  // What the signature says.
  {
    made: [{ ...bundle, annotations: { ref: 'refs/heads/main' } }],
    trust: { ...KEY, annotations: { ref: 'refs/heads/main' } },
    outcome: 'verified'
  },
  {
    made: [{ ...bundle, annotations: { ref: 'refs/heads/topic' } }],
    trust: { ...KEY, annotations: { ref: 'refs/heads/main' } },
    outcome: 'annotation-mismatch'
  },
  { made: [legacy], trust: { ...KEY, annotations: { ref: 'refs/heads/main' } }, outcome: 'annotation-mismatch' },
  {
    made: [bundle, { ...bundle, annotations: { ref: 'refs/heads/main' } }],
    trust: { ...KEY, annotations: { ref: 'refs/heads/main' } },
    outcome: 'verified'
  },
  {
    made: [{ ...bundle, annotations: { repository: 'ghcr.io/acme/other' } }, bundle],
    trust: KEY,
    outcome: 'verified'
  },
  // An index.
  { made: [bundle], image: 'index', trust: KEY, outcome: 'verified' },
  { made: [bundle], image: 'index', trust: { ...KEY, eachPlatform: true }, outcome: 'not-signed' },
  {
    made: [bundle, { ...bundle, of: 'platforms' }],
    image: 'index',
    trust: { ...KEY, eachPlatform: true },
    outcome: 'verified'
  },
  // What was attested.
  { made: [bundle, { ...scan, dirty: true }], trust: { ...KEY, attested: CLEAN }, outcome: 'attestation-refused' },
  {
    made: [bundle, { ...scan, age: 2 }, { ...scan, dirty: true, age: 1 }],
    trust: { ...KEY, attested: CLEAN },
    outcome: 'attestation-refused'
  },
  {
    made: [bundle, { ...scan, age: 1 }, { ...scan, dirty: true, age: 2 }],
    trust: { ...KEY, attested: CLEAN },
    outcome: 'verified'
  },
  { made: [bundle, { ...scan, age: 8 }], trust: { ...KEY, attested: CLEAN }, outcome: 'attestation-refused' },
  { made: [bundle, { ...scan, age: -1 }], trust: { ...KEY, attested: CLEAN }, outcome: 'not-attested' },
  {
    made: [bundle, { ...scan, dirty: true, age: 1 }, { ...scan, age: -1 }],
    trust: { ...KEY, attested: CLEAN },
    outcome: 'attestation-refused'
  },
  { made: [bundle, { ...scan, by: 'other key' }], trust: { ...KEY, attested: CLEAN }, outcome: 'not-attested' },
  { made: [bundle, scan], image: 'index', trust: { ...KEY, attested: CLEAN }, outcome: 'verified' },
  {
    made: [bundle, { ...scan, platforms: ['linux/amd64'] }],
    image: 'index',
    trust: { ...KEY, attested: CLEAN },
    outcome: 'not-attested'
  },
  // An index that somebody else puts around what was attested.
  { made: [scan], image: 'index', trust: SCANNED, outcome: 'verified' },
  ...HIDING.map(tampering => ({ made: [scan], image: 'index', tampering, trust: SCANNED, outcome: 'error' }) as const),
  {
    made: [bundle, { ...scan, unrecognised: true }],
    trust: { ...KEY, attested: CLEAN },
    outcome: 'attestation-refused'
  },
  {
    made: [bundle, foreign],
    trust: {
      ...KEY,
      attested: ['slsaprovenance1 repository=acme/app workflow=.github/workflows/build.yml ref=refs/heads/main'],
      attestedBy: 'keyless'
    },
    outcome: 'verified'
  },
  {
    made: [bundle, foreign],
    trust: { ...KEY, attested: ['slsaprovenance1 repository=acme/other'], attestedBy: 'keyless' },
    outcome: 'attestation-refused'
  },
  {
    made: [bundle, foreign],
    trust: { ...KEY, attested: ['slsaprovenance1 repository=acme/app'] },
    outcome: 'not-attested'
  },
  // What is on a further page of the list counts as what is on the first.
  {
    made: [bundle, { ...bundle, by: 'other key' }, foreign],
    tampering: 'list of referrers comes in pages of one',
    trust: KEY,
    outcome: 'verified'
  },
  {
    made: [bundle, { ...scan, age: 2 }, { ...scan, dirty: true, age: 1 }],
    tampering: 'list of referrers comes in pages of one',
    trust: { ...KEY, attested: CLEAN },
    outcome: 'attestation-refused'
  },
  {
    made: [keyless, { ...scan, by: 'keyless', dirty: true, age: 2 }, { ...scan, by: 'keyless', age: 1 }],
    tampering: 'list of referrers comes in pages of one',
    trust: { ...IDENTITY, attested: CLEAN },
    outcome: 'verified'
  }
]
