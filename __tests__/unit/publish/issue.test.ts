import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { GitHubClient } from '../../../src/github/client.ts'
import { type IssuePlan, publishIssue } from '../../../src/publish/issue.ts'
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

/** What run 100 has to say of an image with two findings. */
function red(overrides: Partial<IssuePlan> = {}): IssuePlan {
  return {
    key: KEY,
    run: runOf(100),
    failing: true,
    failures: ['CVE-1', 'CVE-2'],
    title: 'fails: 2 critical',
    body: 'red',
    ...overrides
  }
}

const green = (overrides: Partial<IssuePlan> = {}) =>
  red({ failing: false, failures: [], title: 'passes', body: 'green', ...overrides })
const publish = (plan: IssuePlan, client: GitHubClient = repository.client) => publishIssue(client, plan)
/** What a person does with the first issue. */
const byHand = async (state: 'open' | 'completed') => repository.client.updateIssue(await first(), { state })
const first = async () => (await repository.state()).issues[0]?.number ?? 0

/** All issues, without what is hidden in them; and that GitHub had nothing to object to. */
async function issues(): Promise<string[]> {
  const { issues: all, invalid } = await repository.state()
  expect(invalid).toEqual([])
  return all.map(({ state, title, body }) => `${state}, ${title}: ${body.replace(/^<!-- imgguard .*-->\n/gm, '')}`)
}

async function writes(): Promise<string[]> {
  return (await repository.state()).requests.filter(({ method }) => method !== 'GET').map(({ method }) => method)
}

describe('without an issue', () => {
  test('one is opened when the image fails, with the marker on its first line', async () => {
    const published = await publish(red())
    const { issues: all } = await repository.state()
    expect(all).toMatchObject([{ author: OWN, state: 'open', title: 'fails: 2 critical' }])
    expect(all[0]?.body).toMatch(
      /^<!-- imgguard v1 key=0123456789abcdef run=100 .*-->\n<!-- imgguard failing=.*-->\nred$/
    )
    expect(published).toEqual({
      state: 'published',
      id: String(all[0]?.number),
      url: `${github.serverUrl}/${repository.fullName}/issues/${all[0]?.number}`
    })
  })

  test('none is opened when it passes', async () => {
    expect(await publish(green())).toBeUndefined()
    expect(await issues()).toEqual([])
    expect(await writes()).toEqual([])
  })
})

describe('the issue that is there', () => {
  beforeEach(() => publish(red({ run: runOf(90) })))

  test('is brought up to date while the image fails', async () => {
    await publish(red({ title: 'fails: 1 critical', body: 'better' }))
    expect(await issues()).toEqual(['open, fails: 1 critical: better'])
  })

  test('is not written again when it already says so', async () => {
    await publish(red())
    const before = await writes()
    expect(await publish(red())).toMatchObject({ state: 'published' })
    expect(await writes()).toEqual(before)
  })

  test('is closed as completed when the image passes, and then left alone', async () => {
    expect(await publish(green())).toMatchObject({ state: 'published' })
    expect(await issues()).toEqual(['closed, fails: 2 critical: green'])
    expect((await repository.state()).issues).toMatchObject([{ stateReason: 'completed' }])
    const before = await writes()
    expect(await publish(green({ run: runOf(101) }))).toBeUndefined()
    expect(await writes()).toEqual(before)
  })

  test('is opened again when the image fails again, even with the same findings', async () => {
    await publish(green())
    await publish(red({ run: runOf(101), body: 'again' }))
    expect(await issues()).toEqual(['open, fails: 2 critical: again'])
  })

  test('is found behind a hundred others that we opened', async () => {
    for (let number = 0; number < 100; number += 1) await repository.client.createIssue(`${number}`, '')
    await publish(green())
    expect((await issues())[0]).toBe('closed, fails: 2 critical: green')
  })

  test.each([
    ['a later run', runOf(89)],
    ['a later attempt', { ...runOf(90), attempt: 0 }]
  ])('of %s is not overwritten', async (_, run) => {
    expect(await publish(green({ run }))).toEqual({
      state: 'skipped',
      reason: 'a newer run has already written into the issue'
    })
    expect(await issues()).toEqual(['open, fails: 2 critical: red'])
  })

  describe('closed by hand', () => {
    beforeEach(() => byHand('completed'))

    test.each([
      ['the same fails', ['CVE-2', 'CVE-1']],
      ['less fails', ['CVE-2']]
    ])('stays closed while %s', async (_, failures) => {
      expect(await publish(red({ failures }))).toEqual({
        state: 'skipped',
        reason: `issue #${await first()} was closed by hand, and nothing fails that it does not tell of`,
        chosen: true
      })
      expect(await issues()).toEqual(['closed, fails: 2 critical: red'])
    })

    test('is opened again when something else fails', async () => {
      await publish(red({ failures: ['CVE-2', 'CVE-3'] }))
      expect(await issues()).toEqual(['open, fails: 2 critical: red'])
    })

    test('is opened again when the same fails after the image has passed', async () => {
      await publish(green())
      expect(await issues()).toEqual(['closed, fails: 2 critical: green'])
      await publish(red({ run: runOf(101) }))
      expect(await issues()).toEqual(['open, fails: 2 critical: red'])
    })
  })

  test('opened by hand while the image passes, stays open', async () => {
    await publish(green())
    await byHand('open')
    await publish(green({ run: runOf(101), body: 'still green' }))
    expect(await issues()).toEqual(['open, fails: 2 critical: still green'])
  })
})

