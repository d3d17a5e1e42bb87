import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { copyImage } from '../../../src/image/copy.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { pin } from '../../../src/image/reference.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import {
  sendOn,
  sha,
  startWritableRegistry,
  type WritableFake,
  type WritableFakeOptions
} from '../../fixtures/writable-registry.ts'

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar'
const FROM = 'acme/app'
const TO = 'other/app'

const open: WritableFake[] = []
let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imgguard-copy-'))
})
afterEach(async () => {
  expect(await readdir(directory)).toEqual([])
  await rm(directory, { recursive: true })
  await Promise.all(open.splice(0).map(fake => fake.close()))
})

async function start(options: WritableFakeOptions = {}) {
  const fake = await startWritableRegistry(options)
  open.push(fake)
  return fake
}

/** An image in a registry, and what is beside it. */
function fill(fake: WritableFake) {
  const blob = (text: string, mediaType = LAYER) => {
    fake.blobs.set(`${FROM}@${sha(text)}`, Buffer.from(text))
    return { mediaType, digest: sha(text), size: text.length }
  }
  const manifest = (content: object, tag?: string) => {
    // Spaces that no other writer would make: the bytes must stay.
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...content }, null, 3))
    const mediaType = (content as { mediaType?: string }).mediaType ?? OCI_MANIFEST
    for (const key of [`${FROM}@${sha(bytes)}`, ...(tag === undefined ? [] : [`${FROM}:${tag}`])])
      fake.manifests.set(key, { bytes, mediaType })
    return { mediaType, digest: sha(bytes), size: bytes.length }
  }
  const image = (name: string) =>
    manifest({ config: blob(`{"${name}":1}`), layers: [blob('shared'), blob(`layer ${name}`)] })
  const index = manifest({ mediaType: OCI_INDEX, manifests: [image('amd64'), image('arm64')] })
  const refer = (subject: { digest: string; size: number }, text: string) =>
    manifest({ artifactType: BUNDLE, config: blob('{}'), layers: [blob(text)], subject, annotations: { made: text } })
  return { blob, manifest, index, refer, tagOf: (digest: string) => digest.replace(':', '-') }
}

function copy(
  source: WritableFake,
  target: WritableFake,
  digest: string,
  { timeoutMs = 5_000, withReferrers = true } = {}
) {
  const registry = createRegistry({
    credentials: () => ({ username: 'u', password: 'p' }),
    timeoutMs,
    wait: async () => {}
  })
  const to = { registry: target.host, repository: TO }
  return copyImage({ registry, directory }, pin({ registry: source.host, repository: FROM }, digest), to, {
    withReferrers
  })
}

/** What a repository holds: manifests by their keys without the repository. */
const held = (fake: WritableFake, repository = TO) =>
  [...fake.manifests.keys()].filter(key => key.startsWith(repository)).map(key => key.slice(repository.length))

