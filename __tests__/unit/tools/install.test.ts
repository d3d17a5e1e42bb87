import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { arch, tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { installTool } from '../../../src/tools/install.ts'
import { builtInManifest, type Tool, type ToolManifest } from '../../../src/tools/manifest.ts'

const program = randomBytes(300_000)
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

let root: string
let server: Server
let requests: string[]
let answer: RequestListener
let warnings: string[]
const log = { info: () => {}, warning: (message: string) => void warnings.push(message) }

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'install-'))
  process.env['RUNNER_TOOL_CACHE'] = join(root, 'cache')
  Object.assign(globalThis, { TEST_DOWNLOAD_TOOL_RETRY_MIN_SECONDS: 0, TEST_DOWNLOAD_TOOL_RETRY_MAX_SECONDS: 0 })
  jest.spyOn(process.stdout, 'write').mockReturnValue(true) // The library's debug lines.
  requests = []
  warnings = []
  server = createServer((request, response) => {
    requests.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  jest.restoreAllMocks()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await rm(root, { recursive: true, force: true })
})

const serve = (bytes: Buffer) => {
  answer = (_, response) => response.end(bytes)
}
const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

function manifestOf(tool: Tool, name: string, sha256: string): ToolManifest {
  const release = {
    version: builtInManifest[tool].version,
    url: `${origin()}/release/`,
    assets: { 'linux/amd64': { name, sha256 } }
  }
  return { ...builtInManifest, [tool]: release }
}

const install = (
  tool: Tool,
  manifest: ToolManifest,
  more: { mirror?: string; directory?: string; platform?: string } = {}
) => installTool(tool, { manifest, log, directory: join(root, 'private'), platform: 'linux/amd64', ...more })

const cosign = (bytes = program) => manifestOf('cosign', 'cosign-linux-amd64', digest(bytes))
const cachedFile = () =>
  join(root, 'cache', 'imgguard-cosign', builtInManifest.cosign.version, arch(), 'cosign-linux-amd64')

describe('a tool that is its own asset', () => {
  test('is downloaded, executable, and in the private directory', async () => {
    serve(program)
    const { path, version, sha256 } = await install('cosign', cosign())
    expect({ path, version, sha256 }).toEqual({
      path: join(root, 'private', 'cosign'),
      version: '3.1.3',
      sha256: digest(program)
    })
    expect((await stat(path)).mode & 0o777).toBe(0o755)
    expect(requests).toEqual(['/release/cosign-linux-amd64'])
  })

  test('is taken from the tool cache the second time', async () => {
    serve(program)
    await install('cosign', cosign())
    const second = await install('cosign', cosign(), { directory: join(root, 'second') })
    expect(await readFile(second.path)).toEqual(program)
    expect(requests).toHaveLength(1)
    expect(warnings).toEqual([])
  })

  test('is downloaded anew when the tool cache holds other bytes, and mends the cache', async () => {
    serve(program)
    await install('cosign', cosign())
    await writeFile(cachedFile(), 'poison')
    const second = await install('cosign', cosign(), { directory: join(root, 'second') })
    expect(await readFile(second.path)).toEqual(program)
    expect(await readFile(cachedFile())).toEqual(program)
    expect(warnings).toEqual([
      expect.stringContaining(`holds a cosign 3.1.3 with SHA-256 ${digest(Buffer.from('poison'))}`)
    ])
  })

  test('is downloaded anew when the tool cache holds a directory in its place', async () => {
    serve(program)
    await install('cosign', cosign())
    await rm(cachedFile())
    await mkdir(cachedFile())
    await install('cosign', cosign(), { directory: join(root, 'second') })
    expect(warnings).toEqual([expect.stringContaining('not a plain file')])
  })

  test('comes from the mirror, with and without a slash at its end', async () => {
    serve(program)
    await install('cosign', cosign(), { mirror: `${origin()}/mirror` })
    await rm(join(root, 'cache'), { recursive: true })
    await install('cosign', cosign(), { mirror: `${origin()}/mirror/`, directory: join(root, 'second') })
    expect(requests).toEqual(['/mirror/cosign-linux-amd64', '/mirror/cosign-linux-amd64'])
  })

  test('works without a tool cache, and says so', async () => {
    delete process.env['RUNNER_TOOL_CACHE']
    serve(program)
    expect(existsSync((await install('cosign', cosign())).path)).toBe(true)
    expect(warnings).toEqual([expect.stringContaining('RUNNER_TOOL_CACHE')])
  })
})