test.each([
  ['of somebody else, with our marker', KEY, 'mallory', ''],
  ['of another image', 'f'.repeat(16), OWN, ''],
  ['with the marker further down', KEY, OWN, 'text\n']
])('an issue %s is left alone', async (_, key, author, before) => {
  const body = `${before}${renderMarker({ key, run: runOf(99) })}\nspoofed`
  await repository.open({ title: 'theirs', author, body })
  await publish(green())
  await publish(red())
  expect((await repository.state()).issues.map(issue => [issue.state, issue.title])).toEqual([
    ['open', 'theirs'],
    ['open', 'fails: 2 critical']
  ])
})

describe('at the same time as another run', () => {
  /** The client, with something happening on GitHub just before or after its first call of `method`. */
  function disturbed(method: 'createIssue' | 'updateIssue', when: 'before' | 'after', happens: () => Promise<unknown>) {
    let armed = true
    const { client } = repository
    const original = client[method] as (...args: unknown[]) => Promise<unknown>
    const replaced = async (...args: unknown[]) => {
      const now = armed
      armed = false
      if (now && when === 'before') await happens()
      const result = await original(...args)
      if (now && when === 'after') await happens()
      return result
    }
    return { ...client, [method]: replaced } as GitHubClient
  }

  test('what an older run wrote over ours is written over', async () => {
    await publish(red({ run: runOf(90) }))
    const older = renderMarker({ key: KEY, run: runOf(95) })
    const client = disturbed('updateIssue', 'after', async () =>
      repository.client.updateIssue(await first(), { body: `${older}\nold` })
    )
    await publish(red(), client)
    expect(await issues()).toEqual(['open, fails: 2 critical: red'])
  })

  test('of two that are opened, the older one is kept current and the other points to it', async () => {
    const client = disturbed('createIssue', 'before', () => publish(red({ run: runOf(90), body: 'theirs' })))
    const published = await publish(red(), client)
    const number = await first()
    expect(published).toMatchObject({ state: 'published', id: String(number) })
    expect(await issues()).toEqual([
      'open, fails: 2 critical: red',
      `closed, fails: 2 critical: Opened at the same time as #${number}, which is kept current.`
    ])
    expect((await repository.state()).issues[1]).toMatchObject({ stateReason: 'not_planned' })
  })
})

describe('what GitHub refuses is told, with the remedy', () => {
  test.each([
    [{ status: 403 }, { remedy: 'permissions:\n  issues: write' }],
    [{ status: 403, method: 'POST' }, { remedy: 'permissions:\n  issues: write' }],
    [{ status: 410 }, { remedy: 'enable Issues in the settings of the repository, or set `issue: never`' }],
    [{ status: 500, times: 3 }, { reason: 'GitHub is not available (GitHub: Server Error)' }]
  ])('%j', async (rule, expected) => {
    await repository.fail({ ...rule, path: '/issues' })
    expect(await publish(red())).toMatchObject({ state: 'skipped', ...expected })
    expect(await issues()).toEqual([])
  })

  test('a body that is too long', async () => {
    expect(await publish(red({ body: 'x'.repeat(70_000) }))).toMatchObject({
      state: 'skipped',
      reason: expect.stringContaining('the issue is too long for this server')
    })
  })
})
