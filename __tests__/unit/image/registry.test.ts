import { afterEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseChallenge } from '../../../src/image/challenge.ts'
import type { Credentials } from '../../../src/image/credentials.ts'
import { DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { isNotFound, unreachable } from '../../../src/image/failures.ts'
import { parseReference, pin, type Reference } from '../../../src/image/reference.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import { mayBePlain } from '../../../src/image/scheme.ts'
import { messageOf } from '../../../src/lib/errors.ts'
import { type FakeLogin, type FakeRegistry, startFakeRegistry } from '../../fixtures/fake-registry.ts'

const login = { username: 'robot$ci', password: 'pass:word' }
const open: FakeRegistry[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(fake => fake.close()))
})

async function start(options: { login?: FakeLogin; credentials?: Credentials; timeoutMs?: number } = {}) {
  const fake = await startFakeRegistry(options.login)
  open.push(fake)
  const waits: number[] = []
  const registry = createRegistry({
    credentials: host => (host === fake.host ? options.credentials : undefined),
    timeoutMs: options.timeoutMs ?? 5000,
    wait: async milliseconds => void waits.push(milliseconds)
  })
  const at = (suffix: string): Reference => parseReference(`${fake.host}/acme/app${suffix}`)
  const { digest } = fake.manifest({ schemaVersion: 2, mediaType: OCI_MANIFEST, layers: [] }, OCI_MANIFEST, 'v1')
  return { fake, registry, waits, at, digest }
}

describe('reading', () => {
  test('a manifest by tag and by digest, over http on the loopback address', async () => {
    const { registry, at, digest } = await start()
    const byTag = await registry.manifest(at(':v1'))
    expect(byTag).toEqual({
      bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, layers: [] })),
      digest,
      mediaType: OCI_MANIFEST,
      content: { schemaVersion: 2, mediaType: OCI_MANIFEST, layers: [] }
    })
    expect(await registry.manifest(at(`@${digest}`))).toEqual(byTag)
    expect(await registry.digestOf(at(':v1'))).toBe(digest)
  })

  test('a digest that a HEAD request claims is taken only if it is one', async () => {
    const { registry, at, digest, fake } = await start()
    for (const claimed of ['', '../../evil', 'sha512:00']) {
      fake.intercept = (request, response) =>
        request.method === 'HEAD' && !!response.writeHead(200, { 'docker-content-digest': claimed }).end()
      expect(await registry.digestOf(at(':v1'))).toBe(digest)
    }
  })

  test('the digest wins over a tag that moved', async () => {
    const { registry, at, digest, fake } = await start()
    fake.manifest({ schemaVersion: 2, other: true }, DOCKER_MANIFEST, 'v1')
    expect((await registry.manifest(at(`:v1@${digest}`))).digest).toBe(digest)
  })

  test('a blob, checked', async () => {
    const { registry, at, fake } = await start()
    const blob = fake.blob('content')
    expect((await registry.blob(at(''), blob, 100)).toString()).toBe('content')
    await expect(registry.blob(at(''), blob, 6)).rejects.toThrow('says that it has 7 bytes; at most 6 are read')
    await expect(registry.blob(at(''), { ...blob, size: 6 }, 100)).rejects.toThrow(
      'sent more than such an answer may hold'
    )
    await expect(registry.blob(at(''), { ...blob, size: 8 }, 100)).rejects.toThrow('sent other bytes')
    fake.intercept = (_, response) => !!response.end('CONTENT')
    await expect(registry.blob(at(''), blob, 100)).rejects.toThrow('sent other bytes')
  })

  test('other bytes than the digest asked for are refused', async () => {
    const { registry, at, fake, digest } = await start()
    fake.intercept = (request, response) => {
      if (!request.url?.includes('manifests')) return false
      response.writeHead(200, { 'content-type': OCI_MANIFEST, 'docker-content-digest': digest }).end('{"layers":[]}')
      return true
    }
    await expect(registry.manifest(at(`@${digest}`))).rejects.toThrow(`sent other bytes (sha256:`)
    await expect(registry.manifest(at(':v1'))).rejects.toThrow('sent other bytes')
  })

  test('an answer that is too long is not read to its end', async () => {
    const { registry, at, fake } = await start()
    fake.intercept = (request, response) => request.url !== '/v2/' && !!response.end(Buffer.alloc(5 * 1024 * 1024))
    await expect(registry.manifest(at(':v1'))).rejects.toThrow('sent more than such an answer may hold')
  })
})

