import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { GitHubClient } from '../../../src/github/client.ts'
import { type CommentPlan, publishComment } from '../../../src/publish/comment.ts'
import { renderMarker, type WritingRun } from '../../../src/publish/marker.ts'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'
import { type TestRepository, testRepository } from '../../fixtures/github.ts'

const OWN = 'github-actions[bot]'
const KEY = '0123456789abcdef'

let github: GitHubStandIn
let repository: TestRepository
beforeAll(async () => {
  github = await startGitHub()
})
beforeEach(() => {
  repository = testRepository(github)
})
afterAll(() => github.close())

const runOf = (id: number, attempt = 1): WritingRun => ({ id, attempt, sha: 'a'.repeat(40) })

function plan(overrides: Partial<CommentPlan> = {}): CommentPlan {
  return {
    pullRequest: 7,
    key: KEY,
    run: runOf(100),
    state: 'pass',
    body: previous => `passes${previous === undefined ? '' : `; ${previous.state} at ${previous.sha.slice(0, 3)}`}`,
    when: 'always',
    worthTelling: false,
    failed: false,
    ...overrides
  }
}

const bodyBy = (run: WritingRun, text: string, key = KEY) => `${renderMarker({ key, run })}\n${text}`
const ownBody = (run: WritingRun, text: string) => `${renderMarker({ key: KEY, run, state: 'pass' })}\n${text}`
const plant = (body: string, author = OWN, issueNumber = 7) => repository.plant({ issueNumber, author, body })
const publish = (overrides: Partial<CommentPlan> = {}) => publishComment(repository.client, plan(overrides))

/** What stands on the pull request, without markers; and that GitHub had nothing to object to. */
async function texts(): Promise<string[]> {
  const { comments, invalid } = await repository.state()
  expect(invalid).toEqual([])
  return comments.map(({ body }) => body.replace(/^<!-- imgguard .*-->\n/, ''))
}

async function writes(): Promise<string[]> {
  return (await repository.state()).requests.filter(({ method }) => method !== 'GET').map(({ method }) => method)
}

describe('the first time', () => {
  test('makes a comment with the marker on its first line', async () => {
    const published = await publish()
    const { comments } = await repository.state()
    expect(comments).toMatchObject([{ author: OWN, issueNumber: 7, body: ownBody(runOf(100), 'passes') }])
    expect(published).toEqual({
      state: 'published',
      id: String(comments[0]?.id),
      url: `${github.serverUrl}/${repository.fullName}/pull/7#issuecomment-${comments[0]?.id}`
    })
  })

  test.each([
    ['always', false, false, true],
    ['on-change', false, false, false],
    ['on-change', true, false, true],
    ['on-change', false, true, true],
    ['on-failure', true, false, false],
    ['on-failure', false, true, true]
  ] as const)('%s, worth telling %s, failed %s: comments %s', async (when, worthTelling, failed, expected) => {
    const published = await publish({ when, worthTelling, failed })
    expect(published.state).toBe(expected ? 'published' : 'skipped')
    expect(await texts()).toEqual(expected ? ['passes'] : [])
  })
})

describe('a comment that is there', () => {
  test.each(['on-change', 'on-failure'] as const)(
    'is updated with %s, even when nothing is worth telling',
    async when => {
      await plant(bodyBy(runOf(99), 'fails'))
      await publish({ when })
      expect(await texts()).toEqual(['passes'])
    }
  )

  test('is found behind a hundred others', async () => {
    for (let number = 0; number < 100; number += 1) await plant(`${number}`, 'octocat')
    await plant(bodyBy(runOf(99), 'fails'))
    await publish()
    expect((await texts()).slice(99)).toEqual(['99', 'passes'])
  })

  test('is not written again when it already says so', async () => {
    await publish()
    const before = await writes()
    expect((await publish()).state).toBe('published')
    expect((await writes()).slice(before.length)).toEqual([])
  })

  test('the oldest of several is kept current', async () => {
    await plant(bodyBy(runOf(98), 'one'))
    await plant(bodyBy(runOf(99), 'two'))
    await publish()
    expect(await texts()).toEqual(['passes', 'two'])
  })

  test.each([
    ['of somebody else, with our marker', bodyBy(runOf(999), 'spoofed'), 'mallory'],
    ['of another job', bodyBy(runOf(99), 'other', 'f'.repeat(16)), OWN],
    ['of ours, with the marker further down', `hello\n${bodyBy(runOf(99), 'quoted')}`, OWN]
  ])('%s is left alone', async (_, body, author) => {
    await plant(body, author)
    await publish()
    const { comments } = await repository.state()
    expect(comments.map(comment => comment.body)).toEqual([body, ownBody(runOf(100), 'passes')])
  })

  test.each([
    ['a later run', runOf(101)],
    ['a later attempt', runOf(100, 2)]
  ])('of %s is not overwritten', async (_, run) => {
    await plant(bodyBy(run, 'newer'))
    expect(await publish()).toEqual({ state: 'skipped', reason: 'a newer run has already commented' })
    expect(await texts()).toEqual(['newer'])
  })
})

