import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Log } from 'sarif'
import { tellCodeScanning } from '../../../src/flows/tell/tell-code-scanning.ts'
import type { JudgedImage } from '../../../src/render/outcome.ts'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'
import { type TestRepository, testRepository } from '../../fixtures/github.ts'
import { aFailedImage, anImage, aScan, aVulnerability, imageFindings, runFacts } from '../../fixtures/outcome.ts'
import { aSetting } from '../../fixtures/setting.ts'

let github: GitHubStandIn
let repository: TestRepository
let directory: string
beforeAll(async () => {
  github = await startGitHub()
  directory = await mkdtemp(join(tmpdir(), 'imgguard-sarif-'))
})
beforeEach(async () => {
  repository = testRepository(github)
  await repository.set({ pendingLooks: 0 })
})
afterAll(async () => {
  await rm(directory, { recursive: true })
  await github.close()
})

const EMPTY = anImage({ platforms: [aScan({ result: { complete: true, report: { packages: {}, findings: [] } } })] })
const LEFT_ALONE =
  'Nothing was recognised in ghcr.io/acme/app (linux/amd64): its code-scanning alerts are left as they are.'

/** An image with so many findings on each platform. */
function imageOn(platforms: readonly string[], findings = 1): JudgedImage {
  const found = Array.from({ length: findings }, (_, index) => aVulnerability({ id: `CVE-2024-${index}` }))
  return aFailedImage([], imageFindings(found, platforms))
}

async function tell(images: readonly JudgedImage[], inputs: Readonly<Record<string, string>> = {}) {
  await using test = await aSetting({ inputs })
  const { published } = await tellCodeScanning(test.setting, repository.client, images, runFacts(), directory)
  return { published, said: test.said }
}

/** The last steps of the categories of the newest upload, with the number of results. */
async function uploaded(): Promise<string[]> {
  const { uploads, invalid } = await repository.state()
  expect(invalid).toEqual([])
  const runs = (uploads.at(-1)?.sarif as Log | undefined)?.runs ?? []
  return runs.map(run => `${run.automationDetails?.id?.split('/').at(-2)} ${run.results?.length}`)
}

async function timesAsked(): Promise<number> {
  return (await repository.state()).requests.filter(({ path }) => path.includes('/analyses')).length
}

describe('an image in which nothing is recognised', () => {
  test('is uploaded while that closes nothing', async () => {
    for (const _ of [1, 2]) expect((await tell([EMPTY])).published.state).toBe('published')
    expect(await uploaded()).toEqual(['linux-amd64 0'])
    expect((await repository.state()).uploads).toHaveLength(2)
  })

  test('is left alone when it had alerts', async () => {
    await tell([imageOn(['linux/amd64'])])
    expect(await tell([EMPTY])).toEqual({
      published: { state: 'skipped', reason: 'no platform was both wholly scanned and recognised' },
      said: [LEFT_ALONE]
    })
  })

  test.each([403, 404, 500])('is left alone when GitHub does not tell: %d', async status => {
    await repository.fail({ path: '/analyses', status })
    expect((await tell([EMPTY])).said).toEqual([LEFT_ALONE])
  })
})

describe('a platform that is gone', () => {
  const [two, three] = [
    ['linux/amd64', 'linux/arm64'],
    ['linux/amd64', 'linux/arm64', 'linux/s390x']
  ] as const

  test('gets one empty run, and it is said', async () => {
    await tell([imageOn(three)])
    const { said } = await tell([imageOn(two)])
    expect(said).toEqual([
      'ghcr.io/acme/app has no linux-s390x any more: an empty upload closes its code-scanning alerts.'
    ])
    expect(await uploaded()).toEqual(['linux-amd64 1', 'linux-arm64 1', 'linux-s390x 0'])
    expect((await tell([imageOn(two)])).said).toEqual([])
    expect(await uploaded()).toEqual(['linux-amd64 1', 'linux-arm64 1'])
    expect(await timesAsked()).toBe(3)
  })

  test('is not one that `platforms` leaves out', async () => {
    await tell([imageOn(three)])
    const inputs = { platforms: 'linux/amd64' }
    await tell([imageOn(['linux/amd64'])], inputs)
    expect(await uploaded()).toEqual(['linux-amd64 1'])
    await tell([{ ...imageOn(['linux/amd64']), platformsLeftOut: ['linux/arm64'] }], inputs)
    expect(await uploaded()).toEqual(['linux-amd64 1', 'linux-s390x 0'])
  })

  test('is left as it is when GitHub does not tell', async () => {
    await tell([imageOn(three)])
    await repository.fail({ path: '/analyses', status: 403 })
    expect(await tell([imageOn(two)])).toMatchObject({ published: { state: 'published' }, said: [] })
    expect(await uploaded()).toEqual(['linux-amd64 1', 'linux-arm64 1'])
  })
})

test('GitHub is not asked for one platform that is recognised, nor where nothing is uploaded', async () => {
  await tell([imageOn(['linux/amd64'])])
  await tell([EMPTY], { 'code-scanning': 'never' })
  expect(await timesAsked()).toBe(0)
})

test('what GitHub finds too large is uploaded with half of the results, then a quarter, and that is said', async () => {
  await repository.fail({ method: 'POST', path: '/sarifs', status: 413, times: 2 })
  const { published, said } = await tell([imageOn(['linux/amd64'], 10)])
  expect(published.state).toBe('published')
  expect(await uploaded()).toEqual(['linux-amd64 3'])
  expect(said).toEqual(
    [5, 2].map(
      count =>
        `notice: GitHub finds the SARIF upload too large: it is tried again without the ${count} least severe results.`
    )
  )
})
