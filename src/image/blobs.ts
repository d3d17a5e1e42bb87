import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ToolError } from '../lib/errors.ts'
import { type Ask, explaining, type Repository } from './ask.ts'
import type { Descriptor } from './descriptor.ts'
import { writeRefusal } from './failures.ts'
import { codeOf, type HttpResponse, retrying } from './http.ts'
import { describe, expectOk, tampered } from './manifest.ts'
import type { WriterDoors } from './writer.ts'

/** Bytes of which digest and size are known. */
export type Blob = Pick<Descriptor, 'digest' | 'size'>

const PUSH = { push: true } as const
/** What the disk says, not the network. Source: open(2), write(2). */
const DISK = /^(ENOSPC|EDQUOT|EFBIG|EROFS|EACCES|EIO)$/

/**
 * Copies blobs between repositories. A layer may have gigabytes: it goes through a file, whose digest is checked before anything of it is sent on.
 * Source of the protocol: OCI distribution-spec, "Pushing Blobs": one POST, then one PUT with everything.
 */
export function createBlobCopier({
  once,
  patiently,
  wait
}: WriterDoors): (source: Repository, target: Repository, blob: Blob, directory: string) => Promise<void> {
  return async (source, target, blob, directory) => {
    const isThere = () => explaining(target.registry, has(patiently, target, blob))
    if (await isThere()) return
    if (source.registry === target.registry && (await mount(patiently, source, target, blob))) return
    const folder = await mkdtemp(join(directory, 'blob-'))
    try {
      const file = join(folder, 'blob')
      await explaining(source.registry, save(patiently, source, blob, file))
      const response = await explaining(
        target.registry,
        retrying(() => upload(once, target, blob, file), wait)
      )
      if (![200, 201, 204].includes(response.status)) throw refused(target, blob, response)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** False also for every other answer than a plain yes: the upload then tells what is wrong. */
async function has(ask: Ask, target: Repository, { digest }: Blob): Promise<boolean> {
  const response = await ask(target, `blobs/${digest}`, { method: 'HEAD', wanted: PUSH })
  return response.status === 200
}

/** True when the registry took it over by itself. One that may not, or cannot, is told everything again. */
async function mount(ask: Ask, source: Repository, target: Repository, { digest }: Blob): Promise<boolean> {
  const query = new URLSearchParams({ mount: digest, from: source.repository })
  const wanted = { ...PUSH, mountFrom: source.repository }
  const response = await ask(target, `blobs/uploads/?${query}`, { method: 'POST', wanted }).catch(() => undefined)
  return response?.status === 201
}

async function save(ask: Ask, source: Repository, { digest, size }: Blob, path: string): Promise<void> {
  const reference = { registry: source.registry, repository: source.repository, digest }
  let found = ''
  const into = async (pieces: AsyncIterable<Buffer>) => {
    const hash = createHash('sha256')
    let length = 0
    const measured = async function* () {
      for await (const piece of pieces) {
        hash.update(piece)
        length += piece.length
        yield piece
      }
    }
    await pipeline(measured, createWriteStream(path, { mode: 0o600 })).catch(onDisk)
    found = length === size ? `sha256:${hash.digest('hex')}` : `${length} bytes instead of ${size}`
  }
  expectOk(reference, await ask(source, `blobs/${digest}`, { maxBytes: size, into }))
  if (found !== digest) throw tampered(reference, found)
}

function onDisk(error: unknown): never {
  const code = codeOf(error)
  if (!DISK.test(code)) throw error
  throw new ToolError(`a layer does not fit on the runner's disk, through which it is copied (${code})`, {
    remedy: 'Free space before this step, or use a runner with a larger disk.'
  })
}

async function upload(ask: Ask, target: Repository, blob: Blob, file: string): Promise<HttpResponse> {
  const started = await ask(target, 'blobs/uploads/', { method: 'POST', wanted: PUSH })
  if (started.status !== 202) return started.status < 300 ? Promise.reject(noPlace(target)) : started
  return ask(target, placeOf(target, started, blob), {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: { size: blob.size, open: () => createReadStream(file) },
    wanted: PUSH
  })
}

/** Where the upload goes: a path or a URL, with a query of its own that must stay as it is. */
function placeOf(target: Repository, started: HttpResponse, { digest }: Blob): URL {
  const location = started.header('location')
  if (location === '' || !URL.canParse(location, started.url.href)) throw noPlace(target)
  const url = new URL(location, started.url)
  if (!/^https?:$/.test(url.protocol) || (started.url.protocol === 'https:' && url.protocol === 'http:'))
    throw new ToolError(
      `${target.registry} wants the upload sent to ${url.protocol}//${url.host}; it is not sent there`
    )
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`
  return url
}

function noPlace(target: Repository): ToolError {
  return new ToolError(`${target.registry} does not say where an upload is to go`)
}

function refused(target: Repository, { digest }: Blob, response: HttpResponse): Error {
  return writeRefusal(describe({ ...target, digest }), target.registry, response)
}
