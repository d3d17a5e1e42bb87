import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { explain } from '../../../src/github/advice.ts'
import { createClient } from '../../../src/github/client.ts'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'
import { type TestRepository, testRepository } from '../../fixtures/github.ts'

let github: GitHubStandIn
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github.close())

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => explain(error, 'comment').reason
  )

async function requestsOf(repository: TestRepository): Promise<string[]> {
  return (await repository.state()).requests.map(({ method, status }) => `${method} ${status}`)
}

test('lists comments over all pages', async () => {
  const repository = testRepository(github)
  for (let number = 1; number <= 101; number += 1) {
    await repository.plant({ issueNumber: 7, author: 'octocat', body: `${number}` })
  }
  const comments = await repository.client.listComments(7)
  expect(comments).toHaveLength(101)
  expect(comments[100]).toMatchObject({ author: 'octocat', body: '101' })
  expect((await repository.state()).invalid).toEqual([])
})

test('creates, reads and updates a comment', async () => {
  const { client, state } = testRepository(github)
  const made = await client.createComment(7, 'one')
  expect(await client.updateComment(made.id, 'two')).toEqual({ ...made, body: 'two' })
  expect(await client.getComment(made.id)).toEqual({ ...made, body: 'two' })
  expect((await state()).invalid).toEqual([])
})

test('tells who sees the repository', async () => {
  const repository = testRepository(github)
  expect(await repository.client.visibility()).toBe('public')
  await repository.set({ visibility: 'internal' })
  expect(await repository.client.visibility()).toBe('internal')
})

test('knows the owner of its token, and takes it for GITHUB_TOKEN where GraphQL is refused', async () => {
  const { client } = testRepository(github)
  expect(await client.viewerLogin()).toBe('github-actions[bot]')
  const control = (name: string, body: unknown) =>
    fetch(`${github.apiUrl}/_world/${name}`, { method: 'POST', body: JSON.stringify(body) })
  await control('settings', { login: 'release-app[bot]' })
  expect(await client.viewerLogin()).toBe('release-app[bot]')
  await control('faults', [{ path: '/graphql', status: 403, times: 1 }])
  expect(await client.viewerLogin()).toBe('github-actions[bot]')
})

test('an empty token is a mistake of the workflow', () => {
  const options = { repository: { owner: 'acme', name: 'app' }, apiUrl: github.apiUrl, version: '0.0.0' }
  expect(() => createClient({ ...options, token: '' })).toThrow('github-token is empty')
})

describe('tries again', () => {
  test('what failed in the server, if trying again does no harm', async () => {
    const repository = testRepository(github)
    await repository.fail({ status: 503, times: 2 })
    expect(await repository.client.listComments(7)).toEqual([])
    expect(await requestsOf(repository)).toEqual(['GET 503', 'GET 503', 'GET 200'])
  })

  test('three times at most', async () => {
    const repository = testRepository(github)
    await repository.fail({ status: 502 })
    expect(await reasonOf(repository.client.listComments(7))).toBe('GitHub is not available (GitHub: Server Error)')
    expect(await requestsOf(repository)).toHaveLength(3)
  })

  test.each([429, 403])('a %i with Retry-After, a comment too: GitHub has not made it', async status => {
    const repository = testRepository(github)
    await repository.fail({
      status,
      headers: { 'retry-after': '2' },
      body: { message: 'secondary rate limit' },
      times: 1
    })
    await repository.client.createComment(7, 'x')
    expect(await requestsOf(repository)).toEqual([`POST ${status}`, 'POST 201'])
  })

  test('and waits as long as GitHub asks', async () => {
    const repository = testRepository(github, { retryUnitMs: 20 })
    await repository.fail({ status: 429, headers: { 'retry-after': '3' }, times: 1 })
    const start = performance.now()
    await repository.client.listComments(7)
    expect(performance.now() - start).toBeGreaterThanOrEqual(58)
  })
})