describe('an image', () => {
  test('is there with the same bytes, children first, each blob once', async () => {
    const [source, target] = [await start(), await start()]
    const { index } = fill(source)
    await copy(source, target, index.digest)
    expect(target.manifests.get(`${TO}@${index.digest}`)).toEqual(source.manifests.get(`${FROM}@${index.digest}`))
    const puts = target.requests.filter(line => /^PUT .*manifests/.test(line))
    expect(puts).toHaveLength(3)
    expect(puts.at(-1)).toContain(index.digest)
    expect([...target.blobs.keys()].sort()).toEqual([...source.blobs.keys()].map(key => key.replace(FROM, TO)).sort())
    expect(target.requests.filter(line => /^PUT .*blobs/.test(line))).toHaveLength(5)
  })

  test('is left alone where it is already', async () => {
    const [source, target] = [await start(), await start()]
    const { index } = fill(source)
    await copy(source, target, index.digest)
    target.requests.length = 0
    await copy(source, target, index.digest)
    expect(target.requests.filter(line => /^(PUT|POST)/.test(line))).toEqual([])
  })

  test('is mounted within one registry, by a token for both repositories', async () => {
    const fake = await start({ mounts: true, login: true })
    const { index } = fill(fake)
    await copy(fake, fake, index.digest)
    expect(fake.requests.filter(line => /^PUT .*blobs/.test(line))).toEqual([])
    expect(fake.scopes).toContainEqual([`repository:${TO}:pull,push`, `repository:${FROM}:pull`])
    expect(held(fake)).toContain(`@${index.digest}`)
  })

  test('is carried over where the registry does not mount', async () => {
    const fake = await start({ login: true })
    const { index } = fill(fake)
    await copy(fake, fake, index.digest)
    expect(fake.requests.filter(line => /^PUT .*blobs/.test(line))).toHaveLength(5)
  })

  test('is carried over where a mount is refused', async () => {
    const fake = await start()
    const { index } = fill(fake)
    fake.intercept = (request, response) => {
      if (!request.url?.includes('mount=')) return false
      response.writeHead(403).end()
      return true
    }
    await copy(fake, fake, index.digest)
    expect(held(fake)).toContain(`@${index.digest}`)
  })

  test('whose indexes name each other again and again is asked for once', async () => {
    const [source, target] = [await start(), await start()]
    const { manifest, index } = fill(source)
    let top = index
    for (const _ of [1, 2, 3]) top = manifest({ mediaType: OCI_INDEX, manifests: Array(50).fill(top) })
    await copy(source, target, top.digest)
    const asked = source.requests.filter(line => /^GET .*manifests\/sha256:/.test(line))
    expect(asked.filter(line => line.endsWith(index.digest))).toHaveLength(1)
    expect(held(target)).toContain(`@${top.digest}`)
  })

  test('of more manifests than anybody has is refused before they are all asked for', async () => {
    const [source, target] = [await start(), await start()]
    const { manifest } = fill(source)
    const leaves = Array.from({ length: 600 }, (_, at) => manifest({ mediaType: OCI_INDEX, manifests: [], at }))
    const root = manifest({ mediaType: OCI_INDEX, manifests: leaves })
    await expect(copy(source, target, root.digest)).rejects.toThrow('has more than 500 manifests')
    expect(source.requests.filter(line => line.startsWith('GET')).length).toBeLessThan(510)
    expect(target.requests.filter(line => /^(PUT|POST)/.test(line))).toEqual([])
  })

  test('does without layers that may not be given on', async () => {
    const [source, target] = [await start(), await start()]
    const { blob, manifest } = fill(source)
    const foreign = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: sha('gone'),
      size: 4
    }
    const image = manifest({ config: blob('{}'), layers: [foreign, blob('own')] })
    await copy(source, target, image.digest)
    expect([...target.blobs.keys()]).not.toContain(`${TO}@${foreign.digest}`)
    expect(held(target)).toContain(`@${image.digest}`)
  })
})

