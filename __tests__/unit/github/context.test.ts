import { describe, expect, test } from '@jest/globals'
import { readContext } from '../../../src/github/context.ts'
import { UserError } from '../../../src/lib/errors.ts'
import { FORK, HEAD_SHA, pullRequest, pullRequestPayload, pushPayload, runnerEnv, SHA } from '../../fixtures/events.ts'

describe('readContext', () => {
  test('reads a push', () => {
    expect(readContext(runnerEnv(), pushPayload())).toEqual({
      event: 'push',
      repository: { owner: 'acme', name: 'app', fullName: 'acme/app', id: 4711, visibility: 'public' },
      ref: 'refs/heads/main',
      refDeleted: false,
      sha: SHA,
      actor: 'octocat',
      workflowFile: '.github/workflows/ci.yml',
      job: 'image',
      runId: 9876543210,
      runAttempt: 2,
      runUrl: 'https://github.com/acme/app/actions/runs/9876543210/attempts/2',
      serverUrl: 'https://github.com',
      apiUrl: 'https://api.github.com',
      workspace: '/home/runner/work/app/app',
      temp: '/home/runner/work/_temp',
      onGitHubDotCom: true
    })
  })

  test('names every variable that is missing, and the remedy', () => {
    const env = runnerEnv({ GITHUB_SHA: undefined, RUNNER_TEMP: '' })
    expect(() => readContext(env, {})).toThrow(UserError)
    expect(() => readContext(env, {})).toThrow(
      'GITHUB_SHA, RUNNER_TEMP not set: run this as a step of a GitHub Actions workflow, which sets them'
    )
  })

  test('refuses a repository that is not owner/name', () => {
    expect(() => readContext(runnerEnv({ GITHUB_REPOSITORY: 'app' }), {})).toThrow('GITHUB_REPOSITORY is "app"')
  })

  test.each([
    [{ visibility: 'internal', private: true }, 'internal'],
    [{ private: true }, 'private'],
    [{ private: false }, 'public'],
    [undefined, 'unknown']
  ])('visibility of %j is %s', (repository, visibility) => {
    expect(readContext(runnerEnv(), { schedule: '0 4 * * *', repository }).repository.visibility).toBe(visibility)
  })

  test.each([
    ['https://github.com', true],
    ['https://github.example.com', false],
    ['https://acme.ghe.com', false],
    ['not a URL', false]
  ])('%s is github.com: %s', (serverUrl, expected) => {
    expect(readContext(runnerEnv({ GITHUB_SERVER_URL: serverUrl }), {}).onGitHubDotCom).toBe(expected)
  })

  test('takes the name of the workflow where its path is not told', () => {
    expect(readContext(runnerEnv({ GITHUB_WORKFLOW_REF: undefined }), {}).workflowFile).toBe('CI')
  })
})

describe('the pull request', () => {
  const read = (event: string, payload: unknown, env = {}) =>
    readContext(runnerEnv({ GITHUB_EVENT_NAME: event, ...env }), payload).pullRequest

  test('of the same repository', () => {
    expect(read('pull_request', pullRequestPayload())).toEqual({
      number: 7,
      author: 'octocat',
      headSha: HEAD_SHA,
      headRef: 'feature',
      baseRef: 'main',
      baseSha: 'c'.repeat(40),
      fromFork: false
    })
  })

  test('of a repository that is itself a fork is not from a fork', () => {
    const own = { id: 4711, full_name: 'acme/app', fork: true }
    expect(read('pull_request', pullRequestPayload({ pull_request: pullRequest({ repo: own }) }))?.fromFork).toBe(false)
  })

  test.each([
    ['another repository', FORK],
    ['another id under our name', { ...FORK, full_name: 'acme/app' }],
    ['a deleted fork', null]
  ])('from %s is from a fork', (_, repo) => {
    expect(read('pull_request', pullRequestPayload({ pull_request: pullRequest({ repo }) }))?.fromFork).toBe(true)
  })

  test('falls back to names where there is no id, whatever their case', () => {
    const payload = pullRequestPayload({
      pull_request: pullRequest({ repo: { full_name: 'Acme/App' } }),
      repository: {}
    })
    expect(read('pull_request', payload, { GITHUB_REPOSITORY_ID: undefined })?.fromFork).toBe(false)
  })

  test('of an issue_comment is known by number only, and trusted least', () => {
    const issue = { number: 12, pull_request: { url: 'https://api.github.com/repos/acme/app/pulls/12' } }
    expect(read('issue_comment', { issue })).toEqual({ number: 12, fromFork: true })
  })

  test.each([
    ['issue_comment on an issue', 'issue_comment', { issue: { number: 12 } }],
    ['workflow_run of a fork', 'workflow_run', { workflow_run: { head_sha: HEAD_SHA, pull_requests: [] } }],
    [
      'workflow_run with several',
      'workflow_run',
      { workflow_run: { head_sha: HEAD_SHA, pull_requests: [pullRequest(), pullRequest()] } }
    ],
    [
      'workflow_run of a commit that is no longer the head',
      'workflow_run',
      { workflow_run: { head_sha: SHA, pull_requests: [pullRequest()] } }
    ],
    ['a push', 'push', pushPayload()],
    ['a payload that is no object', 'pull_request', null]
  ])('there is none for %s', (_, event, payload) => {
    expect(read(event, payload)).toBeUndefined()
  })

  test('of a workflow_run is the single one whose head is its commit', () => {
    const payload = { workflow_run: { head_sha: HEAD_SHA, pull_requests: [pullRequest()] } }
    expect(read('workflow_run', payload)).toMatchObject({ number: 7, headSha: HEAD_SHA })
  })
})
