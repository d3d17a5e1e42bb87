import { createHash } from 'node:crypto'

/** A registry's user. */
export interface Login {
  readonly username: string
  readonly password: string
}

/** What an index or a list of referrers says about one manifest. */
export interface Entry {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly os: string; readonly architecture: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** The signatures that a registry holds for one manifest. */
export interface Signatures {
  /** `index` for the index itself, `linux/amd64` for an image in it, `attestation` for the rest; `image` for a single manifest. */
  readonly of: string
  /** Bundles that refer to the manifest. */
  readonly bundles: number
  /** Signatures under its `.sig` tag. */
  readonly legacy: number
}

interface Descriptors {
  readonly manifests?: readonly Entry[]
  readonly layers?: readonly Entry[]
}

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFESTS = [OCI_INDEX, 'application/vnd.oci.image.manifest.v1+json'].join(', ')
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json'

/** What the registry says, asked for by fetch, about every manifest under a reference by digest: the index first, then its entries. */
export async function signaturesUnder(reference: string, login?: Login): Promise<readonly Signatures[]> {
  const { manifests } = await manifestOf(reference, login)
  const entries = (manifests ?? []).map(({ digest, platform }) => {
    const known = platform === undefined || platform.os === 'unknown' ? undefined : platform
    return { of: known ? `${known.os}/${known.architecture}` : 'attestation', reference: sibling(reference, digest) }
  })
  const all = [{ of: manifests === undefined ? 'image' : 'index', reference }, ...entries]
  return Promise.all(all.map(async ({ of, reference }) => ({ of, ...(await signaturesOf(reference, login)) })))
}

/** The entries of an index. */
export async function entriesOf(reference: string): Promise<readonly Entry[]> {
  return (await manifestOf(reference)).manifests ?? []
}

/** The entry of an index for one platform: `linux/amd64`. */
export async function platformOf(reference: string, name: string): Promise<Entry> {
  const found = (await entriesOf(reference)).find(
    ({ platform }) => `${platform?.os}/${platform?.architecture}` === name
  )
  if (found === undefined) throw new Error(`${reference} has no ${name}`)
  return found
}

/** The same repository at another digest. */
export function sibling(reference: string, digest: string): string {
  return `${reference.slice(0, reference.indexOf('@'))}@${digest}`
}

/** Puts an index of these entries beside an image. Returns its reference by digest. */
export function putIndex(beside: string, manifests: readonly Entry[]): Promise<string> {
  return putManifest(beside, OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests })
}

/** Puts a manifest beside an image. Returns its reference by digest. */
export async function putManifest(beside: string, mediaType: string, content: object): Promise<string> {
  const body = JSON.stringify(content)
  const reference = sibling(beside, `sha256:${createHash('sha256').update(body).digest('hex')}`)
  const response = await fetch(urlOf(reference), { method: 'PUT', headers: { 'content-type': mediaType }, body })
  if (response.status !== 201) throw new Error(`${reference}: ${response.status} ${await response.text()}`)
  return reference
}

/** Takes a manifest out of the registry. */
export async function deleteManifest(reference: string): Promise<void> {
  const response = await fetch(urlOf(reference), { method: 'DELETE' })
  if (response.status !== 202) throw new Error(`${reference}: ${response.status} ${await response.text()}`)
}

/** A manifest or an index, as JSON. */
export async function manifestOf(reference: string, login?: Login): Promise<Descriptors> {
  return (await getJson(urlOf(reference), login)) ?? {}
}

async function signaturesOf(reference: string, login?: Login): Promise<Omit<Signatures, 'of'>> {
  const [, digest = ''] = reference.split('@')
  const tag = digest.replace(':', '-')
  // Without the Referrers API the list is at a tag: OCI distribution-spec, "Unavailable Referrers API".
  const referrers =
    (await getJson(urlOf(reference, 'referrers'), login)) ?? (await getJson(urlOf(`${reference}@${tag}`), login))
  const carriers = await Promise.all(
    (referrers?.manifests ?? []).map(({ digest }) => manifestOf(sibling(reference, digest), login))
  )
  const legacy = await getJson(urlOf(sibling(reference, `${tag}.sig`)), login)
  const count = (mediaType: string, manifests: readonly (Descriptors | undefined)[]) =>
    manifests.flatMap(manifest => manifest?.layers ?? []).filter(layer => layer.mediaType === mediaType).length
  return { bundles: count(BUNDLE, carriers), legacy: count(SIMPLE_SIGNING, [legacy]) }
}

/** `HOST/REPOSITORY@DIGEST`, or with a tag after the @, as the address of its manifest. */
function urlOf(reference: string, what: 'manifests' | 'referrers' = 'manifests'): string {
  const [, host, repository] = /^([^/]+)\/([^@]+)@/.exec(reference) ?? []
  return `http://${host}/v2/${repository}/${what}/${reference.split('@').at(-1)}`
}

/** Undefined where there is none. */
async function getJson(url: string, login?: Login): Promise<Descriptors | undefined> {
  const authorization = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
  const headers = { accept: MANIFESTS, ...(authorization === undefined ? {} : { authorization }) }
  const response = await fetch(url, { headers })
  if (response.status === 404) return undefined
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Descriptors
}
