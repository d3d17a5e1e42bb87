import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { State } from '../../../world/github/controls.ts'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'

const HEADERS = {
  accept: 'application/vnd.github.v3+json',
  authorization: 'token t',
  'content-type': 'application/json',
  'user-agent': 'test'
}
const ISSUES = '/repos/acme/app/issues'

let github: GitHubStandIn
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(async () => {
  const { invalid } = await ask<State>('GET', '/_world/repos/acme/app')
  await github.close()
  expect(invalid).toEqual([])
})

async function ask<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
  const given = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(github.apiUrl + path, { method, headers: HEADERS, ...given })
  return (await response.json()) as T
}

const titles = async (query: string) =>
  (await ask<{ title: string }[]>('GET', ISSUES + query)).map(({ title }) => title)

test('an issue is opened, changed, closed and opened again', async () => {
  const opened = await ask<{ number: number }>('POST', ISSUES, { title: 'red', body: 'why', labels: ['security'] })
  expect(opened).toMatchObject({ state: 'open', state_reason: null, labels: [{ name: 'security' }], closed_at: null })
  const own = `${ISSUES}/${opened.number}`
  expect(await ask('PATCH', own, { body: 'still red' })).toMatchObject({
    title: 'red',
    body: 'still red',
    state: 'open'
  })
  await ask('POST', `${own}/comments`, { body: 'clean again' })
  const closed = await ask('PATCH', own, { state: 'closed' })
  expect(closed).toMatchObject({
    state: 'closed',
    state_reason: 'completed',
    closed_by: { login: 'github-actions[bot]' },
    comments: 1
  })
  expect(await ask('GET', own)).toEqual(closed)
  const reopened = await ask('PATCH', own, { state: 'open' })
  expect(reopened).toMatchObject({ state: 'open', state_reason: 'reopened', closed_at: null, closed_by: null })
  expect(await ask('PATCH', own, { state: 'closed', state_reason: 'not_planned' })).toMatchObject({
    state_reason: 'not_planned'
  })
  expect(await ask('GET', `${ISSUES}/99`)).toMatchObject({ message: 'Not Found' })
})

test('the list has open ones newest first, pull requests among them, and is chosen by state, creator and label', async () => {
  const plant = (issue: object) => ask<{ number: number }>('POST', '/_world/repos/listed/app/issues', issue)
  const LISTED = '/repos/listed/app/issues'
  const listed = async (query: string) =>
    (await ask<{ title: string }[]>('GET', LISTED + query)).map(({ title }) => title)
  await plant({ author: 'alice', title: 'hers', labels: ['a', 'b'] })
  const { number } = await plant({ author: 'alice', title: 'closed' })
  await ask('PATCH', `${LISTED}/${number}`, { state: 'closed' })
  await ask('POST', LISTED, { title: 'ours' })
  const head = { repository: 'listed/app', ref: 'feature', sha: 'a'.repeat(40) }
  const base = { ref: 'main', sha: 'b'.repeat(40) }
  await plant({ author: 'bob', title: 'pull', pullRequest: { head, base } })
  expect(await listed('')).toEqual(['pull', 'ours', 'hers'])
  expect(await listed('?state=all&direction=asc')).toEqual(['hers', 'closed', 'ours', 'pull'])
  expect(await listed('?creator=github-actions%5Bbot%5D')).toEqual(['ours'])
  expect(await listed('?labels=b,a')).toEqual(['hers'])
  expect(await listed('?state=closed&creator=alice')).toEqual(['closed'])
  expect((await ask<object[]>('GET', LISTED)).filter(issue => 'pull_request' in issue)).toHaveLength(1)
  expect((await ask<State>('GET', '/_world/repos/listed/app')).invalid).toEqual([])
})

test('a title or body that is too long, or a title of blanks, is refused in GitHub’s words', async () => {
  const refused = (message: string) => ({ message: 'Validation Failed', errors: [{ message }] })
  expect(await ask('POST', ISSUES, { title: 'x'.repeat(257) })).toMatchObject(
    refused('title is too long (maximum is 256 characters)')
  )
  expect(await ask('POST', ISSUES, { title: 'x', body: 'x'.repeat(65_537) })).toMatchObject(
    refused('body is too long (maximum is 65536 characters)')
  )
  expect(await ask('POST', ISSUES, { title: ' ' })).toMatchObject({ errors: [{ code: 'missing_field' }] })
})

test('a rule makes issues fail as where they are disabled', async () => {
  await ask('POST', '/_world/repos/acme/app/faults', [{ path: '/issues$', status: 410, times: 1 }])
  expect(await ask('POST', ISSUES, { title: 'x' })).toMatchObject({
    message: 'Issues has been disabled in this repository.'
  })
  expect(await titles('?state=open')).toEqual([])
})
