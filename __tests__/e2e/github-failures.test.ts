import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { StepResult } from '../../world/runner/runner.ts'
import { githubRequests, githubState, setFaults, setSettings } from './helpers/github.ts'
import { stepIn } from './helpers/judgement.ts'
import { type E2eStep, freshImage, freshRepository, step } from './helpers/world.ts'

const COMMENTS = '/comments'
const SARIFS = '/code-scanning/sarifs'

/** A step on a pull request that has something to comment and to upload, and would be green if GitHub were well. */
async function runOnPullRequest(
  repository: string,
  inputs: Readonly<Record<string, string>> = {},
  eventOptions: E2eStep['eventOptions'] = {}
) {
  const image = await freshImage('eol')
  return stepIn(repository, { event: 'pull_request', eventOptions, inputs: { image, ...inputs } })
}

/** The section of the summary on what was not done, as people read it. */
function notDone({ summary }: StepResult): string {
  const [, section = ''] = summary.split('**Not done**')
  return section.replaceAll('&#95;', '_')
}

describe('GitHub never answers about comments', () => {
  const repository = freshRepository()
  const hurried = freshRepository()
  let running: Promise<StepResult>
  let hurrying: Promise<StepResult>

  // That of this worker is for one step at a time.
  const beside = { event: 'pull_request', emptyToolCache: true } as const

  // They wait half a minute for GitHub: beside the other tests.
  beforeAll(async () => {
    await setFaults(repository, { path: COMMENTS, hang: true })
    await setFaults(hurried, { path: SARIFS, hang: true }, { path: COMMENTS, hang: true })
    const image = await freshImage('eol')
    running = step({ ...beside, eventOptions: { repository }, inputs: { image, 'code-scanning': 'never' } })
    hurrying = step({ ...beside, eventOptions: { repository: hurried }, inputs: { image, timeout: '10s' } })
  })

  afterAll(() => Promise.all([running, hurrying]))

  describe('meanwhile, elsewhere', () => {
    test('403 for both: green, and the summary names each permission to add', async () => {
      const elsewhere = freshRepository()
      await setFaults(elsewhere, { status: 403, path: '/repos/' })
      const result = await runOnPullRequest(elsewhere)
      expect(result.exitCode).toBe(0)
      expect(notDone(result)).toMatch(/\*\*comment\*\*: the token lacks.*pull-requests: write/s)
      expect(notDone(result)).toMatch(/\*\*code scanning\*\*: the token lacks.*security-events: write/s)
      expect(notDone(result)).toContain('```yaml')
      expect(result.outputs).toMatchObject({ 'comment-url': '', 'sarif-id': '', verdict: 'pass' })
    })

    test("403 for a fork's pull request: no permission is advised, since none would help", async () => {
      const elsewhere = freshRepository()
      await setFaults(elsewhere, { method: 'POST', status: 403, path: '/repos/' })
      const result = await runOnPullRequest(elsewhere, {}, { fork: true })
      expect(result.exitCode).toBe(0)
      expect(notDone(result)).toContain('**comment**: the token of a pull request from a fork may only read')
      expect(notDone(result)).toContain('**code scanning**: the token of a pull request from a fork may only read')
      expect(notDone(result)).not.toContain('```')
    })

    test('404 for the comment, 401 for the upload: green, and the summary says what may help', async () => {
      const elsewhere = freshRepository()
      await setFaults(elsewhere, { path: COMMENTS, status: 404 }, { path: SARIFS, status: 401 })
      const result = await runOnPullRequest(elsewhere)
      expect(result.exitCode).toBe(0)
      expect(notDone(result)).toMatch(/\*\*comment\*\*: GitHub shows this token nothing.*pull-requests: write/s)
      expect(notDone(result)).toMatch(/\*\*code scanning\*\*: the token is not valid/)
    })

    test('429 with Retry-After for the comment: waits and comments; 413 for the upload: said', async () => {
      const elsewhere = freshRepository()
      const busy = { path: COMMENTS, status: 429, headers: { 'retry-after': '1' }, times: 1 }
      await setFaults(elsewhere, busy, { path: SARIFS, status: 413 })
      const result = await runOnPullRequest(elsewhere)
      expect(result.exitCode).toBe(0)
      expect((await githubState(elsewhere)).comments).toHaveLength(1)
      expect(notDone(result)).toMatch(/\*\*code scanning\*\*: the SARIF upload is too large/)
      expect(notDone(result)).not.toContain('**comment**')
    })

    test('one 500 for the comments: tries again; 404 for the upload: names the permission', async () => {
      const elsewhere = freshRepository()
      await setFaults(elsewhere, { path: COMMENTS, status: 500, times: 1 }, { path: SARIFS, status: 404 })
      const result = await runOnPullRequest(elsewhere)
      expect(result.exitCode).toBe(0)
      expect((await githubState(elsewhere)).comments).toHaveLength(1)
      expect(notDone(result)).toMatch(/\*\*code scanning\*\*: GitHub shows.*security-events: write/s)
    })

    test('code scanning not enabled: said with the way out, green when auto, red when required', async () => {
      const message = 'Advanced Security must be enabled for this repository to use code scanning.'
      for (const [mode, exitCode] of [
        ['auto', 0],
        ['required', 1]
      ] as const) {
        const elsewhere = freshRepository()
        await setFaults(elsewhere, { path: SARIFS, status: 403, body: { message } })
        const result = await runOnPullRequest(elsewhere, { 'code-scanning': mode, comment: 'never' })
        expect(result.exitCode).toBe(exitCode)
        expect(notDone(result)).toMatch(/code scanning is not enabled for this repository.*Code Security/s)
        const errors = result.annotations.filter(({ level }) => level === 'error').map(annotation => annotation.message)
        expect(errors).toEqual(
          mode === 'auto' ? [] : [expect.stringMatching(/code-scanning is required.*not enabled.*code-scanning: never/)]
        )
      }
    })

    test('an upload that GitHub cannot process: said with its words, and no upload is claimed', async () => {
      const elsewhere = freshRepository()
      await setSettings(elsewhere, { processingErrors: ['the rules are from the moon'] })
      const result = await runOnPullRequest(elsewhere, { comment: 'never' })
      expect(result.exitCode).toBe(0)
      expect(notDone(result)).toContain('GitHub could not process the SARIF upload: the rules are from the moon')
      expect(result.outputs['sarif-id']).toBe('')
    })
  })

  test('the step ends in good time, green, and says what was not done', async () => {
    const result = await running
    expect(result.exitCode).toBe(0)
    expect(result.wallMs).toBeLessThan(60_000)
    expect(notDone(result)).toMatch(/\*\*comment\*\*: GitHub did not answer in time/)
    expect(await githubRequests(repository)).toHaveLength(1)
  })

  test('what stands in files and in the log is told all the same when the time limit is short', async () => {
    const result = await hurrying
    expect(result.wallMs).toBeLessThan(40_000)
    expect(result.summary).toContain('libtasn1')
    expect(notDone(result)).toContain('the time limit of the step, 10 s, is over')
    expect(result.masked).toContain('CVE-2024-12133')
    expect(result.outputs).toMatchObject({ verdict: 'pass', report: expect.stringContaining('report.json') })
  })
})