describe('what is not what was pinned', () => {
  test('one flipped bit is refused, deleted and not cached', async () => {
    const flipped = Buffer.from(program)
    flipped[1000] = (flipped[1000] ?? 0) ^ 1
    serve(flipped)
    const message = `${origin()}/release/cosign-linux-amd64 has SHA-256 ${digest(flipped)}, but ${digest(program)} is pinned`
    await expect(install('cosign', cosign())).rejects.toThrow(message)
    expect(existsSync(join(root, 'private', 'cosign-linux-amd64'))).toBe(false)
    expect(existsSync(cachedFile())).toBe(false)
  })

  test('a download that ends early is refused, with and without a stated length', async () => {
    serve(program.subarray(0, 100_000))
    await expect(install('cosign', cosign())).rejects.toThrow('is pinned')
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': program.length })
      response.write(program.subarray(0, 100_000), () => response.destroy())
    }
    await expect(install('cosign', cosign())).rejects.toMatchObject({
      name: 'ToolError',
      message: expect.stringContaining('cannot be reached for cosign-linux-amd64')
    })
  })

  test('a refused version is not even downloaded', async () => {
    const manifest = manifestOf('trivy', 'trivy.tar.gz', digest(program))
    await expect(install('trivy', { ...manifest, trivy: { ...manifest.trivy, version: '0.69.4' } })).rejects.toThrow(
      'GHSA-69fq-xp46-6x23'
    )
    expect(requests).toEqual([])
  })
})

describe('a server that does not give it', () => {
  test('404 names the asset, the address and the inputs that help, and is not tried again', async () => {
    answer = (_, response) => response.writeHead(404).end()
    await expect(install('cosign', cosign())).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/cosign-linux-amd64 is not at http.*404.*tools-mirror.*tools-manifest/)
    })
    expect(requests).toHaveLength(1)
  })

  test('a server that recovers is tried again', async () => {
    answer = (_, response) => (requests.length < 3 ? response.writeHead(503).end() : response.end(program))
    await install('cosign', cosign())
    expect(requests).toHaveLength(3)
  })

  test('a host that is not there is named', async () => {
    const manifest = cosign()
    await expect(install('cosign', manifest, { mirror: 'http://127.0.0.1:1/' })).rejects.toThrow(
      '127.0.0.1:1 cannot be reached'
    )
  })
})

describe('an archive', () => {
  const name = 'trivy_0.74.0_Linux-64bit.tar.gz'
  const archive = gzipSync(
    Buffer.concat([tarEntry('README.md', Buffer.from('readme')), tarEntry('trivy', program), Buffer.alloc(1024)])
  )

  test('is unpacked from the hashed bytes, and unpacked anew from the tool cache', async () => {
    serve(archive)
    const manifest = manifestOf('trivy', name, digest(archive))
    const first = await install('trivy', manifest)
    const second = await install('trivy', manifest, { directory: join(root, 'second') })
    expect(requests).toHaveLength(1)
    expect(first.sha256).toBe(digest(program))
    expect(await readFile(second.path)).toEqual(program)
    expect(existsSync(join(root, 'private', name))).toBe(false)
  })

  test('a zip for Windows is unpacked too', async () => {
    const zip = zipOf('trivy.exe', program)
    serve(zip)
    const manifest = manifestOf('trivy', 'trivy_0.74.0_windows-64bit.zip', digest(zip))
    const assets = { 'windows/amd64': { name: 'trivy_0.74.0_windows-64bit.zip', sha256: digest(zip) } }
    const { path } = await install(
      'trivy',
      { ...manifest, trivy: { ...manifest.trivy, assets } },
      { platform: 'windows/amd64' }
    )
    expect(path.endsWith('trivy.exe')).toBe(true)
    expect(await readFile(path)).toEqual(program)
  })

  test('without the program in it is an error', async () => {
    const other = gzipSync(Buffer.concat([tarEntry('trivy.txt', program), Buffer.alloc(1024)]))
    serve(other)
    await expect(install('trivy', manifestOf('trivy', name, digest(other)))).rejects.toMatchObject({
      message: expect.stringContaining('cannot be unpacked'),
      cause: expect.objectContaining({ message: expect.stringContaining('no whole file trivy') })
    })
  })
})

function tarEntry(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write(content.length.toString(8).padStart(11, '0'), 124)
  header.write('0', 156)
  header.write('ustar', 257)
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

function zipOf(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content)
  const local = Buffer.alloc(30 + name.length)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(name.length, 26)
  local.write(name, 30)
  const central = Buffer.alloc(46 + name.length)
  central.writeUInt32LE(0x02014b50, 0)
  central.writeUInt16LE(8, 10)
  central.writeUInt32LE(packed.length, 20)
  central.writeUInt16LE(name.length, 28)
  central.write(name, 46)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length + packed.length, 16)
  return Buffer.concat([local, packed, central, end])
}
