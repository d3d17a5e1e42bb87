import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { State } from '../../../world/github/controls.ts'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'

const HEADERS = {
  accept: 'application/vnd.github.v3+json',
  authorization: 'token t',
  'content-type': 'application/json; charset=utf-8',
  'user-agent': 'test'
}
const SHA = 'a'.repeat(40)
const LOG = { version: '2.1.0', runs: [run('image/linux-amd64/')] }

function run(category: string, more: object = {}): object {
  return {
    tool: { driver: { name: 'imgguard', rules: [] } },
    automationDetails: { id: category },
    results: [],
    ...more
  }
}

const pack = (value: unknown) => gzipSync(JSON.stringify(value)).toString('base64')

let github: GitHubStandIn
let directory: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'github-'))
  github = await startGitHub({ log: join(directory, 'log.jsonl') })
})
afterAll(async () => {
  await github.close()
  rmSync(directory, { recursive: true })
})

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = HEADERS) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(github.apiUrl + path, { method, headers, ...sent })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answered }
}

/** What these tests look at in an answer; a list of comments is an array of them. */
interface Answered {
  readonly id: string
  readonly message: string
  readonly errors: readonly { readonly message: string }[]
}

async function stateOf(repository: string): Promise<State> {
  return (await (await fetch(`${github.apiUrl}/_world/repos/${repository}`)).json()) as State
}

const bodiesIn = (comments: unknown) => (comments as { body: string }[]).map(({ body }) => body)

const upload = (repository: string, body: object = {}) =>
  ask('POST', `/repos/${repository}/code-scanning/sarifs`, {
    commit_sha: SHA,
    ref: 'refs/heads/main',
    sarif: pack(LOG),
    ...body
  })

async function processed(repository: string, id: string): Promise<unknown> {
  const path = `/repos/${repository}/code-scanning/sarifs/${id}`
  expect((await ask('GET', path)).body).toEqual({ processing_status: 'pending' })
  return (await ask('GET', path)).body
}

describe('every request is judged by GitHub’s description', () => {
  test.each([
    ['GET', '/issues/seven/comments', undefined],
    ['GET', '/issues/7/comments?per_page=lots', undefined],
    ['POST', '/issues/7/comments', {}],
    ['POST', '/issues/7/comments', undefined],
    ['POST', '/code-scanning/sarifs', { commit_sha: 'abc', ref: 'refs/heads/main', sarif: pack(LOG) }],
    ['POST', '/code-scanning/sarifs', { commit_sha: SHA, ref: 'main', sarif: pack(LOG) }],
    [
      'POST',
      '/code-scanning/sarifs',
      { commit_sha: SHA, ref: 'refs/heads/main', sarif: pack(LOG), base_ref: 'refs/heads/main' }
    ],
    [
      'POST',
      '/code-scanning/sarifs',
      { commit_sha: SHA, ref: 'refs/heads/main', sarif: pack(LOG), started_at: 'yesterday' }
    ],
    ['DELETE', '/issues/comments/1', undefined],
    ['GET', '/pulls/7/commits', undefined],
    ['GET', '/issues?state=shut', undefined],
    ['POST', '/issues', { body: 'no title' }],
    ['PATCH', '/issues/101', { state: 'done' }],
    ['GET', '/code-scanning/alerts?state=gone', undefined]
  ])('%s %s %j is refused and recorded', async (method, path, body) => {
    const before = (await stateOf('judged/app')).invalid.length
    const { status } = await ask(method, `/repos/judged/app${path}`, body)
    expect([404, 422]).toContain(status)
    const { invalid } = await stateOf('judged/app')
    expect(invalid).toHaveLength(before + 1)
    expect(invalid.at(-1)).toMatchObject({ method, path: `/repos/judged/app${path}` })
  })

  test.each([
    ['accept', 'text/html'],
    ['content-type', 'text/plain']
  ])('a header %s: %s is refused', async (name, value) => {
    const { status } = await ask(
      'POST',
      '/repos/headers/app/issues/7/comments',
      { body: 'x' },
      { ...HEADERS, [name]: value }
    )
    expect(status).toBe(422)
  })

  test('what is right is not recorded, and the answers are as described', async () => {
    await ask('GET', '/repos/right/app')
    await ask('POST', '/repos/right/app/issues/7/comments', { body: 'x' })
    await ask('GET', '/repos/right/app/issues/7/comments')
    const { body } = await upload('right/app')
    await processed('right/app', body.id)
    const state = await stateOf('right/app')
    expect(state.invalid).toEqual([])
    expect(state.requests.map(({ status }) => status)).toEqual([200, 201, 200, 202, 200, 200])
  })

  test('a request without a token is not let in', async () => {
    const { authorization: _, ...anonymous } = HEADERS
    const { status, body } = await ask('GET', '/repos/acme/app', undefined, anonymous)
    expect([status, body.message]).toEqual([401, 'Requires authentication'])
  })

  test('GraphQL takes what the schema has', async () => {
    const right = await ask('POST', '/graphql', { query: 'query { viewer { login } }' })
    expect(right.body).toEqual({ data: { viewer: { login: 'github-actions[bot]' } } })
    const wrong = await ask('POST', '/graphql', { query: 'query { viewer { password } }' })
    expect(wrong.body.errors[0]?.message).toContain('Cannot query field "password"')
  })
})

