import { createHash } from 'node:crypto'
import { readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { messageOf, UserError } from '../lib/errors.ts'
import { asArray, asObject, asString, type JsonObject, text } from '../lib/json.ts'
import { OCI_INDEX, OCI_MANIFEST } from './descriptor.ts'
import type { Manifest } from './manifest.ts'
import { type OpenedImage, openImage } from './open.ts'
import { isDigest } from './reference.ts'
import type { Registry } from './registry.ts'

const FILES = 'index.json'
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024

/**
 * Opens the one image of an OCI layout directory as `openImage` does one in a registry.
 * Format: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 * @param path absolute path of the directory.
 * @throws UserError, without full stop, when it is not such a directory, holds several images, or a blob has not the bytes of its digest.
 */
export async function openLayout(path: string): Promise<OpenedImage> {
  const digest = await onlyImage(path)
  try {
    return await openImage(readLayout(path), { registry: 'layout', repository: 'image', digest })
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`the OCI layout ${path} cannot be read: ${messageOf(error)}`)
  }
}

/**
 * Reads manifests and blobs of an OCI layout by their digests, as a registry does. Registry and repository of a reference count for nothing.
 * @param path absolute path of the directory.
 */
export function readLayout(path: string): Pick<Registry, 'manifest' | 'blob'> {
  const readBlob = async (wanted: string, most: number) => {
    const { size } = await stat(blobPath(path, wanted))
    if (size > most) throw new UserError(`the blob ${wanted} of the OCI layout ${path} has more than ${most} bytes`)
    const bytes = await readFile(blobPath(path, wanted))
    const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    if (found !== wanted)
      throw new UserError(`the blob ${wanted} of the OCI layout ${path} has other bytes than its digest says`)
    return bytes
  }
  return {
    manifest: async ({ digest = '' }) => parseManifest(digest, await readBlob(digest, MAX_MANIFEST_BYTES)),
    blob: async (_, { digest }, maxBytes) => readBlob(digest, maxBytes)
  }
}

/**
 * Makes a layout that holds one platform of another: Trivy takes the first platform of an index in a layout, whatever `--platform` says.
 * @param layout absolute path of the whole layout.
 * @param digest the platform's own manifest.
 * @param directory an empty directory.
 * @returns its path.
 */
export async function createLayoutView(layout: string, digest: string, directory: string): Promise<string> {
  const bytes = await readFile(blobPath(layout, digest))
  const mediaType = asString(
    asObject(JSON.parse(bytes.toString('utf8')), digest)['mediaType'] ?? OCI_MANIFEST,
    'mediaType'
  )
  await symlink(resolve(layout, 'blobs'), join(directory, 'blobs'), 'junction')
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  await writeFile(
    join(directory, FILES),
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, digest, size: bytes.length }] })
  )
  return directory
}

async function onlyImage(path: string): Promise<string> {
  const index = await readIndex(path)
  const digests = new Set(
    asArray(index['manifests'], 'index.json manifests').map((entry, position) =>
      asString(
        asObject(entry, `index.json manifests[${position}]`)['digest'],
        `index.json manifests[${position}] digest`
      )
    )
  )
  const [digest] = digests
  if (digest !== undefined && digests.size === 1) return digest
  throw new UserError(`the OCI layout ${path} holds ${digests.size} images; it must hold one`)
}

async function readIndex(path: string): Promise<JsonObject> {
  try {
    return asObject(JSON.parse(await readFile(join(path, FILES), 'utf8')), FILES)
  } catch (error) {
    throw new UserError(`${path} is not an OCI layout: ${messageOf(error)}`)
  }
}

function parseManifest(digest: string, bytes: Buffer): Manifest {
  const content = asObject(JSON.parse(bytes.toString('utf8')), digest)
  return {
    digest,
    mediaType: text(content, 'mediaType') || (content['manifests'] ? OCI_INDEX : OCI_MANIFEST),
    bytes,
    content
  }
}

/** Only a well-formed digest becomes part of a path. */
function blobPath(layout: string, digest: string): string {
  if (!isDigest(digest))
    throw new UserError(`the OCI layout ${layout} names a blob by something that is no SHA-256 digest`)
  return join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length))
}
