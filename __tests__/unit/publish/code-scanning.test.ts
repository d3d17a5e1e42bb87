import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { publishSarif, type SarifPlan } from '../../../src/publish/code-scanning.ts'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'
import { type TestRepository, testRepository } from '../../fixtures/github.ts'

const LOG = {
  version: '2.1.0',
  runs: [
    { tool: { driver: { name: 'imgguard', rules: [] } }, automationDetails: { id: 'image/linux-amd64/' }, results: [] }
  ]
}

let github: GitHubStandIn
let repository: TestRepository
let waited: number[]
beforeAll(async () => {
  github = await startGitHub()
})
beforeEach(() => {
  repository = testRepository(github)
  waited = []
})
afterAll(() => github.close())

function publish(overrides: Partial<SarifPlan> = {}) {
  const plan: SarifPlan = {
    sarif: JSON.stringify(LOG),
    ref: 'refs/pull/7/merge',
    sha: 'a'.repeat(40),
    toolName: 'imgguard',
    startedAt: new Date('2026-03-01T10:20:30.456Z'),
    ...overrides
  }
  return publishSarif(repository.client, plan, async ms => {
    waited.push(ms / 1000)
  })
}

test('uploads the log and sees it processed', async () => {
  const published = await publish({ alertsUrl: 'https://github.com/acme/app/security/code-scanning' })
  const { uploads, invalid } = await repository.state()
  expect(invalid).toEqual([])
  expect(uploads).toMatchObject([
    {
      ref: 'refs/pull/7/merge',
      commitSha: 'a'.repeat(40),
      toolName: 'imgguard',
      startedAt: '2026-03-01T10:20:30Z',
      sarif: LOG,
      looks: 2
    }
  ])
  expect(published).toEqual({
    state: 'published',
    id: uploads[0]?.id,
    url: 'https://github.com/acme/app/security/code-scanning'
  })
  expect(waited).toEqual([1])
})

test('looks at once, and not again when that was enough', async () => {
  await repository.set({ pendingLooks: 0 })
  expect((await publish()).state).toBe('published')
  expect(waited).toEqual([])
})

test('sends the checkout only where it is asked to', async () => {
  await publish({ checkoutUri: 'file:///work/app/' })
  await publish()
  const { uploads } = await repository.state()
  expect(uploads.map(({ checkoutUri }) => checkoutUri)).toEqual(['file:///work/app/', undefined])
})

test('waits about two minutes at most, and then leaves the rest to GitHub', async () => {
  await repository.set({ pendingLooks: 1000 })
  expect(await publish()).toMatchObject({
    state: 'published',
    note: 'GitHub was still processing the upload when this step ended'
  })
  const total = waited.reduce((sum, seconds) => sum + seconds, 0)
  expect(total).toBeGreaterThan(110)
  expect(total).toBeLessThan(130)
})

test('tells why GitHub could not process it', async () => {
  await repository.set({ processingErrors: ['rejecting delivery as the repository has too many logical alerts'] })
  expect(await publish()).toEqual({
    state: 'skipped',
    reason:
      'GitHub could not process the SARIF upload: rejecting delivery as the repository has too many logical alerts'
  })
})

test('goes on looking when GitHub does not know the upload yet', async () => {
  await repository.fail({ method: 'GET', status: 404, times: 1 })
  expect(await publish()).toEqual({ state: 'published', id: expect.any(String) })
})

test('does not wait for a status that the token may not read', async () => {
  await repository.fail({ method: 'GET', status: 403 })
  expect(await publish()).toMatchObject({
    state: 'published',
    note: 'GitHub took the upload and did not tell what became of it'
  })
  expect(waited).toEqual([])
})

describe('an upload that is too large', () => {
  const [half, quarter] = [1, 2].map(index => ({ ...LOG, properties: { index } }))
  const smaller = () => [half, quarter].map(log => JSON.stringify(log))

  test('is tried again, each time smaller', async () => {
    await repository.fail({ method: 'POST', status: 413, times: 2 })
    expect(await publish({ smaller })).toMatchObject({ state: 'published' })
    expect((await repository.state()).uploads.map(({ sarif }) => sarif)).toEqual([quarter])
  })

  test('is given up when the smallest is too large, too', async () => {
    await repository.fail({ method: 'POST', status: 413 })
    expect(await publish({ smaller })).toMatchObject({ state: 'skipped', reason: expect.stringContaining('too large') })
    expect((await repository.state()).requests).toHaveLength(3)
  })

  test('is not tried again for another reason', async () => {
    await repository.fail({ method: 'POST', status: 413, times: 1 }, { method: 'POST', status: 403 })
    expect(await publish({ smaller })).toMatchObject({ remedy: 'permissions:\n  security-events: write' })
    expect((await repository.state()).requests).toHaveLength(2)
  })
})

describe('what GitHub refuses is told, with the remedy', () => {
  test.each([
    [{ status: 403 }, { remedy: 'permissions:\n  security-events: write' }],
    [
      { status: 403, body: { message: 'Code Security must be enabled for this repository to use code scanning.' } },
      { reason: expect.stringMatching(/^code scanning is not enabled for this repository/) }
    ],
    [{ status: 413 }, { reason: 'the SARIF upload is too large (GitHub: Payload Too Large)' }],
    [{ status: 503 }, { reason: 'GitHub is not available (GitHub: Server Error)' }]
  ])('%j', async (rule, expected) => {
    await repository.fail({ method: 'POST', ...rule })
    expect(await publish()).toMatchObject({ state: 'skipped', ...expected })
    expect((await repository.state()).uploads).toEqual([])
  })
})