describe('logging in', () => {
  const credentials = login
  test.each(['basic', 'bearer'] as const)('%s with credentials, once', async scheme => {
    const { registry, at, digest, fake } = await start({ login: { scheme, ...login }, credentials })
    expect(await registry.digestOf(at(':v1'))).toBe(digest)
    await registry.manifest(at(':v1'))
    const challenged = fake.requests.filter(line => line.includes('manifests'))
    expect(challenged).toHaveLength(3)
    expect(fake.requests.filter(line => line.startsWith('GET /token'))).toHaveLength(scheme === 'basic' ? 0 : 1)
  })

  test('bearer, anonymous', async () => {
    const { registry, at, digest } = await start({ login: { scheme: 'bearer', ...login, anonymous: true } })
    expect((await registry.manifest(at(':v1'))).digest).toBe(digest)
  })

  test.each(['basic', 'bearer'] as const)('%s without credentials says how to log in', async scheme => {
    const { registry, at } = await start({ login: { scheme, ...login } })
    await expect(registry.manifest(at(':v1'))).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('does not let us read'),
      remedy: expect.stringContaining('docker/login-action')
    })
  })

  test('an identity token is exchanged by POST', async () => {
    const { registry, at, digest, fake } = await start({
      login: { scheme: 'bearer', ...login },
      credentials: { identityToken: 'refresh' }
    })
    let form = ''
    fake.intercept = (request, response) => {
      if (request.method !== 'POST') return false
      request.on('data', chunk => (form += chunk))
      request.on('end', () => response.end('{"access_token":"token-for-repository:acme/app:pull"}'))
      return true
    }
    expect((await registry.manifest(at(':v1'))).digest).toBe(digest)
    expect(Object.fromEntries(new URLSearchParams(form))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'refresh'
    })
  })

  test('credentials do not follow a redirect to another host, nor a realm that it names', async () => {
    const { registry, at, fake } = await start({ login: { scheme: 'basic', ...login }, credentials })
    const elsewhere = await start({ login: { scheme: 'bearer', ...login } })
    const blob = elsewhere.fake.blob('content')
    fake.blob('content')
    fake.intercept = (request, response) => {
      if (!request.headers.authorization || !request.url?.includes('blobs')) return false
      response.writeHead(307, { location: `http://${elsewhere.fake.host}${request.url}` }).end()
      return true
    }
    await expect(registry.blob(at(''), blob, 100)).rejects.toMatchObject({ status: 401 })
    expect([...elsewhere.fake.authorizations]).toEqual([[`GET /v2/acme/app/blobs/${blob.digest}`, undefined]])
  })

  test('a host that a blob was redirected to cannot ask for credentials', async () => {
    const { registry, at, fake } = await start({ credentials })
    const elsewhere = await start({ login: { scheme: 'bearer', ...login } })
    fake.intercept = (request, response) => {
      if (!request.url?.includes('blobs')) return false
      response.writeHead(307, { location: `http://${elsewhere.fake.host}${request.url}` }).end()
      return true
    }
    await expect(registry.blob(at(''), elsewhere.fake.blob('content'), 100)).rejects.toMatchObject({ status: 401 })
    expect(elsewhere.fake.requests.filter(line => line.includes('token'))).toEqual([])
  })

  test('credentials are not sent to a realm without https elsewhere', async () => {
    const { registry, at, fake } = await start({ credentials })
    fake.intercept = (request, response) => {
      if (request.url === '/v2/') return false
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://tokens.example/token"' }).end()
      return true
    }
    await expect(registry.manifest(at(':v1'))).rejects.toThrow(
      'sent to tokens.example without https; they are not sent'
    )
  })

  test('a relative redirect is followed', async () => {
    const { registry, at, fake } = await start()
    const blob = fake.blob('content')
    fake.intercept = (request, response) => {
      if (!request.url?.endsWith(blob.digest)) return false
      response.writeHead(302, { location: 'hidden' }).end()
      return true
    }
    await expect(registry.blob(at(''), blob, 100)).rejects.toMatchObject({ status: 404 })
    expect(fake.requests.at(-1)).toBe('GET /v2/acme/app/blobs/hidden')
  })
})

