import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'

const HEADERS = { accept: 'application/vnd.github.v3+json', authorization: 'token t', 'user-agent': 'test' }
const SHA = 'c'.repeat(40)

let github: GitHubStandIn
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github.close())

async function send(method: string, path: string, body?: unknown, accept = HEADERS.accept) {
  const given = body === undefined ? {} : { body: JSON.stringify(body) }
  const headers = { ...HEADERS, accept, 'content-type': 'application/json' }
  const response = await fetch(github.apiUrl + path, { method, headers, ...given })
  const text = await response.text()
  return { status: response.status, text, link: response.headers.get('link') ?? '' }
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  return JSON.parse((await send(method, path, body)).text) as T
}

/** No request was refused, and no answer of the stand-in is other than GitHub's description says. */
async function expectAllValid(repository: string): Promise<void> {
  expect(await ask('GET', `/_world/repos/${repository}`)).toMatchObject({ invalid: [] })
}

describe('contents', () => {
  const HERE = '/repos/files/app/contents'
  const plant = (files: Record<string, string>, ref = SHA) =>
    send('POST', '/_world/repos/files/app/files', { ref, files })

  test.each(['docs/a%2Fb%20c.txt', 'docs/a/b%20c.txt'])(
    '%s is the file of that commit, in broken base64',
    async path => {
      const content = 'é'.repeat(60)
      await plant({ 'docs/a/b c.txt': content })
      const file = await ask<{ content: string; size: number }>('GET', `${HERE}/${path}?ref=${SHA}`)
      expect(file).toMatchObject({ type: 'file', encoding: 'base64', path: 'docs/a/b c.txt', size: 120 })
      expect(file.content.split('\n').map(({ length }) => length)).toEqual([60, 60, 40, 0])
      expect(Buffer.from(file.content, 'base64').toString()).toBe(content)
      await expectAllValid('files/app')
    }
  )

  test('a file has the digest that git gives it', async () => {
    await plant({ hello: 'hello\n' })
    // printf 'hello\n' | git hash-object --stdin
    expect(await ask('GET', `${HERE}/hello?ref=${SHA}`)).toMatchObject({
      sha: 'ce013625030ba8dba906f756967f9e9ca394464a'
    })
  })

  test('a file is sent raw to who asks for that', async () => {
    await plant({ '.trivyignore': 'CVE-2026-1\n' })
    const raw = await send('GET', `${HERE}/.trivyignore?ref=${SHA}`, undefined, 'application/vnd.github.v3.raw')
    expect(raw).toMatchObject({ status: 200, text: 'CVE-2026-1\n' })
    await expectAllValid('files/app')
  })

  test('a large file comes without its content', async () => {
    await plant({ big: 'x'.repeat(1024 * 1024) })
    expect(await ask('GET', `${HERE}/big?ref=${SHA}`)).toMatchObject({ content: '', encoding: 'none' })
    await expectAllValid('files/app')
  })

  test('a folder is a list', async () => {
    await plant({ 'vex/b.json': '', 'vex/a/c.json': '', other: '' })
    const list = await ask<{ path: string; type: string }[]>('GET', `${HERE}/vex?ref=${SHA}`)
    expect(list.map(({ path, type }) => [path, type])).toEqual([
      ['vex/a', 'dir'],
      ['vex/b.json', 'file']
    ])
    await expectAllValid('files/app')
  })

  test('what is not there, and a commit that is not there, are not found, each in its words', async () => {
    await plant({ a: '' })
    expect(await ask('GET', `${HERE}/b?ref=${SHA}`)).toMatchObject({ message: 'Not Found', status: '404' })
    const message = 'No commit found for the ref gone'
    expect(await ask('GET', `${HERE}/a?ref=gone`)).toMatchObject({ message, status: '404' })
  })

  test('the default branch is asked without ref', async () => {
    await plant({ a: 'main' }, 'main')
    expect(await ask('GET', `${HERE}/a`)).toMatchObject({ size: 4 })
  })
})