describe('does not try again', () => {
  test('to make a comment when the server failed: it may be there', async () => {
    const repository = testRepository(github)
    await repository.fail({ status: 502 })
    await reasonOf(repository.client.createComment(7, 'x'))
    expect(await requestsOf(repository)).toEqual(['POST 502'])
  })

  test.each([401, 403, 404, 413, 422, 429])('a %i', async status => {
    const repository = testRepository(github)
    await repository.fail({ status })
    await reasonOf(repository.client.listComments(7))
    expect(await requestsOf(repository)).toEqual([`GET ${status}`])
  })

  test('when GitHub asks to wait longer than a minute', async () => {
    const repository = testRepository(github)
    await repository.fail({ status: 429, headers: { 'retry-after': '61' } })
    expect(await reasonOf(repository.client.listComments(7))).toMatch(/^GitHub limits how often this token may ask/)
    expect(await requestsOf(repository)).toEqual(['GET 429'])
  })

  test('a request that was not answered in time', async () => {
    const repository = testRepository(github, { timeoutMs: 60 })
    await repository.fail({ hang: true })
    expect(await reasonOf(repository.client.listComments(7))).toBe('GitHub did not answer in time')
    expect(await requestsOf(repository)).toHaveLength(1)
  })
})

test('each try has its own time limit', async () => {
  const repository = testRepository(github, { timeoutMs: 700 })
  await repository.fail({ status: 503, delayMs: 400, times: 2 })
  expect(await repository.client.listComments(7)).toEqual([])
})

test('errors do not hold the token', async () => {
  const repository = testRepository(github, { token: 'ghs_secret-token' })
  await repository.fail({ status: 403 })
  const error: unknown = await repository.client.listComments(7).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Error)
  expect(JSON.stringify(error)).not.toContain('ghs_secret-token')
})

describe('a file of a commit', () => {
  const sha = 'c'.repeat(40)

  test('is read, also one that is too large to come as JSON', async () => {
    const { client, hold, state } = testRepository(github)
    const large = `é${'x'.repeat(1024 * 1024)}`
    await hold(sha, { 'ci/a+b.txt': 'é\n', 'large.json': large, empty: '' })
    expect(await client.fileAt('ci/a+b.txt', sha)).toBe('é\n')
    expect(await client.fileAt('large.json', sha)).toBe(large)
    expect(await client.fileAt('empty', sha)).toBe('')
    expect((await state()).invalid).toEqual([])
  })

  test('is not there, nor is a folder one', async () => {
    const { client, hold } = testRepository(github)
    await hold(sha, { 'ci/a': '' })
    expect(await client.fileAt('a', sha)).toBeUndefined()
    expect(await client.fileAt('ci', sha)).toBeUndefined()
  })

  test('of a commit that is not there is an error', async () => {
    const { client } = testRepository(github)
    expect(await reasonOf(client.fileAt('a', sha))).toMatch(/^GitHub does not have this commit/)
  })
})

describe('dismissed alerts', () => {
  const dismissed = { by: 'hubot', at: '2026-11-01T00:00:00Z', reason: "won't fix" }

  test('are read over all pages', async () => {
    const { client, alert, state } = testRepository(github)
    await alert(...Array.from({ length: 101 }, () => ({ rule: 'CVE-1/debian/openssl', category: 'a/b', dismissed })))
    const { alerts, all } = await client.dismissedAlerts('imgguard', 'refs/heads/main')
    expect([alerts.length, all]).toEqual([101, true])
    expect(alerts[0]).toMatchObject({ category: 'a/b', by: 'hubot', byPerson: true, reason: "won't fix", comment: '' })
    expect((await state()).invalid).toEqual([])
  })

  test('are not read for ever', async () => {
    const repository = testRepository(github)
    const next = `${github.apiUrl}/repos/${repository.fullName}/code-scanning/alerts?page=2`
    await repository.fail({ path: '/alerts', status: 200, body: [], headers: { link: `<${next}>; rel="next"` } })
    expect(await repository.client.dismissedAlerts('imgguard', 'refs/heads/main')).toEqual({ alerts: [], all: false })
    expect(await requestsOf(repository)).toHaveLength(51)
  })

  test('elsewhere, of other tools, or open again are left out, whatever GitHub sends', async () => {
    const repository = testRepository(github)
    const alert = {
      number: 1,
      state: 'dismissed',
      dismissed_by: null,
      dismissed_reason: null,
      rule: {},
      tool: { name: 'imgguard' },
      most_recent_instance: { ref: 'refs/heads/main', category: 'a/b/' }
    }
    const others = [
      { ...alert, most_recent_instance: { ref: 'refs/pull/7/merge' } },
      { ...alert, tool: { name: 'Trivy' } },
      { ...alert, state: 'open' }
    ]
    await repository.fail({ path: '/alerts', status: 200, body: [...others, alert] })
    expect((await repository.client.dismissedAlerts('imgguard', 'refs/heads/main')).alerts).toEqual([
      { number: 1, rule: '', category: 'a/b', by: '', byPerson: false, reason: '', comment: '' }
    ])
  })
})

