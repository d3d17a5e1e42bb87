import { describe, expect, test } from '@jest/globals'
import { commentKey, renderMarker } from '../../src/publish/marker.ts'
import type { ImageName } from '../../world/images/images.ts'
import { SHA } from '../../world/runner/payloads.ts'
import { githubRequests, githubState, plantIssue, setFaults } from './helpers/github.ts'
import { stepIn } from './helpers/judgement.ts'
import { crane, type E2eStep, freshImage, freshRepository, world } from './helpers/world.ts'

/** A run's id, in the order in which runs were started. */
const RUN = (number: number) => `${2_000_000_000 + number}`

/** Puts an image of the world into a repository of the registry, beside what is there. */
async function release(name: string, image: ImageName): Promise<string> {
  const digest = (await freshImage(image as Parameters<typeof freshImage>[0])).split('@')
  await crane('copy', digest.join('@'), `${name}:latest`)
  return `${name}@${digest[1]}`
}

/** A run that keeps an issue, on a schedule unless said otherwise. */
async function run(repository: string, image: string, given: E2eStep = {}) {
  const inputs = { image, issue: 'on-failure', sign: 'never', 'code-scanning': 'never', ...given.inputs }
  return stepIn(repository, { event: 'schedule', ...given, inputs })
}

const inRun = (number: number): E2eStep => ({ env: { GITHUB_RUN_ID: RUN(number) } })
const issuesOf = async (repository: string) => (await githubState(repository)).issues

/** The section of the summary on what was not done; empty where there is none. */
const notDone = (summary: string) => summary.split('**Not done**')[1]?.split('[Workflow run]')[0] ?? ''

/** Requests that write issues. */
async function writes(repository: string): Promise<string[]> {
  const requests = await githubRequests(repository)
  return requests.filter(({ method, path }) => method !== 'GET' && path.includes('/issues')).map(({ method }) => method)
}

/** What a person does with an issue. */
async function byHand(repository: string, number: number, state: 'open' | 'closed'): Promise<void> {
  const answer = await fetch(`${world().github.apiUrl}/repos/${repository}/issues/${number}`, {
    method: 'PATCH',
    headers: { accept: 'application/json', authorization: 'Bearer somebody', 'content-type': 'application/json' },
    body: JSON.stringify({ state })
  })
  expect(answer.status).toBe(200)
}