describe('an upload', () => {
  test.each([
    ['a path', (path: string) => path],
    ['an URL', (path: string, host: string) => `http://${host}${path}`]
  ])('goes to %s, whose query stays', async (_, location) => {
    const [source, target] = [await start(), await start({ location })]
    const { index } = fill(source)
    await copy(source, target, index.digest)
    expect(held(target)).toContain(`@${index.digest}`)
  })

  test('to another host goes without credentials', async () => {
    const store = await start()
    const [source, target] = [
      await start(),
      await start({ login: true, location: path => `http://${store.host}${path}` })
    ]
    const { index } = fill(source)
    await copy(source, target, index.digest)
    const uploads = store.requests.flatMap((line, at) => (line.startsWith('PUT') ? [store.authorizations[at]] : []))
    expect(uploads).toEqual([undefined, undefined, undefined, undefined, undefined])
  })

  test('that a redirect began on another host goes on there without credentials, even if it asks for them', async () => {
    const [source, target, other] = [await start(), await start({ login: true }), await start()]
    const { index } = fill(source)
    sendOn(target, other, /^PUT/)
    await expect(copy(source, target, index.digest)).rejects.toMatchObject({ status: 401 })
    expect(other.requests.filter(line => line.startsWith('PUT')).length).toBeGreaterThan(0)
    expect(other.requests.filter(line => line.includes('token'))).toEqual([])
    expect(other.authorizations.filter(header => header !== undefined)).toEqual([])
  })

  test('is begun anew after a failure in its middle, with all of its bytes', async () => {
    const [source, target] = [await start(), await start()]
    const { index } = fill(source)
    let failures = 0
    target.intercept = (request, response) => {
      if (request.method !== 'PUT' || !request.url?.includes('blobs') || failures >= 2) return false
      failures++ === 0 ? request.socket.destroy() : response.writeHead(503).end()
      return true
    }
    await copy(source, target, index.digest)
    expect([...target.blobs.values()].map(String).sort()).toEqual([...source.blobs.values()].map(String).sort())
  })

  test.each([
    [413, '', 'takes nothing as large as'],
    [403, 'DENIED', 'does not let this job write'],
    [404, 'NAME_UNKNOWN', 'does not have that repository'],
    [429, 'TOOMANYREQUESTS', 'limits how often it may be asked (429)'],
    [500, '', 'answered 500']
  ])('that is refused with %d says why', async (status, code, words) => {
    const [source, target] = [await start(), await start()]
    const { index } = fill(source)
    target.intercept = (request, response) => {
      if (request.method !== 'PUT') return false
      response.writeHead(status).end(JSON.stringify({ errors: [{ code, message: 'no' }] }))
      return true
    }
    await expect(copy(source, target, index.digest)).rejects.toMatchObject({
      message: expect.stringContaining(words),
      remedy: expect.any(String)
    })
    expect(held(target)).toEqual([])
  })
})

describe('other bytes than the digest says', () => {
  test.each([
    ['as many', 'SHARED'],
    ['fewer', 'shar']
  ])('(%s) are not sent on', async (_, bytes) => {
    const [source, target] = [await start(), await start()]
    const { index } = fill(source)
    source.blobs.set(`${FROM}@${sha('shared')}`, Buffer.from(bytes))
    await expect(copy(source, target, index.digest)).rejects.toThrow('sent other bytes')
    expect([...target.blobs.values()].map(String)).not.toContain(bytes)
    expect(held(target)).not.toContain(`@${index.digest}`)
  })

  test('that never end are not read to their end', async () => {
    const [source, target] = [await start(), await start()]
    const { index } = fill(source)
    source.intercept = (request, response) => {
      if (!request.url?.includes('blobs') || request.method !== 'GET') return false
      response.writeHead(200)
      const flood = () => {
        while (response.write(Buffer.alloc(65_536)));
      }
      response.on('drain', flood)
      flood()
      return true
    }
    await expect(copy(source, target, index.digest)).rejects.toThrow('sent more than such an answer may hold')
  })

  test('that do not come are not waited for for ever', async () => {
    const [source, target] = [await start(), await start()]
    const { index } = fill(source)
    source.intercept = (request, response) => {
      if (!request.url?.includes('blobs') || request.method !== 'GET') return false
      response.writeHead(200, { 'content-length': 6 }).write('s')
      return true
    }
    await expect(copy(source, target, index.digest, { timeoutMs: 50 })).rejects.toThrow('did not answer in time')
  })
})

