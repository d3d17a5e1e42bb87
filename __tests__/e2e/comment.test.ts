import { describe, expect, test } from '@jest/globals'
import { commentKey, renderMarker } from '../../src/publish/marker.ts'
import { SHA } from '../../world/runner/payloads.ts'
import { githubRequests, githubState, plantComment } from './helpers/github.ts'
import { stepAnywhere, stepIn } from './helpers/judgement.ts'
import { crane, freshImage, freshRepository, world } from './helpers/world.ts'

const RUN = '2000000000'
const EARLIER_RUN = '1999999999'
const LATER_RUN = '2000000001'

/** Requests that write comments. */
async function writes(repository: string): Promise<string[]> {
  const requests = await githubRequests(repository)
  return requests
    .filter(({ method, path }) => method !== 'GET' && path.includes('/comments'))
    .map(({ method }) => method)
}

/** A pull request's run with the given id, whose every comment has one and the same link to it. */
async function runOnPullRequest(repository: string, runId: string, inputs: Readonly<Record<string, string>>) {
  return stepIn(repository, {
    event: 'pull_request',
    env: { GITHUB_RUN_ID: runId },
    inputs: { 'code-scanning': 'never', ...inputs }
  })
}

describe('the comment of a pull request', () => {
  const repository = freshRepository()
  const [name = ''] = `${world().registry}/test/comment-${repository.slice(-12)}`.split('@')
  let image = ''

  test('is made once, and never in the place of one that somebody else marked as ours', async () => {
    const vulnerable = await freshImage('vulnerable')
    await crane('copy', vulnerable, `${name}:latest`)
    image = `${name}@${vulnerable.split('@')[1]}`
    const subject = { workflowFile: '.github/workflows/build.yml', job: 'build', images: [name] }
    const marker = renderMarker({
      key: commentKey({ ...subject, commentKey: 'linux/amd64' }),
      run: { id: 1, attempt: 1, sha: SHA.main }
    })
    await plantComment(repository, 7, 'mallory', `${marker}\nAll is well.`)

    const { exitCode, outputs } = await runOnPullRequest(repository, RUN, { image, comment: 'on-failure' })
    const { comments } = await githubState(repository)
    expect(exitCode).toBe(1)
    expect(comments.map(({ author }) => author)).toEqual(['mallory', 'github-actions[bot]'])
    expect(comments[0]?.body).toBe(`${marker}\nAll is well.`)
    expect(comments[1]?.body).toMatch(
      /^<!-- imgguard v1 key=\w{16} run=2000000000 attempt=1 sha=\w{40} state=fail -->\n### ❌ imgguard: 1 fixable critical vulnerability and 2 critical secrets, not signed\n/
    )
    expect(comments[1]?.body.startsWith(marker.slice(0, marker.indexOf(' run=')))).toBe(true)
    expect(outputs['comment-url']).toContain(`/${repository}/pull/7#issuecomment-${comments[1]?.id}`)
  })

  test('is not sent again when it would say the same', async () => {
    const before = await writes(repository)
    const { outputs } = await runOnPullRequest(repository, RUN, { image })
    expect(await writes(repository)).toEqual(before)
    expect(outputs['comment-url']).toContain('#issuecomment-')
  })

  test('stands beside that of another matrix leg', async () => {
    await runOnPullRequest(repository, RUN, { image, 'comment-key': 'node-22' })
    const { comments } = await githubState(repository)
    const keys = comments.slice(1).map(({ body }) => /key=(\w+)/.exec(body)?.[1])
    expect(new Set(keys).size).toBe(2)
    expect(comments).toHaveLength(3)
  })

  test('says in the same place that all is well, once it is', async () => {
    const clean = await freshImage('clean')
    await crane('copy', clean, `${name}:latest`)
    await runOnPullRequest(repository, LATER_RUN, { image: `${name}@${clean.split('@')[1]}`, comment: 'on-failure' })
    const { comments } = await githubState(repository)
    expect(comments).toHaveLength(3)
    expect(comments[1]?.body).toMatch(
      /^### ✅ imgguard: all clear, was ❌ at `\w{7}`: no findings, will be signed after the merge$/m
    )
    expect(comments[1]?.body).not.toContain('CVE-')
    expect(comments[2]?.body).toContain('❌')
  })

  test('is not overwritten by a run that was started earlier, which says so', async () => {
    const before = (await githubState(repository)).comments
    const { exitCode, summary, outputs } = await runOnPullRequest(repository, EARLIER_RUN, { image })
    expect((await githubState(repository)).comments).toEqual(before)
    expect(exitCode).toBe(1)
    expect(outputs['comment-url']).toBe('')
    expect(summary).toContain('a newer run has already commented')
  })
})

describe.each([
  { comment: 'on-change', image: 'clean', made: 0 },
  { comment: 'always', image: 'clean', made: 1 },
  { comment: 'on-failure', image: 'eol', made: 0 },
  { comment: 'never', image: 'vulnerable', made: 0 }
] as const)('comment: $comment', ({ comment, image, made }) => {
  test(`makes ${made === 0 ? 'none' : 'one'} for the image "${image}"`, async () => {
    const { repository, exitCode } = await stepAnywhere({
      event: 'pull_request',
      inputs: { image: await freshImage(image), comment, 'code-scanning': 'never' }
    })
    expect((await githubState(repository)).comments).toHaveLength(made)
    expect(exitCode).toBe(image === 'vulnerable' ? 1 : 0)
    if (comment === 'never') expect(await githubRequests(repository)).toEqual([])
  })
})