describe('comments', () => {
  test('come in pages, oldest first, with a link to the next', async () => {
    for (let number = 1; number <= 3; number += 1) {
      await ask('POST', '/repos/paged/app/issues/7/comments', { body: `${number}` })
    }
    const first = await ask('GET', '/repos/paged/app/issues/7/comments?per_page=2')
    expect(bodiesIn(first.body)).toEqual(['1', '2'])
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await ask('GET', next.slice(github.apiUrl.length))
    expect(bodiesIn(second.body)).toEqual(['3'])
    expect(second.headers.get('link')).toBeNull()
  })

  test('longer than 65,536 characters are refused in GitHub’s words', async () => {
    const { status, body } = await ask('POST', '/repos/long/app/issues/7/comments', { body: 'x'.repeat(65_537) })
    expect([status, body.errors[0]?.message]).toEqual([422, 'Body is too long (maximum is 65536 characters)'])
  })
})

describe('uploads', () => {
  test('are kept decoded, and logged decoded', async () => {
    const { status, body } = await upload('kept/app', { tool_name: 'imgguard' })
    expect(status).toBe(202)
    const [kept] = (await stateOf('kept/app')).uploads
    expect(kept).toMatchObject({
      id: body.id,
      ref: 'refs/heads/main',
      commitSha: SHA,
      toolName: 'imgguard',
      sarif: LOG
    })
    expect(kept?.categories).toEqual(['image/linux-amd64'])
    const lines = readFileSync(join(directory, 'log.jsonl'), 'utf8').trim().split('\n')
    const logged = lines.map(line => JSON.parse(line)).filter(({ repository }) => repository === 'kept/app')
    expect(logged).toEqual([
      {
        method: 'POST',
        path: '/repos/kept/app/code-scanning/sarifs',
        status: 202,
        repository: 'kept/app',
        body: { commit_sha: SHA, ref: 'refs/heads/main', tool_name: 'imgguard', sarif: LOG }
      }
    ])
  })

  test.each([
    ['no base64', '***'],
    ['base64 with line breaks', `${pack(LOG)}\n`],
    ['no gzip', Buffer.from(JSON.stringify(LOG)).toString('base64')],
    ['no JSON', gzipSync('{').toString('base64')],
    ['no SARIF', pack({ hello: 'world' })]
  ])('that are %s are a bad request', async (_, sarif) => {
    expect((await upload('bad/app', { sarif })).status).toBe(400)
  })

  test('for a branch of the merge queue find no ref', async () => {
    const ref = 'refs/heads/gh-readonly-queue/main/pr-7-abc'
    const { status, body } = await upload('queue/app', { ref })
    expect([status, body.message]).toEqual([404, `ref '${ref}' not found in this repository`])
  })

  const result = (uri: string) => ({
    message: { text: 'x' },
    locations: [{ physicalLocation: { artifactLocation: { uri } } }]
  })
  const rule = (properties: object) => ({
    id: 'a',
    shortDescription: { text: 'x' },
    fullDescription: { text: 'x' },
    properties
  })
  const driver = (rules: object[]) => ({ tool: { driver: { name: 'imgguard', rules } } })

  test.each([
    [
      '21 runs',
      Array.from({ length: 21 }, (_, i) => run(`c${i}/`)),
      'rejecting SARIF, as there are more runs than allowed (21 > 20)'
    ],
    ['a category twice', [run('a/'), run('a/id')], 'A delivery cannot contain multiple runs with the same category'],
    [
      'too many results',
      [run('a/', { results: Array.from({ length: 25_001 }, () => result('Dockerfile')) })],
      'rejecting SARIF, as there are more results per run than allowed (25001 > 25000)'
    ],
    ['a failed invocation', [run('a/', { invocations: [{ executionSuccessful: false }] })], 'unsuccessful execution'],
    [
      'no location',
      [run('a/', { results: [{ message: { text: 'x' } }] })],
      'locationFromSarifResult: expected artifact location'
    ],
    ['a space in a URI', [run('a/', { results: [result('a b')] })], 'an invalid URI was provided as a SARIF location'],
    [
      'another scheme',
      [run('a/', { results: [result('docker:app')] })],
      'SARIF URI scheme "docker" did not match the checkout URI scheme "file"'
    ],
    [
      'a severity that is no number',
      [run('a/', driver([rule({ 'security-severity': 'high' })]))],
      'could not convert rules: invalid security severity value, is not a number'
    ]
  ])('with %s fail in processing', async (_, runs, error) => {
    const sarif = pack({ version: '2.1.0', runs })
    const { body } = await upload('failing/app', { sarif, checkout_uri: 'file:///work/' })
    expect(await processed('failing/app', body.id)).toMatchObject({ processing_status: 'failed', errors: [error] })
  })

  test('with the same category of two tools complete', async () => {
    const other = { tool: { driver: { name: 'other', rules: [rule({ 'security-severity': '9.1' })] } } }
    const runs = [run('a/', { results: [result('srv/app/package.json')] }), run('a/', other)]
    const { body } = await upload('fine/app', { sarif: pack({ version: '2.1.0', runs }) })
    expect(await processed('fine/app', body.id)).toMatchObject({ processing_status: 'complete', errors: null })
  })
})

