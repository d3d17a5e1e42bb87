import { Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { type HttpRequest, type HttpResponse, type Send, withRedirects, withRetries } from '../../../src/image/http.ts'
import { createBaseUrl } from '../../../src/image/scheme.ts'

const request = (url: string): HttpRequest => ({
  method: 'GET',
  url: new URL(url),
  headers: { authorization: 'secret', accept: 'x' },
  maxBytes: 10
})
const answer = (status: number, location = ''): HttpResponse => ({
  status,
  url: new URL('https://a.example/'),
  header: name => (name === 'location' ? location : ''),
  body: Buffer.alloc(0)
})
const failing = (code: string) => Promise.reject(Object.assign(new Error(code), { code }))

/** A transport that answers by URL and remembers what was sent. */
function scripted(answers: Record<string, () => HttpResponse | Promise<HttpResponse>>) {
  const sent: HttpRequest[] = []
  const send: Send = async request => {
    sent.push(request)
    return (answers[request.url.href] ?? (() => answer(404)))()
  }
  return { send, sent }
}

describe('withRedirects', () => {
  test('keeps Authorization on the same host, drops it for another, even a subdomain or port', async () => {
    const { send, sent } = scripted({
      'https://a.example/1': () => answer(307, '/2'),
      'https://a.example/2': () => answer(302, 'https://b.a.example/3'),
      'https://b.a.example/3': () => answer(302, 'https://a.example/4')
    })
    await withRedirects(send)(request('https://a.example/1'))
    expect(sent.map(({ url, headers }) => [url.href, headers['authorization']])).toEqual([
      ['https://a.example/1', 'secret'],
      ['https://a.example/2', 'secret'],
      ['https://b.a.example/3', undefined],
      ['https://a.example/4', undefined]
    ])
  })

  test.each(['http://a.example/2', 'file:///etc/passwd', 'https://'])(
    'refuses to go from https to %s',
    async location => {
      const { send, sent } = scripted({ 'https://a.example/1': () => answer(302, location) })
      await expect(withRedirects(send)(request('https://a.example/1'))).rejects.toThrow('a redirect')
      expect(sent).toHaveLength(1)
    }
  )

  test('carries an upload on where the method stays, and nowhere else', async () => {
    const body = { size: 1, open: () => Readable.from(['x']) }
    const upload: HttpRequest = { ...request('https://a.example/1'), method: 'PUT', body }
    const { send, sent } = scripted({ 'https://a.example/1': () => answer(307, 'https://b.example/2') })
    await withRedirects(send)(upload)
    expect(sent[1]).toMatchObject({ method: 'PUT', body, headers: { accept: 'x' } })
    expect(sent[1]?.headers).not.toHaveProperty('authorization')
    for (const status of [301, 302, 303]) {
      const other = scripted({ 'https://a.example/1': () => answer(status, 'https://b.example/2') })
      await expect(withRedirects(other.send)(upload)).rejects.toThrow('is not followed')
      expect(other.sent).toHaveLength(1)
    }
  })

  test('does not carry a posted token on', async () => {
    const { send, sent } = scripted({ 'https://a.example/1': () => answer(307, 'https://b.example/2') })
    const posted: HttpRequest = { ...request('https://a.example/1'), method: 'POST', body: 'refresh_token=secret' }
    await expect(withRedirects(send)(posted)).rejects.toThrow('is not followed')
    expect(sent).toHaveLength(1)
  })

  test('ends in a loop', async () => {
    const { send, sent } = scripted({ 'https://a.example/1': () => answer(302, '/1') })
    await expect(withRedirects(send)(request('https://a.example/1'))).rejects.toThrow('more than 5 redirects')
    expect(sent).toHaveLength(6)
  })
})

describe('withRetries', () => {
  test.each([
    ['CERT_HAS_EXPIRED', 1],
    ['TOO_LARGE', 1],
    ['ECONNRESET', 3],
    ['ETIMEDOUT', 3]
  ])('%s is tried %d times', async (code, times) => {
    const { send, sent } = scripted({ 'https://a.example/1': () => failing(code) })
    await expect(withRetries(send, async () => {})(request('https://a.example/1'))).rejects.toThrow(code)
    expect(sent).toHaveLength(times)
  })
})

describe('createBaseUrl', () => {
  const base = (
    host: string,
    https: () => HttpResponse | Promise<HttpResponse>,
    http: () => HttpResponse | Promise<HttpResponse>
  ) => {
    const { send, sent } = scripted({ [`https://${host}/v2/`]: https, [`http://${host}/v2/`]: http })
    return { baseUrl: createBaseUrl(send), sent }
  }

  test('a public host is https and is not asked', async () => {
    const { baseUrl, sent } = base(
      'ghcr.io',
      () => failing('EPROTO'),
      () => answer(200)
    )
    expect((await baseUrl('ghcr.io')).href).toBe('https://ghcr.io/')
    expect(sent).toEqual([])
  })

  test('a private host that speaks only http is asked once', async () => {
    const { baseUrl, sent } = base(
      '10.0.0.1:5000',
      () => failing('EPROTO'),
      () => answer(401)
    )
    expect((await Promise.all([baseUrl('10.0.0.1:5000'), baseUrl('10.0.0.1:5000')])).map(String)).toEqual(
      Array(2).fill('http://10.0.0.1:5000/')
    )
    expect(sent).toHaveLength(2)
    expect(sent.every(({ headers }) => headers['authorization'] === undefined)).toBe(true)
  })

  test.each(['SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ETIMEDOUT'])(
    '%s does not lead to http',
    async code => {
      const { baseUrl } = base(
        '10.0.0.1',
        () => failing(code),
        () => answer(200)
      )
      expect((await baseUrl('10.0.0.1')).href).toBe('https://10.0.0.1/')
    }
  )

  test('a private host that is down stays https, so that the error is about that', async () => {
    const { baseUrl } = base(
      '10.0.0.1',
      () => failing('ECONNREFUSED'),
      () => failing('ECONNREFUSED')
    )
    expect((await baseUrl('10.0.0.1')).href).toBe('https://10.0.0.1/')
  })
})
