import { describe, expect, test } from '@jest/globals'
import { type Abilities, abilities, type SigningWishes } from '../../../src/github/abilities.ts'
import { readContext } from '../../../src/github/context.ts'
import { FORK, HEAD_SHA, pullRequest, pullRequestPayload, pushPayload, runnerEnv, SHA } from '../../fixtures/events.ts'

const DEFAULT: SigningWishes = { signOn: ['push', 'release', 'workflow_dispatch'], sign: 'passing', hasKey: true }
/** `sign-on` as somebody might set it who wants everything signed. */
const EVERYTHING = [
  'push',
  'release',
  'workflow_dispatch',
  'schedule',
  'merge_group',
  'pull_request',
  'pull_request_target',
  'workflow_run',
  'issue_comment',
  'repository_dispatch',
  'pull_request_review'
]

const DEPENDABOT = { GITHUB_ACTOR: 'dependabot[bot]' }
const MERGE = { GITHUB_REF: 'refs/pull/7/merge' }
const QUEUE = { GITHUB_REF: 'refs/heads/gh-readonly-queue/main/pr-7-0123456789' }
const fromFork = pullRequestPayload({ pull_request: pullRequest({ repo: FORK }) })
const run = { workflow_run: { head_sha: HEAD_SHA, pull_requests: [pullRequest()] } }
const comment = { issue: { number: 7, pull_request: {} } }

/** Every way in which a step can be started. */
const SITUATIONS: Record<string, { event: string; payload: unknown; env?: Record<string, string> }> = {
  push: { event: 'push', payload: pushPayload() },
  tag: { event: 'push', payload: pushPayload(), env: { GITHUB_REF: 'refs/tags/v1' } },
  release: { event: 'release', payload: {}, env: { GITHUB_REF: 'refs/tags/v1' } },
  dispatch: { event: 'workflow_dispatch', payload: {} },
  schedule: { event: 'schedule', payload: { schedule: '0 4 * * *' } },
  'merge group': { event: 'merge_group', payload: {}, env: QUEUE },
  'push to the queue': { event: 'push', payload: pushPayload(), env: QUEUE },
  'pull request': { event: 'pull_request', payload: pullRequestPayload(), env: MERGE },
  fork: { event: 'pull_request', payload: fromFork, env: MERGE },
  'dependabot pull request': { event: 'pull_request', payload: pullRequestPayload(), env: { ...MERGE, ...DEPENDABOT } },
  'dependabot push': { event: 'push', payload: pushPayload(), env: DEPENDABOT },
  pull_request_target: { event: 'pull_request_target', payload: pullRequestPayload() },
  'pull_request_target of a fork': { event: 'pull_request_target', payload: fromFork },
  workflow_run: { event: 'workflow_run', payload: run },
  'workflow_run of a fork': { event: 'workflow_run', payload: { workflow_run: { pull_requests: [] } } },
  issue_comment: { event: 'issue_comment', payload: comment },
  review: { event: 'pull_request_review', payload: pullRequestPayload(), env: MERGE },
  repository_dispatch: { event: 'repository_dispatch', payload: {} }
}

function of(situation: string, wishes: Partial<SigningWishes> = {}): Abilities {
  const { event, payload, env } = SITUATIONS[situation] ?? { event: '', payload: {} }
  return abilities(readContext(runnerEnv({ GITHUB_EVENT_NAME: event, ...env }), payload), { ...DEFAULT, ...wishes })
}

const reasonOf = (ability: Abilities['sign']) => (ability.allowed ? '' : ability.reason)
const HEAD = `refs/pull/7/head ${HEAD_SHA}`

test('an issue is kept on runs for what is released, and on no other', () => {
  const keeping = Object.keys(SITUATIONS).filter(situation => of(situation, { hasKey: false }).issue.allowed)
  expect(keeping).toEqual(['push', 'tag', 'release', 'dispatch', 'schedule'])
  expect(of('pull request').issue).toEqual({ allowed: false, reason: 'no issue is kept on pull_request' })
})

