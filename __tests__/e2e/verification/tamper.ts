import { randomBytes } from 'node:crypto'
import { type Entry, entriesOf, manifestOf, putIndex, putManifest, sibling } from '../helpers/registry.ts'
import { crane } from '../helpers/world.ts'
import type { Tampering } from './cases.ts'
import { attachBundle, bundleOf, type Carrier, carriersOf, detach } from './referrers.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1'

interface Bundle {
  readonly dsseEnvelope: { payload: string; signatures: { sig: string }[] }
  verificationMaterial: { tlogEntries?: unknown[]; timestampVerificationData?: unknown }
}

/** An image of a case: the one that is asked for, and one with another digest in the same repository. */
export interface Images {
  readonly reference: string
  readonly other: string
}

type Tamper = (images: Images) => Promise<string>

/** What somebody does in the registry; each gives the reference to ask for. What goes wrong on the way there is done by the proxies. */
export const TAMPER: Readonly<Partial<Record<Tampering, Tamper>>> = {
  'copied from another digest': copyFromOther,
  'replayed in another repository': replay,
  'signature bytes changed': images =>
    rewrite(images, bundle => {
      for (const signature of bundle.dsseEnvelope.signatures) signature.sig = flipped(signature.sig)
    }),
  'signature swapped': swap,
  'log entry and time stamp cut out of the bundle': images =>
    rewrite(images, bundle => {
      bundle.verificationMaterial.tlogEntries = []
      bundle.verificationMaterial.timestampVerificationData = {}
    }),
  'signatures removed': async ({ reference }) => {
    await detach(reference, ({ predicateType }) => predicateType === SIGNATURE)
    await removeTag(reference, 'sig')
    return reference
  },
  'attestations removed': async ({ reference }) => {
    await detach(reference, ({ predicateType }) => predicateType !== SIGNATURE)
    await removeTag(reference, 'att')
    return reference
  },
  'image removed': async ({ reference }) => {
    await crane('delete', reference)
    return reference
  },
  'garbage put beside it': async ({ reference }) => {
    await attachBundle(reference, Buffer.from('this is no bundle'), SIGNATURE)
    return reference
  },
  'entry without platform added': ({ reference, other }) =>
    around(reference, other, ({ platform: _, ...entry }) => entry),
  'second entry for a platform added': ({ reference, other }) => around(reference, other, entry => entry),
  'nested index added': async ({ reference, other }) => {
    const nested = await putIndex(other, [await entryOf(other)])
    return around(reference, nested, entry => ({ ...entry, platform: { os: 'linux', architecture: 's390x' } }))
  },
  'entries added under another spelling': async ({ reference, other }) => {
    const index = await manifestOf(reference)
    return putManifest(reference, INDEX, { ...index, Manifests: [await entryOf(other)] })
  },
  'tag moved': async ({ reference, other }) => {
    const [repository, digest] = reference.split('@')
    await crane('tag', other, 'released')
    return `${repository}:released@${digest}`
  }
}

/** A new index of the same entries and one more. */
async function around(reference: string, other: string, change: (entry: Entry) => Entry): Promise<string> {
  return putIndex(reference, [...(await entriesOf(reference)), change(await entryOf(other))])
}

/** What an index says of an image, as if it were for linux/amd64. */
async function entryOf(reference: string): Promise<Entry> {
  const { headers } = await fetch(reference.replace(/^([^/]+)\/([^@]+)@(.+)$/, 'http://$1/v2/$2/manifests/$3'), {
    method: 'HEAD',
    headers: { accept: [INDEX, 'application/vnd.oci.image.manifest.v1+json'].join(', ') }
  })
  return {
    mediaType: headers.get('content-type') ?? '',
    digest: reference.split('@')[1] ?? '',
    size: Number(headers.get('content-length')),
    platform: { os: 'linux', architecture: 'amd64' }
  }
}

/** What was made for the other digest is put beside this one. */
async function copyFromOther({ reference, other }: Images): Promise<string> {
  for (const carrier of await carriersOf(other))
    await attachBundle(reference, await bundleOf(other, carrier), carrier.predicateType)
  await copyTag(other, reference)
  return reference
}

async function replay({ reference }: Images): Promise<string> {
  const [repository, digest] = reference.split('@')
  const copy = `${repository}-${randomBytes(4).toString('hex')}@${digest}`
  await crane('copy', reference, copy.replace('@', ':copied@').split('@')[0] ?? '')
  for (const carrier of await carriersOf(reference))
    await attachBundle(copy, await bundleOf(reference, carrier), carrier.predicateType)
  await copyTag(reference, copy)
  return copy
}

/** Puts changed bundles in the place of those that are there. */
async function rewrite({ reference }: Images, change: (bundle: Bundle) => void): Promise<string> {
  const carriers = await carriersOf(reference)
  const bundles = await Promise.all(carriers.map(carrier => read(reference, carrier)))
  await detach(reference, () => true)
  for (const [index, bundle] of bundles.entries()) {
    change(bundle)
    await attachBundle(reference, Buffer.from(JSON.stringify(bundle)), carriers[index]?.predicateType ?? '')
  }
  return reference
}

/** The other image's signature over its own payload, on this one's payload. */
async function swap(images: Images): Promise<string> {
  const [foreign] = await Promise.all((await carriersOf(images.other)).map(carrier => read(images.other, carrier)))
  const sig = foreign?.dsseEnvelope.signatures[0]?.sig
  if (sig === undefined) throw new Error(`${images.other} has no bundle`)
  return rewrite(images, bundle => {
    for (const signature of bundle.dsseEnvelope.signatures) signature.sig = sig
  })
}

async function read(reference: string, carrier: Carrier): Promise<Bundle> {
  return JSON.parse((await bundleOf(reference, carrier)).toString('utf8')) as Bundle
}

function flipped(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  const last = bytes.length - 1
  bytes[last] = (bytes[last] ?? 0) ^ 1
  return bytes.toString('base64')
}

function signatureTag(reference: string, kind: 'sig' | 'att'): string {
  const [repository, digest = ''] = reference.split('@')
  return `${repository}:${digest.replace(':', '-')}.${kind}`
}

async function copyTag(from: string, to: string): Promise<void> {
  const tag = signatureTag(from, 'sig')
  const there = await crane('digest', tag).catch(() => undefined)
  if (there !== undefined) await crane('copy', tag, signatureTag(to, 'sig'))
}

/** By tag and by digest: registries differ in what a tag is once its manifest is gone. */
async function removeTag(reference: string, kind: 'sig' | 'att'): Promise<void> {
  const tag = signatureTag(reference, kind)
  const digest = await crane('digest', tag).catch(() => undefined)
  if (digest === undefined) return
  await Promise.allSettled([crane('delete', tag), crane('delete', sibling(reference, digest))])
  const left = await crane('digest', tag).catch(() => undefined)
  if (left !== undefined) throw new Error(`${tag} is still there`)
}