describe('failures', () => {
  test('what is not there', async () => {
    const { registry, at } = await start()
    const error = await registry.manifest(at(':v2')).catch(error => error)
    expect(error).toMatchObject({ status: 404, remedy: expect.stringContaining('pushed') })
    expect(error.message).toMatch(
      /^127\.0\.0\.1:\d+\/acme\/app:v2 is not in the registry: MANIFEST_UNKNOWN: no MANIFEST_UNKNOWN$/
    )
    expect(isNotFound(error)).toBe(true)
  })

  test('503 is tried three times, Retry-After is honoured and bounded', async () => {
    const { registry, at, fake, waits } = await start()
    const answers = [
      ['503', '2'],
      ['429', '9999']
    ]
    fake.intercept = (request, response) => {
      const [status, retryAfter = ''] = (request.url !== '/v2/' && answers.shift()) || []
      if (status) response.writeHead(Number(status), { 'retry-after': retryAfter }).end()
      return status !== undefined
    }
    await registry.manifest(at(':v1'))
    expect(waits).toEqual([2000, 30_000])
  })

  test('a server that stays broken', async () => {
    const { registry, at, fake, waits } = await start()
    fake.intercept = (request, response) => request.url !== '/v2/' && !!response.writeHead(500).end()
    await expect(registry.manifest(at(':v1'))).rejects.toMatchObject({ status: 500 })
    expect(waits).toEqual([500, 1500])
  })

  test('a connection that breaks', async () => {
    const { registry, at, fake } = await start()
    fake.intercept = (request, response) => request.url !== '/v2/' && !!response.destroy()
    await expect(registry.manifest(at(':v1'))).rejects.toMatchObject({
      name: 'RegistryError',
      status: undefined,
      message: `${fake.host} cannot be reached`
    })
  })

  test.each([
    ['ENOTFOUND', 'is a host that cannot be found', 'DNS'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'has a certificate that is not trusted', 'NODE_EXTRA_CA_CERTS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'has a certificate that is not trusted', 'NODE_EXTRA_CA_CERTS'],
    ['ETIMEDOUT', 'did not answer in time', 'firewall'],
    ['ECONNREFUSED', 'cannot be reached', 'firewall']
  ])('%s', (code, message, remedy) => {
    const thrown = Object.assign(new Error('said with a token in it'), { code })
    const error = unreachable('ghcr.io', thrown)
    expect(error).toMatchObject({ message: `ghcr.io ${message}`, remedy: expect.stringContaining(remedy) })
    expect(messageOf(error)).toBe(`ghcr.io ${message}: ${code}`)
  })

  test('a server that begins and never ends', async () => {
    const { registry, at, fake } = await start({ timeoutMs: 500 })
    fake.intercept = (request, response) => request.url !== '/v2/' && response.write('{')
    await expect(registry.manifest(at(':v1'))).rejects.toThrow('did not answer in time')
  })
})

describe('referrers', () => {
  test('of the API, all pages', async () => {
    const { registry, at, digest, fake } = await start()
    const [one, two] = [fake.blob('1'), fake.blob('2')]
    fake.referrers.set(digest, { pages: [[one], [two]] })
    expect(await registry.referrers(pin(at(''), digest))).toEqual([one, two])
  })

  test('that a redirect shows on another host are read on there without credentials, even if it asks for them', async () => {
    const { registry, at, digest, fake } = await start({ login: { scheme: 'basic', ...login }, credentials: login })
    const { fake: other } = await start()
    other.referrers.set(digest, { pages: [[other.blob('1')], [other.blob('2')]] })
    fake.intercept = (request, response) => {
      if (request.headers.authorization === undefined) return false
      response.writeHead(307, { location: `http://${other.host}${request.url}` }).end()
      return true
    }
    other.intercept = (request, response) => {
      if (!request.url?.includes('page=')) return false
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${other.host}/token"` }).end()
      return true
    }
    await expect(registry.referrers(pin(at(''), digest))).rejects.toMatchObject({ status: 401 })
    const path = `GET /v2/acme/app/referrers/${digest}`
    expect([...other.authorizations]).toEqual([
      [path, undefined],
      [`${path}?page=1`, undefined]
    ])
  })

  test('of the tag, where there is no API', async () => {
    const { registry, at, digest, fake } = await start()
    expect(await registry.referrers(pin(at(''), digest))).toEqual([])
    const one = fake.blob('1')
    fake.manifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [one] }, OCI_INDEX, digest.replace(':', '-'))
    expect(await registry.referrers(pin(at(''), digest))).toEqual([one])
  })

  test('an answer that is not one is an error, not an empty list', async () => {
    const { registry, at, digest, fake } = await start()
    fake.referrers.set(digest, { pages: [[{ ...fake.blob('1'), digest: 'sha256:x' }]] })
    await expect(registry.referrers(pin(at(''), digest))).rejects.toThrow('cannot be read')
  })
})

describe('parseChallenge', () => {
  test.each([
    ['Basic realm="x"', { scheme: 'basic' }],
    [
      'Bearer realm="https://a.example/t",service="s, t",scope="x"',
      { scheme: 'bearer', realm: 'https://a.example/t', service: 's, t' }
    ],
    ['bearer realm=https://a.example/t', { scheme: 'bearer', realm: 'https://a.example/t', service: '' }],
    [
      'Bearer realm="https://a.example/t", Basic realm="b"',
      { scheme: 'bearer', realm: 'https://a.example/t', service: '' }
    ],
    ['Bearer realm="nowhere"', undefined],
    ['Bearer realm="ftp://a.example/t"', undefined],
    ['Negotiate', undefined],
    ['', undefined]
  ])('%s', (header, challenge) => expect(parseChallenge(header)).toEqual(challenge))

  test('never throws, and is quick on long headers', () => {
    fc.assert(fc.property(fc.string(), text => void parseChallenge(`Bearer ${text}`)))
    parseChallenge(`Bearer ${'a="\\'.repeat(100_000)}`)
  })
})

test('only private hosts may be spoken to without TLS', () => {
  const plain = [
    'localhost',
    'app.localhost',
    '127.0.0.1',
    '[::1]',
    '10.1.2.3',
    '192.168.0.1',
    '172.16.0.1',
    '172.31.0.1',
    'nas.local'
  ]
  const tls = [
    'ghcr.io',
    '172.32.0.1',
    '11.0.0.1',
    '127.0.0.1.example',
    '10.evil.example',
    'localhost.example',
    '192.168.evil.example'
  ]
  expect(plain.filter(host => !mayBePlain(host))).toEqual([])
  expect(tls.filter(mayBePlain)).toEqual([])
})
