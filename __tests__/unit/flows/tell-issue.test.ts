import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Setting } from '../../../src/flows/setting.ts'
import { tellIssue } from '../../../src/flows/tell/tell-issue.ts'
import type { ImageOutcome } from '../../../src/render/outcome.ts'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'
import { type TestRepository, testRepository } from '../../fixtures/github.ts'
import { aFailedImage, anImage, aVulnerability, runFacts } from '../../fixtures/outcome.ts'
import { aSetting, type SettingOptions } from '../../fixtures/setting.ts'

let github: GitHubStandIn
let repository: TestRepository
beforeAll(async () => {
  github = await startGitHub()
})
beforeEach(() => {
  repository = testRepository(github)
})
afterAll(() => github.close())

const red = aFailedImage([aVulnerability({ severity: 'critical' })])
const worker = { name: 'ghcr.io/acme/worker' }

async function tell(
  images: readonly ImageOutcome[],
  options: SettingOptions = {},
  of: Partial<Setting['context']> = {}
) {
  await using test = await aSetting({ ...options, inputs: { issue: 'on-failure', ...options.inputs } })
  const setting = { ...test.setting, context: { ...test.setting.context, ...of } }
  return tellIssue(setting, repository.client, images, runFacts())
}

const issues = async () => (await repository.state()).issues.map(({ state, title }) => `${state}: ${title}`)

test('each image has an issue of its own, and images of one name share one', async () => {
  const published = await tell([anImage(), { ...red, ...worker }, red])
  expect(published).toMatchObject({ state: 'published', id: '101' })
  const both = [
    'open: imgguard: ghcr.io/acme/app fails: 1 critical',
    'open: imgguard: ghcr.io/acme/worker fails: 1 critical'
  ]
  expect(await issues()).toEqual(both)
  await tell([anImage(), anImage(worker)], {}, { runAttempt: 3 })
  expect(await issues()).toEqual(both.map(line => line.replace('open', 'closed')))
})

test('says nothing when everything passes and always did', async () => {
  expect(await tell([anImage()])).toBeUndefined()
  expect(await issues()).toEqual([])
})

test.each<[string, SettingOptions]>([
  ['issue: never', { inputs: { issue: 'never' } }],
  ['a pull request', { event: 'pull_request' }]
])('is not asked to with %s', async (_, options) => {
  expect(await tell([red], options)).toBeUndefined()
  expect((await repository.state()).requests).toEqual([])
})

test('an issue outlives a new platform, and legs of a matrix have one each', async () => {
  const arm = { ...red, platforms: red.platforms.map(scan => ({ ...scan, platform: 'linux/arm64' })) }
  await tell([red])
  await tell([arm], {}, { runAttempt: 3 })
  expect(await issues()).toHaveLength(1)
  await tell([arm], { inputs: { platforms: 'linux/arm64' } })
  await tell([red], { inputs: { 'comment-key': 'edge' } })
  expect(await issues()).toHaveLength(3)
})

test('a scan that did not complete does not open again what somebody has closed', async () => {
  await tell([red])
  await repository.client.updateIssue(101, { state: 'completed' })
  const incomplete = aFailedImage([], { verdict: { result: 'incomplete', reasons: ['no answer'] } })
  expect(await tell([incomplete], {}, { runAttempt: 3 })).toMatchObject({ state: 'skipped' })
  expect(await issues()).toEqual(['closed: imgguard: ghcr.io/acme/app fails: 1 critical'])
})

test('of several images the one that could not be told is told of', async () => {
  await repository.fail({ method: 'POST', path: '/issues', status: 403, times: 1 })
  expect(await tell([red, { ...red, ...worker }])).toMatchObject({
    state: 'skipped',
    remedy: 'permissions:\n  issues: write'
  })
  expect(await issues()).toEqual(['open: imgguard: ghcr.io/acme/worker fails: 1 critical'])
})

const skipped: ImageOutcome['signing'] = { state: 'skipped', reason: 'sign is never', later: false }
const gone = anImage({ signing: skipped, signatureCheck: { state: 'gone', reason: 'r' } })

test('a signature that is gone opens an issue, and one that is back closes it', async () => {
  await tell([gone])
  expect(await issues()).toEqual(['open: imgguard: ghcr.io/acme/app fails: signature is gone'])
  await tell([anImage({ signing: skipped, signatureCheck: { state: 'good', signer: 'key x' } })], {}, { runAttempt: 3 })
  expect(await issues()).toEqual(['closed: imgguard: ghcr.io/acme/app fails: signature is gone'])
})

test('somebody who has closed an issue is called back by a signature that is gone, not by a registry that was away', async () => {
  await tell([red])
  await repository.client.updateIssue(101, { state: 'completed' })
  const unreachable = anImage({ signing: skipped, signatureCheck: { state: 'unreachable', reason: 'no answer' } })
  await tell([unreachable], {}, { runAttempt: 3 })
  expect(await issues()).toEqual(['closed: imgguard: ghcr.io/acme/app fails: 1 critical'])
  await tell([gone], {}, { runAttempt: 4 })
  expect(await issues()).toEqual(['open: imgguard: ghcr.io/acme/app fails: signature is gone'])
})