describe('analyses', () => {
  const ref = 'refs/heads/main'
  const list = ({ client }: TestRepository) => client.listAnalyses({ ref, toolName: 'imgguard' })
  const analysis = {
    ref,
    category: 'a/b',
    results_count: 1,
    error: '',
    tool: { name: 'imgguard' }
  }

  test('are those of the ref, newest first', async () => {
    const repository = testRepository(github)
    const upload = (id: string, results: number, to = ref) => {
      const place = { physicalLocation: { artifactLocation: { uri: 'a' } } }
      const log = {
        version: '2.1.0',
        runs: [
          {
            tool: { driver: { name: 'imgguard', rules: [] } },
            automationDetails: { id },
            results: Array.from({ length: results }, () => ({ message: { text: 'x' }, locations: [place] }))
          }
        ]
      }
      const given = { commitSha: 'a'.repeat(40), toolName: 'imgguard', startedAt: '2026-03-01T10:20:30Z' }
      const sarif = gzipSync(JSON.stringify(log)).toString('base64')
      return repository.client.uploadSarif({ ...given, ref: to, sarif })
    }
    await upload('a/b/', 2)
    await upload('a/b/', 0)
    await upload('a/c/', 1)
    await upload('a/d/', 1, 'refs/heads/other')
    expect(await list(repository)).toEqual({
      analyses: [
        { category: 'a/c', results: 1 },
        { category: 'a/b', results: 0 },
        { category: 'a/b', results: 2 }
      ],
      all: true
    })
    expect((await repository.state()).invalid).toEqual([])
  })

  test('are the hundred newest in one request, and then it says that there may be more', async () => {
    const repository = testRepository(github)
    await repository.fail({ path: '/analyses', status: 200, body: Array.from({ length: 100 }, () => analysis) })
    const { analyses, all } = await list(repository)
    expect([analyses.length, all]).toEqual([100, false])
    expect((await repository.state()).requests).toMatchObject([{ path: expect.stringContaining('per_page=100') }])
  })

  test('elsewhere, of other tools, or with an error are left out, whatever GitHub sends', async () => {
    const repository = testRepository(github)
    const others = [
      { ...analysis, ref: 'refs/heads/other' },
      { ...analysis, tool: { name: 'Trivy' } },
      { ...analysis, error: 'too many' }
    ]
    await repository.fail({ path: '/analyses', status: 200, body: [...others, { ...analysis, category: 'a/b/' }] })
    expect((await list(repository)).analyses).toEqual([{ category: 'a/b', results: 1 }])
  })

  test('are none before the first upload, which is not the same as a refusal', async () => {
    expect(await list(testRepository(github))).toEqual({ analyses: [], all: true })
    const repository = testRepository(github)
    await repository.fail({ path: '/analyses', status: 404 })
    expect(await reasonOf(list(repository))).toMatch(/Not Found/)
  })
})

test('knows the default branch', async () => {
  expect(await testRepository(github).client.defaultBranch()).toBe('main')
})
