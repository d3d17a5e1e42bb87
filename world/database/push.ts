import { createHash } from 'node:crypto'

const EMPTY_CONFIG = Buffer.from('{}')
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'

/** An OCI artifact of one file. */
export interface ArtifactPush {
  /** `HOST:PORT` of a registry without TLS or password. */
  readonly registry: string
  readonly repository: string
  readonly tag: string
  readonly artifactType: string
  readonly layer: { readonly type: string; readonly name: string; readonly content: Buffer }
}

/**
 * Pushes an artifact as `oras push` does and gives its reference by tag. Throws with the status when the registry refuses.
 * Protocol: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#push
 */
export async function pushArtifact({ registry, repository, tag, artifactType, layer }: ArtifactPush): Promise<string> {
  const base = `http://${registry}/v2/${repository}`
  await Promise.all([pushBlob(base, EMPTY_CONFIG), pushBlob(base, layer.content)])
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', ...contentOf(EMPTY_CONFIG) },
    layers: [
      {
        mediaType: layer.type,
        ...contentOf(layer.content),
        annotations: { 'org.opencontainers.image.title': layer.name }
      }
    ]
  })
  await send('PUT', `${base}/manifests/${tag}`, manifest, MANIFEST_TYPE)
  return `${registry}/${repository}:${tag}`
}

async function pushBlob(base: string, content: Buffer): Promise<void> {
  const { headers } = await send('POST', `${base}/blobs/uploads/`)
  const upload = new URL(headers.get('location') ?? '', base)
  upload.searchParams.set('digest', contentOf(content).digest)
  await send('PUT', upload.href, content, 'application/octet-stream')
}

async function send(method: string, url: string, body?: string | Buffer, type?: string): Promise<Response> {
  const init = { method, headers: type === undefined ? {} : { 'content-type': type } }
  const response = await fetch(url, body === undefined ? init : { ...init, body: new Uint8Array(Buffer.from(body)) })
  if (response.ok) return response
  throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
}

function contentOf(content: Buffer): { digest: string; size: number } {
  return { digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, size: content.length }
}
