import { describe, expect, test } from '@jest/globals'
import { SHA } from '../../world/runner/payloads.ts'
import { cosignVerify } from './helpers/cosign.ts'
import { expectNothingAdded } from './helpers/expectations.ts'
import { githubRequests, githubState } from './helpers/github.ts'
import { stepAnywhere } from './helpers/judgement.ts'
import { type E2eStep, freshImage, keyInputs } from './helpers/world.ts'

/** An event, and what GitHub gets to hear on it. */
interface Row extends Pick<E2eStep, 'event' | 'eventOptions' | 'env' | 'inputs'> {
  readonly name: string
  /** Ref and SHA of the upload to code scanning; absent: there is none. */
  readonly upload?: readonly [ref: string, sha: string]
  /** Number of the pull request that gets a comment, and what stands in it; absent: there is none. */
  readonly comment?: readonly [pullRequest: number, text: string]
}

const MAIN = ['refs/heads/main', SHA.main] as const
const MERGE = ['refs/pull/7/merge', SHA.merge] as const
const HEAD = ['refs/pull/7/head', SHA.head] as const
const QUEUE = `refs/heads/gh-readonly-queue/main/pr-7-${SHA.base}`

/** An image that passes and has findings to tell, on the given event. */
async function run({ event, eventOptions, env, inputs }: Row, keyed: boolean) {
  const image = await freshImage('eol')
  const signing = { 'transparency-log': 'false', 'signature-format': 'bundle' }
  const key = keyed ? { ...(await keyInputs()), ...signing } : {}
  const result = await stepAnywhere({
    ...(event === undefined ? {} : { event }),
    ...(eventOptions === undefined ? {} : { eventOptions }),
    ...(env === undefined ? {} : { env }),
    inputs: { ...key, ...inputs, image }
  })
  return { image, ...result }
}

async function expectTold({ upload, comment }: Row, repository: string): Promise<void> {
  const { uploads, comments } = await githubState(repository)
  expect(uploads.map(({ ref, commitSha }) => [ref, commitSha])).toEqual(upload === undefined ? [] : [upload])
  expect(comments.map(({ issueNumber }) => issueNumber)).toEqual(comment === undefined ? [] : [comment[0]])
  if (comment !== undefined) expect(comments[0]?.body).toContain(comment[1])
}

const SIGNING: readonly Row[] = [
  { name: 'a push to a branch', event: 'push', upload: MAIN },
  { name: 'a push of a tag', event: 'push', eventOptions: { tag: 'v2' }, upload: ['refs/tags/v2', SHA.main] },
  { name: 'a release', event: 'release', upload: ['refs/tags/v1.0.0', SHA.main] },
  { name: 'a run started by hand', event: 'workflow_dispatch', upload: MAIN },
  { name: 'a schedule that sign-on names', event: 'schedule', inputs: { 'sign-on': 'push, schedule' }, upload: MAIN },
  {
    name: 'a pull request of the repository itself when sign-on names it',
    event: 'pull_request',
    inputs: { 'sign-on': 'pull_request' },
    upload: MERGE,
    comment: [7, 'signed and verified']
  }
]

describe.each(SIGNING)('$name', row => {
  test('signs, and files alerts where they belong', async () => {
    const { image, repository, exitCode, outputs } = await run(row, true)
    expect(exitCode).toBe(0)
    expect(outputs).toMatchObject({ verdict: 'pass', signed: 'true', verified: 'true' })
    const [signature] = await cosignVerify(image)
    expect(signature?.annotations).toMatchObject({ event: row.event, ref: row.upload?.[0] })
    await expectTold(row, repository)
  })
})

/** Rows whose step gets the key, as by mistake, and must not use it. */
const NOT_SIGNING: readonly (Row & { readonly reason: string })[] = [
  { name: 'a schedule', event: 'schedule', upload: MAIN, reason: 'schedule is not in sign-on' },
  { name: 'the merge queue', event: 'merge_group', reason: 'merge_group is not in sign-on' },
  {
    name: "a push to the merge queue's branch",
    event: 'push',
    env: { GITHUB_REF: QUEUE },
    reason: 'merge_group is not in sign-on'
  },
  {
    name: 'a pull request of the repository itself',
    event: 'pull_request',
    upload: MERGE,
    comment: [7, 'none of which fails the gate, will be signed after the merge'],
    reason: 'pull_request is not in sign-on'
  },
  {
    name: 'a pull request from a fork, although sign-on names the event',
    event: 'pull_request',
    eventOptions: { fork: true, pullRequest: 12 },
    inputs: { 'sign-on': 'push, pull_request' },
    upload: ['refs/pull/12/merge', SHA.merge],
    comment: [12, 'a pull request from a fork is never signed'],
    reason: 'a pull request from a fork is never signed'
  },
  {
    name: 'pull_request_target',
    event: 'pull_request_target',
    eventOptions: { fork: true },
    upload: HEAD,
    comment: [7, 'is never signed'],
    reason: 'pull_request_target is never signed'
  },
  {
    name: 'a workflow_run for a pull request',
    event: 'workflow_run',
    upload: HEAD,
    comment: [7, 'is never signed'],
    reason: 'workflow_run is never signed'
  },
  {
    name: 'an issue_comment, whose payload names no commit',
    event: 'issue_comment',
    comment: [7, 'is never signed'],
    reason: 'issue_comment is never signed'
  },
  {
    name: 'an event that nobody thought of',
    event: 'workflow_dispatch',
    env: { GITHUB_EVENT_NAME: 'deployment' },
    reason: 'deployment is never signed'
  }
]

describe.each(NOT_SIGNING)('$name', row => {
  test('with the key at hand, signs nothing, says so, and files alerts nowhere else', async () => {
    const { image, repository, exitCode, outputs } = await run(row, true)
    expect(exitCode).toBe(0)
    expect(outputs).toMatchObject({ verdict: 'pass', signed: 'false', verified: 'false', 'key-fingerprint': '' })
    expect(outputs['results']).toContain(row.reason)
    await expectNothingAdded(image)
    await expectTold(row, repository)
  })
})

test('a pull request by Dependabot, which gets no key, is told so and stays green though sign-on names it', async () => {
  const row: Row = {
    name: '',
    event: 'pull_request',
    eventOptions: { actor: 'dependabot[bot]' },
    inputs: { 'sign-on': 'push, pull_request' },
    upload: MERGE,
    comment: [7, 'the key is not among the secrets for Dependabot']
  }
  const { image, repository, exitCode } = await run(row, false)
  expect(exitCode).toBe(0)
  await expectNothingAdded(image)
  await expectTold(row, repository)
})

test('a push without a key is an error before anything is done, and names input and secret', async () => {
  const { image, repository, exitCode, annotations } = await run({ name: '', event: 'push' }, false)
  expect(exitCode).toBe(1)
  expect(annotations.map(({ message }) => message)).toEqual([expect.stringMatching(/^cosign-key is empty.*secrets\./)])
  await expectNothingAdded(image)
  expect(await githubRequests(repository)).toEqual([])
})
