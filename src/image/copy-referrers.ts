import { isObject, type JsonObject, text } from '../lib/json.ts'
import { type CopyTools, type CopyWay, copyTree } from './copy-tree.ts'
import { isIndexType, OCI_INDEX, parseDescriptors } from './descriptor.ts'
import { isNotFound, RegistryError } from './failures.ts'
import { describe, type Manifest, malformed, sha256 } from './manifest.ts'
import { type PinnedReference, pin, type Reference } from './reference.ts'
import { referrersTag } from './referrers.ts'

/** Tags by which old readers find what belongs to a digest. Source: sigstore/cosign, specs/SIGNATURE_SPEC.md */
const COMPANIONS = ['.sig', '.att', '.sbom']
const MAX_REFERRERS = 500
const MAX_TRIES = 3

/**
 * Copies what refers to a manifest that is in both repositories: bundles and other artifacts whose `subject` it is, and the tags `.sig`, `.att`
 * and `.sbom`. What is at such a tag of the target already stays, since somebody signed there. Where the target lacks the Referrers API, its
 * list of referrers is kept as clients do.
 * Source: OCI distribution-spec, "Pushing Manifests with Subject".
 */
export async function copyReferrers(tools: CopyTools, way: CopyWay, digest: string): Promise<void> {
  const { registry } = tools
  const subject = pin(way.target, digest)
  const referrers = await ownReferrers(tools, pin(way.source, digest))
  for (const referrer of referrers) await copyTree(tools, way, referrer)
  if (referrers.length > 0 && !(await registry.writer.listsReferrers(subject)))
    await keepList(tools, subject, referrers.map(entryOf))
  for (const suffix of COMPANIONS) await copyCompanion(tools, way, `${digest.replace(':', '-')}${suffix}`)
}

/** A list of referrers may name what was deleted since, or what is about something else. */
async function ownReferrers({ registry }: CopyTools, reference: PinnedReference): Promise<readonly Manifest[]> {
  const listed = await registry.referrers(reference)
  if (listed.length > MAX_REFERRERS)
    throw new RegistryError(`${describe(reference)} has more than ${MAX_REFERRERS} referrers`, {})
  const found: Manifest[] = []
  for (const { digest } of listed) {
    const manifest = await registry.manifest(pin(reference, digest)).catch(missing)
    if (manifest !== undefined && subjectOf(manifest) === reference.digest) found.push(manifest)
  }
  return found
}

async function copyCompanion(tools: CopyTools, way: CopyWay, tag: string): Promise<void> {
  const { writer, manifest } = tools.registry
  const { registry, repository } = way.target
  const [from, to] = [
    { ...way.source, tag },
    { registry, repository, tag }
  ]
  const found = await manifest({ registry: from.registry, repository: from.repository, tag }).catch(missing)
  if (found === undefined || (await writer.digestAt(to)) !== undefined) return
  await copyTree(tools, way, found)
  await writer.moveTag(to, found, undefined)
}

/** Reads, adds, writes and looks again: clients may write it at the same time, and the last one wins. */
async function keepList({ registry }: CopyTools, subject: PinnedReference, entries: readonly Entry[]): Promise<void> {
  const tag = referrersTag(subject)
  for (let attempt = 0; ; attempt++) {
    const current = await registry.manifest(tag).catch(missing)
    const present = current === undefined ? [] : entriesOf(tag, current)
    const known = new Set(present.map(entry => entry['digest']))
    const added = entries.filter(({ digest }) => !known.has(digest))
    if (added.length === 0) return
    if (attempt === MAX_TRIES)
      throw new RegistryError(
        `${describe(tag)} loses what is written there, because others write it at the same time`,
        {
          remedy: 'Run the job again; let one job at a time sign a digest.'
        }
      )
    const content = { schemaVersion: 2, mediaType: OCI_INDEX, ...current?.content, manifests: [...present, ...added] }
    const bytes = Buffer.from(JSON.stringify(content))
    const list = { digest: sha256(bytes), mediaType: OCI_INDEX, bytes, content }
    await registry.writer.moveTag(tag, list, current?.digest)
  }
}

type Entry = JsonObject & { readonly digest: string }

/** As they are: what others wrote about them stays. */
function entriesOf(tag: Reference, { content, mediaType }: Manifest): readonly JsonObject[] {
  try {
    if (!isIndexType(mediaType)) throw new TypeError('it is no index')
    parseDescriptors(content, 'manifests')
  } catch (error) {
    throw malformed(tag, error)
  }
  const { manifests } = content
  return Array.isArray(manifests) ? manifests.filter(isObject) : []
}

/** How a list of referrers names a manifest. Source: OCI distribution-spec, "Listing Referrers". */
function entryOf({ mediaType, digest, bytes, content }: Manifest): Entry {
  const config = content['config']
  const artifactType = text(content, 'artifactType') || (isObject(config) ? text(config, 'mediaType') : '')
  const { annotations } = content
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType === '' ? {} : { artifactType }),
    ...(isObject(annotations) ? { annotations } : {})
  }
}

function subjectOf({ content }: Manifest): string {
  const { subject } = content
  return isObject(subject) ? text(subject, 'digest') : ''
}

function missing(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
