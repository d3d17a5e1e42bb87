import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readDismissed } from '../../../src/flows/judge/dismissed.ts'
import type { PlantedAlert } from '../../../world/github/controls.ts'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'
import { testRepository } from '../../fixtures/github.ts'
import { aSetting, type SettingOptions } from '../../fixtures/setting.ts'

const IMAGES = [{ name: 'ghcr.io/acme/app', platforms: ['linux/amd64'] }]
const ACCEPT = { 'accept-dismissed': 'true' }

let github: GitHubStandIn
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github.close())

const anAlert = (overrides: Partial<PlantedAlert> = {}): PlantedAlert => ({
  rule: 'CVE-2023-5678/debian/openssl',
  category: 'imgguard/ci.yml/image/ghcr.io/acme/app/linux-amd64',
  dismissed: { by: 'hubot', at: '2026-11-01T00:00:00Z', reason: "won't fix", comment: 'not reachable' },
  ...overrides
})

async function read(
  alerts: readonly PlantedAlert[],
  options: SettingOptions = {},
  repository = testRepository(github)
) {
  await using made = await aSetting({ inputs: ACCEPT, ...options })
  await repository.alert(...alerts)
  const result = await readDismissed(made.setting, repository.client, IMAGES)
  const { requests, invalid } = await repository.state()
  expect(invalid).toEqual([])
  return { ...result, requests: requests.map(({ path }) => path) }
}

test('nobody is asked unless accept-dismissed is given', async () => {
  expect(await read([anAlert()], { inputs: {} })).toEqual({ risks: [], skipped: [], requests: [] })
})

test('what is dismissed on the default branch is accepted', async () => {
  const { risks, skipped } = await read([anAlert({ number: 3 })])
  expect(risks).toMatchObject([
    {
      id: 'CVE-2023-5678',
      reason: "dismissed as won't fix by hubot: not reachable",
      alert: { package: 'openssl', url: 'https://github.com/acme/app/security/code-scanning/3' }
    }
  ])
  expect(skipped).toEqual([])
})

test.each<[string, Partial<PlantedAlert>]>([
  ['elsewhere', { ref: 'refs/pull/7/merge' }],
  ['of another tool', { tool: 'Trivy' }],
  ['by a bot', { dismissed: { by: 'renovate[bot]', at: '2026-11-01T00:00:00Z', reason: "won't fix" } }],
  ['for another reason', { dismissed: { by: 'hubot', at: '2026-11-01T00:00:00Z', reason: 'used in tests' } }]
])('what is dismissed %s is not', async (_, alert) => {
  expect(await read([anAlert(alert)])).toMatchObject({ risks: [], skipped: [] })
})

test('what is open or fixed is not', async () => {
  const { dismissed: _, ...open } = anAlert()
  expect(await read([open, { ...open, state: 'fixed' }])).toMatchObject({ risks: [], skipped: [] })
})

test("the pull request's author cannot accept anything", async () => {
  const event = 'pull_request'
  const by = (login: string) =>
    anAlert({ dismissed: { by: login, at: '2026-11-01T00:00:00Z', reason: 'false positive' } })
  expect((await read([by('octocat')], { event })).risks).toEqual([])
  expect((await read([by('hubot')], { event })).risks).toHaveLength(1)
})

test('where the author is not known nothing is accepted', async () => {
  const payload = { issue: { number: 12, pull_request: {} }, repository: { id: 4711 } }
  const { risks, skipped, requests } = await read([anAlert()], { event: 'issue_comment', payload })
  expect([risks, requests]).toEqual([[], []])
  expect(skipped).toMatchObject([{ what: 'dismissed alerts', reason: expect.stringMatching('issue_comment does not') }])
})

test('all pages are read', async () => {
  const alerts = Array.from({ length: 101 }, (_, i) => anAlert({ rule: `CVE-${i}/debian/openssl`, number: i + 1 }))
  expect((await read(alerts)).risks).toHaveLength(101)
})

describe('nothing is accepted', () => {
  test.each([
    [403, 'the token lacks the permission "security-events: read"', 'permissions:\n  security-events: read'],
    [404, 'GitHub shows this token nothing', 'permissions:\n  contents: read\n  security-events: read'],
    [503, 'GitHub is not available', undefined]
  ])('when GitHub answers %i, and why is said', async (status, reason, remedy) => {
    const repository = testRepository(github)
    await repository.fail({ path: '/alerts', status })
    const { risks, skipped } = await read([anAlert()], {}, repository)
    expect(risks).toEqual([])
    expect(skipped).toHaveLength(1)
    expect(skipped[0]?.reason).toMatch(reason)
    expect(skipped[0]?.remedy).toBe(remedy)
  })

  test('before the first upload, which is no news', async () => {
    expect(await read([])).toMatchObject({ risks: [], skipped: [] })
  })

  test('without a token', async () => {
    await using made = await aSetting({ inputs: ACCEPT })
    const reason = 'github-token is empty'
    expect(await readDismissed(made.setting, undefined, IMAGES)).toMatchObject({ risks: [], skipped: [{ reason }] })
  })
})
