import { describe, expect, test } from '@jest/globals'
import { idTokenSource, requestIdToken } from '../../../src/cosign/id-token.ts'
import type { HttpRequest, Send } from '../../../src/image/http.ts'
import { ToolError } from '../../../src/lib/errors.ts'

const SOURCE = { url: 'https://actions.example/token?api-version=2.0', token: 'request-token' }

function answering(status: number, body: string, seen: HttpRequest[] = []): Send {
  return request => {
    seen.push(request)
    return Promise.resolve({ status, url: request.url, header: () => '', body: Buffer.from(body) })
  }
}

async function failureOf(send: Send): Promise<ToolError> {
  const error = await requestIdToken(send, SOURCE).catch(thrown => thrown)
  expect(error).toBeInstanceOf(ToolError)
  expect(`${error.message}${error.remedy}`).not.toContain('request-token')
  return error
}

test('a token is asked for by what the runner offers, for Sigstore and nobody else', async () => {
  const seen: HttpRequest[] = []
  expect(await requestIdToken(answering(200, '{"count":3,"value":"a.b.c"}', seen), SOURCE)).toBe('a.b.c')
  expect(seen.map(({ method, url, headers }) => [method, url.href, headers['authorization']])).toEqual([
    ['GET', 'https://actions.example/token?api-version=2.0&audience=sigstore', 'Bearer request-token']
  ])
})

describe('a failure is one sentence:', () => {
  test.each([
    [401, "GitHub's service for OIDC tokens (actions.example) answered 401", /permissions: id-token: write/],
    [403, "GitHub's service for OIDC tokens (actions.example) answered 403", /permissions: id-token: write/],
    [503, "GitHub's service for OIDC tokens (actions.example) answered 503", /later/]
  ])('status %i', async (status, message, remedy) => {
    const error = await failureOf(answering(status, 'x'))
    expect(error.message).toBe(message)
    expect(error.remedy).toMatch(remedy)
  })

  test.each(['<html>', '{"count":0}', 'null', '{"value":7}', ''])('no token in %j', async body => {
    expect((await failureOf(answering(200, body))).message).toMatch(/answered without a token$/)
  })

  test.each([
    ['ETIMEDOUT', /did not answer in time/],
    ['ECONNREFUSED', /cannot be reached/]
  ])('%s', async (code, message) => {
    const send = () => Promise.reject(Object.assign(new Error('x'), { code }))
    expect((await failureOf(send)).message).toMatch(message)
  })
})

test('without the permission the runner sets no variables, and there is no source', () => {
  const both = { ACTIONS_ID_TOKEN_REQUEST_URL: SOURCE.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' }
  expect(idTokenSource(both)).toEqual({ url: SOURCE.url, token: 't' })
  expect(idTokenSource({})).toBeUndefined()
  expect(idTokenSource({ ...both, ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' })).toBeUndefined()
  expect(idTokenSource({ ...both, ACTIONS_ID_TOKEN_REQUEST_URL: '' })).toBeUndefined()
  expect(idTokenSource({ ...both, ACTIONS_ID_TOKEN_REQUEST_URL: 'not a url' })).toBeUndefined()
})