describe('code-scanning alerts', () => {
  const LIST = '/repos/alerts/app/code-scanning/alerts'
  const rulesOf = async (query: string) =>
    (await ask<{ rule: { id: string } }[]>('GET', LIST + query)).map(({ rule }) => rule.id)

  test('are not found where nothing was ever uploaded', async () => {
    expect(await ask('GET', '/repos/never/app/code-scanning/alerts')).toMatchObject({ message: 'no analysis found' })
  })

  test('are those of the default branch, newest first, and chosen by ref, tool and state', async () => {
    const dismissed = { by: 'alice', at: '2026-11-01T00:00:00Z', reason: "won't fix", comment: 'not reachable' }
    await send('POST', '/_world/repos/alerts/app/alerts', [
      { rule: 'one', dismissed },
      { rule: 'two', tool: 'other' },
      { rule: 'three', ref: 'refs/heads/next' },
      { rule: 'four', state: 'fixed' }
    ])
    expect(await rulesOf('')).toEqual(['four', 'two', 'one'])
    expect(await rulesOf('?direction=asc')).toEqual(['one', 'two', 'four'])
    expect(await rulesOf('?tool_name=imgguard')).toEqual(['four', 'one'])
    expect(await rulesOf('?state=dismissed&ref=refs/heads/main')).toEqual(['one'])
    expect(await rulesOf('?ref=next')).toEqual(['three'])
    expect(await ask('GET', `${LIST}?state=dismissed`)).toMatchObject([
      {
        number: 1,
        state: 'dismissed',
        dismissed_by: { login: 'alice', type: 'User' },
        dismissed_reason: "won't fix",
        dismissed_comment: 'not reachable',
        most_recent_instance: { ref: 'refs/heads/main', category: '' }
      }
    ])
    await expectAllValid('alerts/app')
  })

  test('come in pages, whose links keep what was asked for', async () => {
    const alerts = Array.from({ length: 3 }, (_, index) => ({ rule: `rule-${index}`, state: 'fixed' }))
    await send('POST', '/_world/repos/alerts/app/alerts', alerts)
    const first = await send('GET', `${LIST}?state=fixed&per_page=2`)
    expect(JSON.parse(first.text)).toHaveLength(2)
    const next = /<([^>]+)>; rel="next"/.exec(first.link)?.[1] ?? ''
    expect(new URL(next).searchParams.get('state')).toBe('fixed')
    expect(await ask('GET', next.slice(github.apiUrl.length))).toMatchObject([{ rule: { id: 'rule-0' } }])
    await expectAllValid('alerts/app')
  })
})

test('code-scanning analyses are the runs that were uploaded, newest first', async () => {
  const run = (category: string, results: number) => ({
    tool: { driver: { name: 'imgguard', rules: [] } },
    automationDetails: { id: category },
    results: Array.from({ length: results }, () => ({
      message: { text: 'x' },
      locations: [{ physicalLocation: { artifactLocation: { uri: 'Dockerfile' } } }]
    }))
  })
  const upload = (ref: string, ...runs: object[]) => {
    const sarif = gzipSync(JSON.stringify({ version: '2.1.0', runs })).toString('base64')
    return ask<{ id: string }>('POST', '/repos/analyses/app/code-scanning/sarifs', { commit_sha: SHA, ref, sarif })
  }
  const { id } = await upload('refs/heads/main', run('a/', 2), run('b/', 0))
  await upload('refs/pull/7/merge', run('a/', 1))
  const asked = (query: string) =>
    ask<Record<string, unknown>[]>('GET', `/repos/analyses/app/code-scanning/analyses${query}`)
  const shown = (list: Record<string, unknown>[]) =>
    list.map(({ category, results_count }) => [category, results_count])
  expect(shown(await asked(''))).toEqual([
    ['a', 1],
    ['b', 0],
    ['a', 2]
  ])
  expect(shown(await asked('?ref=refs/heads/main&tool_name=imgguard'))).toEqual([
    ['b', 0],
    ['a', 2]
  ])
  expect((await asked(`?sarif_id=${id}`)).every(({ sarif_id }) => sarif_id === id)).toBe(true)
  expect(await asked('?tool_name=other')).toEqual([])
  await expectAllValid('analyses/app')
})

describe('pull requests', () => {
  test('have a head, which may be in a fork, and a base', async () => {
    const pullRequest = {
      head: { repository: 'mallory/app', ref: 'feature', sha: SHA },
      base: { ref: 'main', sha: 'd'.repeat(40) }
    }
    const planted = { author: 'mallory', title: 'A change', pullRequest }
    const { number } = await ask<{ number: number }>('POST', '/_world/repos/pulls/app/issues', planted)
    expect(await ask('GET', `/repos/pulls/app/pulls/${number}`)).toMatchObject({
      number,
      user: { login: 'mallory' },
      head: { label: 'mallory:feature', sha: SHA, repo: { full_name: 'mallory/app' } },
      base: { label: 'pulls:main', sha: 'd'.repeat(40), repo: { full_name: 'pulls/app' } }
    })
    expect(await ask('GET', '/repos/pulls/app/pulls/7')).toMatchObject({ status: '404' })
    await expectAllValid('pulls/app')
  })
})
