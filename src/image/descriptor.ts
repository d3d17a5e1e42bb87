import { asArray, asObject, asString, isObject, type JsonObject, text } from '../lib/json.ts'
import { parseDigest } from './reference.ts'

/** What an index, a manifest or a list of referrers says about one blob or manifest. Source: OCI image-spec, descriptor.md */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  /** Bytes. */
  readonly size: number
  /** `''` where absent. */
  readonly artifactType: string
  readonly annotations: JsonObject
  readonly platform?: JsonObject
}

/** An index of OCI, one manifest for each platform. Source: OCI image-spec, media-types.md */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
/** One image of OCI, or an artifact. Source: OCI image-spec, media-types.md */
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
/** Docker's index, the "manifest list". Source: distribution, docs/content/spec/manifest-v2-2.md */
export const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json'
/** Docker's manifest of one image. Source: distribution, docs/content/spec/manifest-v2-2.md */
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'

/** True for the media types of an index, OCI's and Docker's. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_INDEX
}

/** True for the media types of one image's manifest, OCI's and Docker's. */
export function isManifestType(mediaType: string): boolean {
  return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST
}

/**
 * Reads one descriptor.
 * @param path where it stands, for the error: `manifests[2]`.
 * @throws TypeError or UserError when the media type, digest or size is missing or malformed.
 */
export function parseDescriptor(value: unknown, path: string): Descriptor {
  const object = asObject(value, path)
  const size = object['size']
  if (!Number.isSafeInteger(size) || Number(size) < 0) throw new TypeError(`${path}.size: expected a number of bytes`)
  const { annotations, platform } = object
  return {
    mediaType: asString(object['mediaType'], `${path}.mediaType`),
    digest: parseDigest(asString(object['digest'], `${path}.digest`)),
    size: Number(size),
    artifactType: text(object, 'artifactType'),
    annotations: isObject(annotations) ? annotations : {},
    ...(isObject(platform) ? { platform } : {})
  }
}

/** Reads the list of descriptors under `key`; absent counts as empty. */
export function parseDescriptors(content: JsonObject, key: string): Descriptor[] {
  return asArray(content[key], key).map((value, index) => parseDescriptor(value, `${key}[${index}]`))
}
