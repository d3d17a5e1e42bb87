import { describe, expect, test } from '@jest/globals'
import { runnerVariables } from '../../../world/runner/environment.ts'
import { EVENTS, type EventName, type EventOptions, eventOf } from '../../../world/runner/events.ts'

const github = { apiUrl: 'http://127.0.0.1:1', serverUrl: 'http://127.0.0.1:1' }
const folders = { home: '/h', workspace: '/w', temp: '/t', toolCache: '/c', files: '/f' }

function variables(name: EventName, options: EventOptions = {}) {
  return runnerVariables(eventOf(name, options), github, folders)
}

describe('eventOf', () => {
  test.each(EVENTS)('%s names the repository that the variables name', name => {
    const event = eventOf(name, { repository: 'acme/other', visibility: 'private' })
    expect(event.payload['repository']).toMatchObject({ full_name: 'acme/other', private: true })
    expect(runnerVariables(event, github, folders)).toMatchObject({
      GITHUB_REPOSITORY: 'acme/other',
      GITHUB_EVENT_NAME: name
    })
  })

  test('a pull request of the repository itself has one id on both sides', () => {
    const pull = eventOf('pull_request').payload['pull_request']
    expect(pull).toMatchObject({ number: 7, head: { repo: { full_name: 'acme/app' } } })
    expect(idsOf(pull)).toHaveProperty('size', 1)
  })

  test('a fork differs by name and id', () => {
    const pull = eventOf('pull_request', { fork: true }).payload['pull_request']
    expect(pull).toMatchObject({
      head: { repo: { full_name: 'mallory/app' } },
      base: { repo: { full_name: 'acme/app' } }
    })
    expect(idsOf(pull)).toHaveProperty('size', 2)
  })

  test('GitHub lists no pull request in the workflow_run of a fork', () => {
    expect(eventOf('workflow_run').payload['workflow_run']).toMatchObject({ pull_requests: [{ number: 7 }] })
    expect(eventOf('workflow_run', { fork: true }).payload['workflow_run']).toMatchObject({ pull_requests: [] })
  })

  test.each<[EventName, EventOptions, string, string]>([
    ['push', {}, 'refs/heads/main', 'main'],
    ['push', { tag: 'v2' }, 'refs/tags/v2', 'v2'],
    ['release', {}, 'refs/tags/v1.0.0', 'v1.0.0'],
    ['pull_request', { pullRequest: 12 }, 'refs/pull/12/merge', '12/merge'],
    ['pull_request_target', {}, 'refs/heads/main', 'main']
  ])('%s %j runs on %s', (name, options, ref, refName) => {
    expect(variables(name, options)).toMatchObject({ GITHUB_REF: ref, GITHUB_REF_NAME: refName })
  })

  test('a pull request runs on its merge commit, not on its head', () => {
    const pull = eventOf('pull_request')
    expect(pull.sha).not.toBe((pull.payload['pull_request'] as { head: { sha: string } }).head.sha)
    expect(pull.sha).toMatch(/^[0-9a-f]{40}$/)
  })
})

function idsOf(pull: unknown): Set<number> {
  const { head, base } = pull as Record<'head' | 'base', { repo: { id: number } }>
  return new Set([head.repo.id, base.repo.id])
}