describe('a comment that said that it fails', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(digit => digit.repeat(40)) as [string, string, string]
  const run = (id: number, sha: string, attempt = 1) => ({ run: { id, attempt, sha } })
  const fails = { state: 'fail' as const, body: () => 'fails' }

  test('says so once it passes, and again when the same commit runs again, and no more for the next commit', async () => {
    await publish({ ...run(100, a), ...fails })
    await publish(run(101, b))
    expect(await texts()).toEqual(['passes; fail at aaa'])
    await publish(run(101, b, 2))
    expect(await texts()).toEqual(['passes; fail at aaa'])
    const before = await writes()
    await publish(run(101, b, 2))
    expect((await writes()).slice(before.length)).toEqual([])
    await publish(run(102, c))
    expect(await texts()).toEqual(['passes'])
  })

  test('says nothing of it while it fails', async () => {
    await publish({ ...run(100, a), state: 'incomplete', body: () => 'not scanned' })
    await publish({ ...run(101, b), ...fails, body: previous => `fails ${previous?.sha ?? 'still'}` })
    expect(await texts()).toEqual(['fails still'])
  })

  test('is not known to have failed when a version wrote it that did not say so', async () => {
    await plant(bodyBy(runOf(99), 'fails'))
    await publish()
    expect(await texts()).toEqual(['passes'])
  })
})

describe('at the same time as another run', () => {
  /** The client, with something happening on GitHub just after its first call of `method`. */
  function disturbed(
    method: 'updateComment' | 'createComment' | 'listComments',
    happens: () => Promise<unknown>
  ): GitHubClient {
    let armed = true
    const { client } = repository
    const original = client[method] as (...args: unknown[]) => Promise<unknown>
    const replaced = async (...args: unknown[]) => {
      const result = await original(...args)
      if (armed) {
        armed = false
        await happens()
      }
      return result
    }
    return { ...client, [method]: replaced }
  }

  test('what an older run wrote over ours is written over', async () => {
    const { id } = await plant(bodyBy(runOf(98), 'old'))
    const client = disturbed('updateComment', () => repository.client.updateComment(id, bodyBy(runOf(99), 'older')))
    expect((await publishComment(client, plan())).state).toBe('published')
    expect(await texts()).toEqual(['passes'])
  })

  test('what a newer run wrote over ours stays', async () => {
    const { id } = await plant(bodyBy(runOf(98), 'old'))
    const client = disturbed('updateComment', () => repository.client.updateComment(id, bodyBy(runOf(101), 'newer')))
    expect(await publishComment(client, plan())).toEqual({
      state: 'skipped',
      reason: 'a newer run has already commented'
    })
    expect(await texts()).toEqual(['newer'])
  })

  test.each([
    ['older', runOf(99), 'passes'],
    ['newer', runOf(101), 'theirs']
  ])(
    'two first comments become one that says what the newer run says, and a pointer: theirs %s',
    async (_, run, kept) => {
      const client = disturbed('listComments', () => plant(bodyBy(run, 'theirs')))
      await publishComment(client, plan())
      const [first, second] = await texts()
      expect(first).toBe(kept)
      expect(second).toMatch(/^Made at the same time as http.*#issuecomment-\d+, which is kept current\.$/)
    }
  )
})

describe('what GitHub refuses is told, with the remedy', () => {
  test.each([
    [{ status: 403 }, { remedy: 'permissions:\n  pull-requests: write' }],
    [{ status: 403, method: 'POST' }, { remedy: 'permissions:\n  pull-requests: write' }],
    [{ status: 401 }, { reason: 'the token is not valid (GitHub: Bad credentials)' }],
    [{ status: 500, times: 3 }, { reason: 'GitHub is not available (GitHub: Server Error)' }]
  ])('%j', async (rule, expected) => {
    await repository.fail(rule)
    expect(await publish()).toMatchObject({ state: 'skipped', ...expected })
    expect((await repository.state()).comments).toEqual([])
  })

  test('to the token of a fork: no remedy that would not work', async () => {
    await repository.fail({ status: 403, method: 'POST' })
    expect(await publish({ circumstance: { fromFork: true } })).toEqual({
      state: 'skipped',
      reason: 'the token of a pull request from a fork may only read (GitHub: Resource not accessible by integration)'
    })
  })

  test('a body that is too long', async () => {
    expect(await publish({ body: () => 'x'.repeat(70_000) })).toMatchObject({
      state: 'skipped',
      reason: expect.stringContaining('the comment is too long for this server')
    })
  })
})