describe('the issue of an image that is looked at every night', () => {
  const repository = freshRepository()
  const name = `${world().registry}/test/issue-${repository.slice(-12)}`
  const key = commentKey({
    workflowFile: '.github/workflows/build.yml',
    job: 'build',
    images: [name],
    commentKey: ''
  })
  let vulnerable = ''
  let clean = ''
  let number = 0
  const ours = async () => (await issuesOf(repository)).find(issue => issue.number === number)

  test('is opened once the image fails, and not found in one that somebody else marked as ours', async () => {
    vulnerable = await release(name, 'vulnerable')
    clean = await release(name, 'clean')
    const marker = renderMarker({ key, run: { id: 1, attempt: 1, sha: SHA.main } })
    const foreign = await plantIssue(repository, { author: 'mallory', title: 'Mine', body: `${marker}\nAll is well.` })

    const { exitCode, summary } = await run(repository, vulnerable, inRun(1))
    expect(exitCode).toBe(1)
    const issues = await issuesOf(repository)
    expect(issues).toHaveLength(2)
    expect(issues).toContainEqual(foreign)
    number = issues.find(({ author }) => author === 'github-actions[bot]')?.number ?? 0
    const issue = await ours()
    expect(issue).toMatchObject({ state: 'open', title: `imgguard: ${name} fails: 3 critical` })
    expect(issue?.body.split('\n').slice(0, 3)).toEqual([
      renderMarker({ key, run: { id: Number(RUN(1)), attempt: 1, sha: SHA.main } }),
      expect.stringMatching(/^<!-- imgguard failing=[0-9a-f]{8}(,[0-9a-f]{8}){2} -->$/),
      expect.stringMatching(/^### ❌ imgguard: /)
    ])
    expect(issue?.body).toContain('closes it when the image passes')
    expect(notDone(summary)).toBe('')
  })

  test('is not written when it would say the same', async () => {
    const before = await writes(repository)
    expect(before).toEqual(['POST'])
    await run(repository, vulnerable, inRun(1))
    expect(await writes(repository)).toEqual(before)
  })

  test('follows what is found', async () => {
    const inputs = { 'fail-on': 'high' }
    await run(repository, vulnerable, { ...inRun(2), inputs })
    const issue = await ours()
    expect(issue?.title).toMatch(/ fails: 3 critical and \d+ high$/)
    expect(issue?.body).toContain(`run=${RUN(2)} `)
    expect(await issuesOf(repository)).toHaveLength(2)
  })

  test('is not overwritten by a run that was started earlier, which says so', async () => {
    const before = await ours()
    const { summary } = await run(repository, clean, inRun(1))
    expect(await ours()).toEqual(before)
    expect(notDone(summary)).toMatch(/\*\*issue\*\*: a newer run has already written into the issue/)
  })

  test('is closed when the image passes, and then left alone', async () => {
    expect((await run(repository, clean, inRun(3))).exitCode).toBe(0)
    const issue = await ours()
    expect(issue).toMatchObject({ state: 'closed', stateReason: 'completed' })
    expect(issue?.body).toContain('The image passes.')
    expect(issue?.body).not.toContain('CVE-')
    const before = await writes(repository)
    await run(repository, clean, inRun(4))
    expect(await writes(repository)).toEqual(before)
  })

  test('is opened again when the image fails again', async () => {
    await run(repository, vulnerable, inRun(5))
    expect(await ours()).toMatchObject({
      state: 'open',
      stateReason: 'reopened',
      title: `imgguard: ${name} fails: 3 critical`
    })
  })

  test('stays closed when somebody closed it, until something else fails', async () => {
    await byHand(repository, number, 'closed')
    const before = await ours()
    const { exitCode, summary, masked } = await run(repository, vulnerable, inRun(6))
    expect(exitCode).toBe(1)
    expect(await ours()).toEqual(before)
    // Somebody wants it so: the log says it, and nobody else need be told.
    expect(masked).toContain('was closed by hand')
    expect(notDone(summary)).toBe('')
    await run(repository, vulnerable, { ...inRun(7), inputs: { 'fail-on': 'high' } })
    expect(await ours()).toMatchObject({ state: 'open', title: expect.stringMatching(/ high$/) })
  })

  test('somebody else’s issue was never touched', async () => {
    const [foreign] = (await issuesOf(repository)).filter(({ author }) => author === 'mallory')
    expect(foreign).toMatchObject({ state: 'open', title: 'Mine', body: expect.stringMatching(/\nAll is well\.$/) })
  })
})

test('a push keeps an issue as well, and one that passes opens none', async () => {
  const repository = freshRepository()
  await run(repository, await freshImage('clean'), { event: 'push' })
  expect(await issuesOf(repository)).toEqual([])
  const { exitCode } = await run(repository, await freshImage('vulnerable'), { event: 'push' })
  expect(exitCode).toBe(1)
  expect(await issuesOf(repository)).toMatchObject([{ state: 'open' }])
})

test('a pull request keeps none: its comment tells', async () => {
  const repository = freshRepository()
  const image = await freshImage('vulnerable')
  const { exitCode } = await run(repository, image, { event: 'pull_request', inputs: { comment: 'never' } })
  expect(exitCode).toBe(1)
  expect(await githubRequests(repository)).toEqual([])
})

describe('when GitHub refuses', () => {
  test.each([
    [
      403,
      /\*\*issue\*\*: the token lacks the permission "issues: write"[\s\S]*```yaml\n {2}permissions:\n {4}issues: write\n/
    ],
    [410, /\*\*issue\*\*: this repository has no issues[\s\S]*`issue: never`/]
  ])('%d is said with what mends it, and the step is as it would have been', async (status, said) => {
    const repository = freshRepository()
    await setFaults(repository, { status, method: 'POST', path: '/issues' })
    const { exitCode, summary } = await run(repository, await freshImage('vulnerable'), {
      inputs: { 'on-fail': 'warn' }
    })
    expect(exitCode).toBe(0)
    expect(notDone(summary)).toMatch(said)
    expect(await issuesOf(repository)).toEqual([])
  })
})