describe('what refers to an image', () => {
  test('goes along to a registry with the Referrers API', async () => {
    const [source, target] = [await start({ referrersApi: true }), await start({ referrersApi: true })]
    const { index, refer } = fill(source)
    const bundle = refer(index, 'signature')
    await copy(source, target, index.digest)
    expect(held(target)).toContain(`@${bundle.digest}`)
    expect(held(target).filter(key => key.startsWith(':sha256-'))).toEqual([])
  })

  test('is listed at the fallback tag of one without it, beside what others listed there', async () => {
    const [source, target] = [await start({ referrersApi: true }), await start()]
    const { index, refer, tagOf } = fill(source)
    const bundle = refer(index, 'signature')
    const others = { mediaType: OCI_MANIFEST, digest: sha('theirs'), size: 6, artifactType: 'a/b', data: 'kept' }
    const list = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [others],
      annotations: { own: 'yes' }
    })
    target.manifests.set(`${TO}:${tagOf(index.digest)}`, { bytes: Buffer.from(list), mediaType: OCI_INDEX })
    for (const _ of [1, 2]) await copy(source, target, index.digest)
    const found = target.manifests.get(`${TO}:${tagOf(index.digest)}`)
    expect(found?.mediaType).toBe(OCI_INDEX)
    expect(JSON.parse(String(found?.bytes))).toEqual({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      annotations: { own: 'yes' },
      manifests: [others, { ...bundle, artifactType: BUNDLE, annotations: { made: 'signature' } }]
    })
  })

  test('is listed although others write the list at the same time', async () => {
    const [source, target] = [await start({ referrersApi: true }), await start()]
    const { index, refer, tagOf } = fill(source)
    const bundle = refer(index, 'signature')
    let writes = 0
    target.intercept = (request, response) => {
      if (request.method !== 'PUT' || !request.url?.endsWith(tagOf(index.digest)) || writes++ > 0) return false
      // Somebody else wrote last.
      response.writeHead(201).end()
      return true
    }
    await copy(source, target, index.digest)
    expect(String(target.manifests.get(`${TO}:${tagOf(index.digest)}`)?.bytes)).toContain(bundle.digest)
  })

  test('to a platform goes along as well, and what a list names wrongly does not', async () => {
    const [source, target] = [await start(), await start({ referrersApi: true })]
    const { index, manifest, blob, refer, tagOf } = fill(source)
    const child = manifest({ config: blob('{}'), layers: [] })
    const whole = manifest({ mediaType: OCI_INDEX, manifests: [child] })
    const about = refer(child, 'about the platform')
    const foreign = refer(index, 'about something else')
    const gone = { mediaType: OCI_MANIFEST, digest: sha('gone'), size: 1 }
    manifest({ mediaType: OCI_INDEX, manifests: [gone, foreign, about] }, tagOf(child.digest))
    await copy(source, target, whole.digest)
    expect(held(target)).toContain(`@${about.digest}`)
    expect(held(target)).not.toContain(`@${foreign.digest}`)
  })

  test('at the tags of older readers goes along, unless something is there', async () => {
    const [source, target] = [await start(), await start()]
    const { index, manifest, blob, tagOf } = fill(source)
    const legacy = manifest({ config: blob('{}'), layers: [blob('payload')] }, `${tagOf(index.digest)}.sig`)
    manifest({ config: blob('{}'), layers: [blob('predicate')] }, `${tagOf(index.digest)}.att`)
    const present = { bytes: Buffer.from('{"theirs":true}'), mediaType: OCI_MANIFEST }
    target.manifests.set(`${TO}:${tagOf(index.digest)}.att`, present)
    await copy(source, target, index.digest)
    expect(sha(target.manifests.get(`${TO}:${tagOf(index.digest)}.sig`)?.bytes ?? '')).toBe(legacy.digest)
    expect(target.manifests.get(`${TO}:${tagOf(index.digest)}.att`)).toBe(present)
  })

  test('stays where it is when nobody wants it', async () => {
    const [source, target] = [await start({ referrersApi: true }), await start()]
    const { index, refer } = fill(source)
    const bundle = refer(index, 'signature')
    await copy(source, target, index.digest, { withReferrers: false })
    expect(held(target)).not.toContain(`@${bundle.digest}`)
  })
})
