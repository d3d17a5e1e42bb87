import { afterEach, describe, expect, test } from '@jest/globals'
import { OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import type { Manifest } from '../../../src/image/manifest.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import {
  sendOn,
  sha,
  startWritableRegistry,
  type WritableFake,
  type WritableFakeOptions
} from '../../fixtures/writable-registry.ts'

const open: WritableFake[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(fake => fake.close()))
})

async function start(options: WritableFakeOptions = {}, password = 'p') {
  const fake = await startWritableRegistry(options)
  open.push(fake)
  const waits: number[] = []
  const { writer } = createRegistry({
    credentials: () => ({ username: 'u', password }),
    timeoutMs: 5_000,
    wait: async milliseconds => void waits.push(milliseconds)
  })
  const tag = { registry: fake.host, repository: 'acme/app', tag: 'latest' }
  const refuse = (times: number, status: number, error: object = {}, headers: Record<string, string> = {}) => {
    fake.intercept = (request, response) => {
      if (request.method !== 'PUT' || times-- <= 0) return false
      response.writeHead(status, headers).end(JSON.stringify({ errors: [error] }))
      return true
    }
  }
  return { fake, writer, waits, tag, refuse }
}

function aManifest(text: string): Manifest {
  const bytes = Buffer.from(text)
  return { digest: sha(bytes), mediaType: OCI_MANIFEST, bytes, content: {} }
}

const [OURS, THEIRS] = [aManifest('{ "ours":1 }'), aManifest('{"theirs":1}')]
const puts = (fake: WritableFake) => fake.requests.filter(line => line.startsWith('PUT')).length

describe('moving a tag', () => {
  test('puts the bytes as they are, with their media type and a token that may push', async () => {
    const { fake, writer, tag } = await start({ login: true })
    await writer.moveTag(tag, OURS, undefined)
    expect(fake.manifests.get('acme/app:latest')).toEqual({ bytes: OURS.bytes, mediaType: OCI_MANIFEST })
    expect(await writer.digestAt(tag)).toBe(OURS.digest)
    expect(fake.scopes).toEqual([['repository:acme/app:pull,push']])
  })

  test('is tried again while nobody else moved it, as long as the registry asks', async () => {
    const { fake, writer, tag, waits, refuse } = await start()
    refuse(2, 429, {}, { 'retry-after': '7' })
    await writer.moveTag(tag, OURS, undefined)
    expect([puts(fake), waits]).toEqual([3, [7_000, 7_000]])
  })

  test('is not tried again once somebody else moved it', async () => {
    const { fake, writer, tag } = await start()
    fake.intercept = (request, response) => {
      if (request.method !== 'PUT') return false
      fake.manifests.set('acme/app:latest', THEIRS)
      response.writeHead(503).end()
      return true
    }
    await expect(writer.moveTag(tag, OURS, undefined)).rejects.toMatchObject({ status: 503 })
    expect(puts(fake)).toBe(1)
  })

  test('is done when only the answer was lost', async () => {
    const { fake, writer, tag } = await start()
    fake.intercept = request => {
      if (request.method !== 'PUT') return false
      fake.manifests.set('acme/app:latest', OURS)
      request.socket.destroy()
      return true
    }
    await writer.moveTag(tag, OURS, undefined)
    expect(puts(fake)).toBe(1)
  })

  test.each([
    ['ECR', 400, { code: 'TAG_INVALID', message: "The image tag 'latest' already exists in the 'app' repository" }],
    ['Harbor', 412, { code: 'PRECONDITION', message: "due to 'app:latest' configured as immutable." }],
    ['Quay', 409, { code: 'TAG_ALREADY_EXISTS', message: 'tag is immutable' }],
    ['Artifact Registry', 400, { code: 'MANIFEST_INVALID', message: 'cannot update tag latest. The tag is immutable' }]
  ])('that is immutable, as %s says it', async (_, status, error) => {
    const { writer, tag, refuse } = await start()
    refuse(1, status, error)
    await expect(writer.moveTag(tag, OURS, undefined)).rejects.toMatchObject({
      message: expect.stringContaining('because its tags are immutable'),
      remedy: expect.stringContaining('Exempt this tag')
    })
  })

  test('to a registry that stored something else is a failure', async () => {
    const { writer, tag, refuse } = await start()
    refuse(1, 201, {}, { 'docker-content-digest': THEIRS.digest })
    await expect(writer.moveTag(tag, OURS, undefined)).rejects.toThrow('other bytes')
  })
})

describe('what a tag points at', () => {
  test('is nothing where it or its repository is not there', async () => {
    const { writer, tag } = await start()
    expect(await writer.digestAt(tag)).toBeUndefined()
  })

  test('is computed where the registry does not say it', async () => {
    const { fake, writer, tag } = await start()
    fake.manifests.set('acme/app:latest', OURS)
    fake.intercept = (request, response) => request.method === 'HEAD' && !!response.writeHead(200).end()
    expect(await writer.digestAt(tag)).toBe(OURS.digest)
  })
})

describe('the right to push', () => {
  test('is tried by an upload that is given up', async () => {
    const { fake, writer, tag } = await start({ login: true })
    await writer.mustAccept(tag)
    expect(fake.requests.at(-1)).toMatch(/^DELETE \/v2\/acme\/app\/blobs\/uploads\/1/)
  })

  test('is missing without the right login, and that is said', async () => {
    const { writer, tag } = await start({ login: true }, 'wrong')
    await expect(writer.mustAccept(tag)).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('does not let this job write'),
      remedy: expect.stringContaining('packages: write')
    })
  })

  test('an upload elsewhere is not given up there with our token', async () => {
    const other = await start()
    const { writer, tag } = await start({ login: true, location: path => `http://${other.fake.host}${path}` })
    await writer.mustAccept(tag)
    expect(other.fake.requests).toEqual([])
  })

  test('an upload that a redirect began elsewhere is given up there without our token', async () => {
    const other = await start()
    const { fake, writer, tag } = await start({ login: true })
    sendOn(fake, other.fake, /^DELETE/)
    await writer.mustAccept(tag)
    expect(other.fake.requests.map(line => line.replace(/ .*/, ''))).toEqual(['POST', 'DELETE'])
    expect(other.fake.authorizations).toEqual([undefined, undefined])
  })
})