describe('controls', () => {
  const LIST = '/repos/faulty/app/issues/7/comments'
  const fail = (...rules: object[]) => ask('POST', '/_world/repos/faulty/app/faults', rules)

  test('a rule fails so many requests of its repository, and no others', async () => {
    await fail({ method: 'GET', path: '/comments$', status: 429, headers: { 'retry-after': '3' }, times: 1 })
    expect((await ask('GET', LIST.replace('faulty', 'other'))).status).toBe(200)
    expect((await ask('POST', LIST, { body: 'x' })).status).toBe(201)
    const { status, headers } = await ask('GET', LIST)
    expect([status, headers.get('retry-after')]).toEqual([429, '3'])
    expect((await ask('GET', LIST)).status).toBe(200)
  })

  test('a rule without a status only delays', async () => {
    await fail({ delayMs: 30 })
    const start = performance.now()
    expect((await ask('GET', LIST)).status).toBe(200)
    expect(performance.now() - start).toBeGreaterThan(25)
    await fail()
  })

  test('a rule may never answer', async () => {
    await fail({ hang: true, times: 1 })
    await expect(fetch(github.apiUrl + LIST, { headers: HEADERS, signal: AbortSignal.timeout(50) })).rejects.toThrow(
      'timeout'
    )
    expect((await ask('GET', LIST)).status).toBe(200)
  })

  test('a misspelt rule is an error, not a rule that never fits', async () => {
    expect((await fail({ statuss: 500 })).status).toBe(500)
  })

  test('settings choose who sees the repository', async () => {
    await ask('POST', '/_world/repos/hidden/app/settings', { visibility: 'internal' })
    expect((await ask('GET', '/repos/hidden/app')).body).toMatchObject({ visibility: 'internal', private: true })
  })
})
