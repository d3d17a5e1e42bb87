import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, type ReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib'

/** Pieces in which files are read and inflated: with Node's own 64 and 16 KiB an archive of 56 MB took three times as long. */
const CHUNK = 1024 * 1024
/** A tar's unit. */
const BLOCK = 512
/** The end record and the longest comment after it. */
const MAX_ZIP_TAIL = 22 + 65_535

/** Where a zip keeps one file. */
interface ZipEntry {
  readonly offset: number
  readonly size: number
  readonly method: number
}

/** Whether a release asset is an archive that this file can unpack; else it is the program itself. */
export function isArchive(name: string): boolean {
  return /\.(tar\.gz|tgz|zip)$/.test(name)
}

/**
 * Writes one file of a `.tar.gz` or `.zip` to `target`, executable by this user. It is done here and not by tar, unzip or PowerShell because a
 * child of the tool-cache library gets this process's whole environment, in which the runner puts every input, the signing key too.
 * Only for archives whose digest was checked: it trusts their structure.
 * @param member the file's whole name in the archive.
 * @returns the SHA-256 of the file that was written, lower-case hex.
 * @throws Error when there is no such file or the archive is broken.
 */
export async function unpack(archive: string, member: string, target: string): Promise<string> {
  return writeAndHash(await openMember(archive, member), target)
}

/**
 * Writes a stream to a file and hashes it in one pass, so that no one can change the file in between.
 * @returns the SHA-256, lower-case hex.
 */
export async function writeAndHash(source: AsyncIterable<Buffer>, target: string): Promise<string> {
  const sha256 = createHash('sha256')
  const hashed = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      sha256.update(chunk)
      yield chunk
    }
  }
  await pipeline(source, hashed, createWriteStream(target, { mode: 0o700, highWaterMark: 4 * CHUNK }))
  return sha256.digest('hex')
}

async function openMember(archive: string, member: string): Promise<AsyncIterable<Buffer>> {
  if (!archive.endsWith('.zip'))
    return tarMember(through(readInChunks(archive), createGunzip({ chunkSize: CHUNK })), member)
  const entry = await findZipEntry(archive, member)
  const input = readInChunks(archive, { start: entry.offset, end: entry.offset + entry.size - 1 })
  return entry.method === 0 ? input : through(input, createInflateRaw({ chunkSize: CHUNK }))
}

/** `input` inflated; an error of either ends the other. */
function through(input: ReadStream, inflate: Gunzip | InflateRaw): AsyncIterable<Buffer> {
  // The error reaches whoever reads `inflate`.
  pipeline(input, inflate).catch(() => undefined)
  return inflate
}

/** The bytes of a file, or of a part of it, in pieces that are worth a system call. */
export function readInChunks(file: string, part: { readonly start?: number; readonly end?: number } = {}): ReadStream {
  return createReadStream(file, { ...part, highWaterMark: CHUNK })
}

/** The bytes of one file of a tar stream. Source of the format: POSIX pax, "ustar Interchange Format". */
async function* tarMember(source: AsyncIterable<Buffer>, member: string): AsyncGenerator<Buffer> {
  let header: Buffer = Buffer.alloc(0)
  let content = 0
  let padding = 0
  let isMember = false
  let isFound = false
  for await (const chunk of source) {
    let rest = chunk
    while (rest.length > 0) {
      const part = rest.subarray(0, content || padding || BLOCK - header.length)
      rest = rest.subarray(part.length)
      if (content > 0) {
        content -= part.length
        if (isMember) yield part
      } else if (padding > 0) {
        padding -= part.length
      } else {
        header = Buffer.concat([header, part])
        if (header.length < BLOCK) continue
        content = Number.parseInt(cString(header.subarray(124, 136)) || '0', 8)
        padding = (BLOCK - (content % BLOCK)) % BLOCK
        isMember =
          cString(header.subarray(0, 100)).replace(/^\.\//, '') === member &&
          /^[0\0]$/.test(String.fromCharCode(header[156] ?? 0))
        isFound ||= isMember
        header = Buffer.alloc(0)
      }
    }
  }
  if (!isFound || content > 0) throw new Error(`the archive holds no whole file ${member}`)
}

/** Finds a file in a zip by its central directory. Source of the format: PKWARE APPNOTE.TXT 4.3. */
async function findZipEntry(archive: string, member: string): Promise<ZipEntry> {
  const file = await open(archive)
  try {
    const directory = await readZipDirectory(file)
    for (let at = 0; at + 46 <= directory.length; ) {
      const nameLength = directory.readUInt16LE(at + 28)
      if (directory.toString('utf8', at + 46, at + 46 + nameLength) === member)
        return await zipEntry(file, directory.subarray(at))
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    }
  } finally {
    await file.close()
  }
  throw new Error(`the archive holds no file ${member}`)
}

async function readZipDirectory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat()
  const length = Math.min(size, MAX_ZIP_TAIL)
  const tail = await read(file, size - length, length)
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  if (end < 0) throw new Error('the archive is not a zip')
  return read(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
}

async function zipEntry(file: FileHandle, header: Buffer): Promise<ZipEntry> {
  const start = header.readUInt32LE(42)
  const local = await read(file, start, 30)
  return {
    offset: start + 30 + local.readUInt16LE(26) + local.readUInt16LE(28),
    size: header.readUInt32LE(20),
    method: header.readUInt16LE(10)
  }
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end).trim()
}