describe.each([
  // situation, signs by default, signs where sign-on has everything, promotes, comments on, files alerts under, writes caches
  ['push', true, true, true, false, `refs/heads/main ${SHA}`, true],
  ['tag', true, true, true, false, `refs/tags/v1 ${SHA}`, true],
  ['release', true, true, true, false, `refs/tags/v1 ${SHA}`, true],
  ['dispatch', true, true, true, false, `refs/heads/main ${SHA}`, true],
  ['schedule', false, true, false, false, `refs/heads/main ${SHA}`, true],
  ['merge group', false, true, false, false, '', false],
  ['push to the queue', false, true, false, false, '', false],
  ['pull request', false, true, false, true, `refs/pull/7/merge ${SHA}`, false],
  ['fork', false, false, false, true, `refs/pull/7/merge ${SHA}`, false],
  ['pull_request_target', false, false, false, true, HEAD, false],
  ['pull_request_target of a fork', false, false, false, true, HEAD, false],
  ['workflow_run', false, false, false, true, HEAD, false],
  ['workflow_run of a fork', false, false, false, false, '', false],
  ['issue_comment', false, false, false, true, '', false],
  ['review', false, false, false, true, HEAD, false],
  ['repository_dispatch', false, false, false, false, '', false]
])('%s', (situation, signs, signsIfAsked, promotes, comments, alerts, writes) => {
  test('may do what the table says', () => {
    const { sign, promote, comment: commenting, codeScanning, writeCaches } = of(situation)
    expect([sign.allowed, promote.allowed, writeCaches.allowed]).toEqual([signs, promotes, writes])
    expect(commenting.allowed && commenting.pullRequest).toBe(comments && 7)
    expect(codeScanning.allowed ? `${codeScanning.ref} ${codeScanning.sha}` : '').toBe(alerts)
  })

  test('signs where sign-on has every event, if ever', () => {
    expect(of(situation, { signOn: EVERYTHING }).sign.allowed).toBe(signsIfAsked)
  })

  test('is an error without a key exactly where it should sign', () => {
    expect(of(situation, { hasKey: false }).missingKey).toBe(signs)
    expect(of(situation, { hasKey: false, signOn: EVERYTHING }).missingKey).toBe(signsIfAsked)
    expect(of(situation).missingKey).toBe(false)
  })

  test('needs no key and does not sign with sign: never', () => {
    const { sign, missingKey } = of(situation, { sign: 'never', hasKey: false, signOn: EVERYTHING })
    expect(sign).toEqual({ allowed: false, reason: 'sign is never' })
    expect(missingKey).toBe(false)
  })
})

describe('Dependabot', () => {
  test.each(['dependabot pull request', 'dependabot push'])(
    'without the key: %s is not signed, and says why',
    situation => {
      const { sign, promote, writeCaches, missingKey } = of(situation, { hasKey: false, signOn: EVERYTHING })
      expect(reasonOf(sign)).toBe('Dependabot started this run, and the key is not among the secrets for Dependabot')
      expect([promote.allowed, writeCaches.allowed, missingKey]).toEqual([false, false, false])
    }
  )

  test('without the key: the comment and the alerts are tried', () => {
    const { comment: commenting, codeScanning } = of('dependabot pull request', { hasKey: false })
    expect(commenting).toEqual({ allowed: true, pullRequest: 7 })
    expect(codeScanning).toEqual({ allowed: true, ref: 'refs/pull/7/merge', sha: SHA })
  })

  test('with the key is like anybody else', () => {
    expect(of('dependabot push')).toEqual(of('push'))
    expect(of('dependabot pull request')).toEqual(of('pull request'))
  })
})

describe('the reason for not signing', () => {
  test.each(['pull request', 'merge group'])('of a %s says that it will be, after the merge', situation => {
    const { sign } = of(situation)
    expect(sign).toMatchObject({ allowed: false, later: true })
  })

  test('does not promise it where no later event signs', () => {
    expect(of('pull request', { signOn: [] }).sign).toEqual({
      allowed: false,
      reason: 'pull_request is not in sign-on (which is empty)',
      later: false
    })
  })

  test('of a schedule gives the line to write', () => {
    expect(of('schedule').sign).toEqual({
      allowed: false,
      reason: 'schedule is not in sign-on (push, release, workflow_dispatch)',
      remedy: 'sign-on: push, release, workflow_dispatch, schedule'
    })
  })

  test.each([
    ['fork', 'a pull request from a fork is never signed: it has no secrets, and nobody has reviewed it yet'],
    [
      'pull_request_target',
      'pull_request_target is never signed: it can run with secrets for code that nobody has reviewed'
    ],
    ['issue_comment', 'issue_comment is never signed: it can run with secrets for code that nobody has reviewed']
  ])('of %s', (situation, reason) => {
    expect(of(situation, { signOn: EVERYTHING }).sign).toEqual({ allowed: false, reason })
  })
})

test('nothing is done for a branch that a push deleted', () => {
  const context = readContext(runnerEnv(), pushPayload({ deleted: true }))
  const { sign, promote, codeScanning, missingKey } = abilities(context, { ...DEFAULT, hasKey: false })
  for (const ability of [sign, promote, codeScanning]) {
    expect(ability).toEqual({ allowed: false, reason: 'the push deleted its branch or tag' })
  }
  expect(missingKey).toBe(false)
})

test('a closed pull request gets no alerts', () => {
  const env = runnerEnv({ GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/heads/main' })
  const context = readContext(env, pullRequestPayload({ action: 'closed' }))
  expect(abilities(context, DEFAULT).codeScanning).toEqual({ allowed: false, reason: 'the pull request is closed' })
})

test('a run without a usable ref gets no alerts', () => {
  const context = readContext(runnerEnv({ GITHUB_REF: '' }), pushPayload())
  expect(abilities(context, DEFAULT).codeScanning.allowed).toBe(false)
})
