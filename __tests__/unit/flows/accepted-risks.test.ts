import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readAcceptedRisks } from '../../../src/flows/judge/accepted-risks.ts'
import { type GitHubStandIn, startGitHub } from '../../../world/github/server.ts'
import { pullRequest } from '../../fixtures/events.ts'
import { type TestRepository, testRepository } from '../../fixtures/github.ts'
import { aSetting, type SettingOptions } from '../../fixtures/setting.ts'

const BASE = 'c'.repeat(40)
const VEX = JSON.stringify({ '@context': 'https://openvex.dev/ns/v0.2.0', statements: [] })
const OTHER_VEX = JSON.stringify({ '@context': 'https://openvex.dev/ns/v0.2.0', statements: [{}] })
const SIGNING = { 'sign-on': 'pull_request' }
const NONE = { risks: [], vexFiles: new Map(), vexByPullRequest: [], skipped: [] }

let github: GitHubStandIn
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github.close())

/** Reads what counts with `files` in the workspace and, on a pull request, `base` in its base commit. */
async function read(options: SettingOptions, base?: Record<string, string>, repository = testRepository(github)) {
  await using made = await aSetting(options)
  if (base !== undefined) await repository.hold(BASE, base)
  const result = await readAcceptedRisks(made.setting, repository.client)
  const vex = await Promise.all([...result.vexFiles.keys()].map(path => readFile(path, 'utf8')))
  const inWorkspace = [...result.vexFiles.keys()].map(path =>
    path.startsWith(join(made.setting.context.workspace, '/'))
  )
  return { ...result, vex, inWorkspace, said: made.said, requests: await requestsOf(repository) }
}

async function requestsOf(repository: TestRepository): Promise<string[]> {
  const { requests, invalid } = await repository.state()
  expect(invalid).toEqual([])
  return requests.map(({ path, status }) => `${status} ${decodeURIComponent(path.replace(/^.*\/contents\//, ''))}`)
}

const idsOf = (risks: readonly { readonly id: string; readonly byPullRequest?: true }[]) =>
  risks.map(({ id, byPullRequest }) => (byPullRequest ? `${id} by the pull request` : id))

describe('on a push', () => {
  test('the default files of the workspace count, merged; nobody is asked', async () => {
    const files = { '.trivyignore': 'CVE-1', '.trivyignore.yaml': 'secrets: [{id: some-rule}]' }
    const { risks, requests, said } = await read({ files, inputs: { 'ignore-from': 'base' } })
    expect(risks.map(({ source, id, kind }) => [source, id, kind])).toEqual([
      ['.trivyignore', 'CVE-1', undefined],
      ['.trivyignore.yaml', 'some-rule', 'secret']
    ])
    expect([requests, said]).toEqual([[], []])
  })

  test('named files count instead, and VEX documents by their absolute path', async () => {
    const files = { '.trivyignore': 'CVE-1', 'ci/a': 'CVE-2', 'ci/b.yaml': 'licenses: [{id: MIT}]', 'ci/vex.json': VEX }
    const inputs = { 'ignore-file': 'ci/a\nci/b.yaml', vex: 'ci/vex.json' }
    const { risks, vex, inWorkspace } = await read({ files, inputs })
    expect(idsOf(risks)).toEqual(['CVE-2'])
    expect([vex, inWorkspace]).toEqual([[VEX], [true]])
  })

  test.each<[Record<string, string>, Record<string, string>, string]>([
    [{ 'ignore-file': 'a' }, {}, 'ignore-file names a, which is not in the workspace'],
    [{ vex: 'a' }, {}, 'vex names a, which is not in the workspace'],
    [{ vex: 'a' }, { a: 'CVE-1' }, 'a is not a JSON document'],
    [{ vex: '../a' }, { '../a': VEX }, 'vex: ../a lies outside the workspace'],
    [{ 'ignore-file': '.' }, {}, 'ignore-file: . is a directory; give the path of a file'],
    [{ 'ignore-file': 'a' }, { a: 'CVE-1 CVE-2' }, 'a line 1: "CVE-2" is not understood']
  ])('%j with %j is refused', async (inputs, files, message) => {
    await expect(read({ inputs, files })).rejects.toThrow(message)
  })
})

describe('on a pull request whose own files count', () => {
  const event = 'pull_request'

  test('without such files nobody is asked', async () => {
    expect(await read({ event })).toMatchObject({ ...NONE, requests: [] })
  })

  test('what its base does not have is marked', async () => {
    const files = { '.trivyignore': 'CVE-1\nCVE-2 exp:2027-01-01\nCVE-3', 'a.json': VEX, 'b.json': VEX, 'c.json': VEX }
    const base = { '.trivyignore': 'CVE-1\nCVE-2', 'a.json': `${VEX}`, 'b.json': OTHER_VEX }
    const result = await read({ event, files, inputs: { vex: 'a.json, b.json, c.json' } }, base)
    expect(idsOf(result.risks)).toEqual(['CVE-1', 'CVE-2 by the pull request', 'CVE-3 by the pull request'])
    expect(result).toMatchObject({ vexByPullRequest: ['b.json', 'c.json'], skipped: [], said: [] })
    expect(result.inWorkspace).toEqual([true, true, true])
    expect(result.requests.toSorted()).toEqual([
      `200 .trivyignore?ref=${BASE}`,
      `200 a.json?ref=${BASE}`,
      `200 b.json?ref=${BASE}`,
      `404 c.json?ref=${BASE}`
    ])
  })

  test('line ends of another system are no change', async () => {
    const files = { '.trivyignore': 'CVE-1\r\n', 'a.json': `${VEX}\r\n` }
    const result = await read(
      { event, files, inputs: { vex: './a.json' } },
      { '.trivyignore': 'CVE-1\n', 'a.json': `${VEX}\n` }
    )
    expect([idsOf(result.risks), result.vexByPullRequest]).toEqual([['CVE-1'], []])
  })

  test('when the base cannot be read everything counts without a mark, which is said once with the remedy', async () => {
    const repository = testRepository(github)
    await repository.fail({ status: 403 })
    const files = { '.trivyignore': 'CVE-1', '.trivyignore.yaml': 'vulnerabilities: [{id: CVE-2}]' }
    const { risks, skipped, said } = await read({ event, files }, undefined, repository)
    expect(idsOf(risks)).toEqual(['CVE-1', 'CVE-2'])
    expect(skipped).toEqual([
      {
        what: 'what this pull request itself accepts',
        reason: expect.stringMatching(/^nobody can tell it .*: the token lacks the permission "contents: read"/),
        remedy: 'permissions:\n  contents: read'
      }
    ])
    expect(said).toHaveLength(1)
  })

  test('a base commit that GitHub does not have is not an empty one', async () => {
    const { risks, skipped } = await read({ event, files: { '.trivyignore': 'CVE-1' } })
    expect(idsOf(risks)).toEqual(['CVE-1'])
    expect(skipped[0]?.reason).toMatch('GitHub does not have this commit')
  })

  test('a file that only the base has wrong is no reason to stop', async () => {
    const { risks, skipped } = await read({ event, files: { '.trivyignore': 'CVE-1' } }, { '.trivyignore': 'CVE-1 x' })
    expect(idsOf(risks)).toEqual(['CVE-1'])
    expect(skipped[0]?.reason).toMatch(/accepts: in ccccccc, \.trivyignore line 1: "x" is not understood/)
  })

  test('without a token nobody can be asked', async () => {
    await using made = await aSetting({ event, files: { '.trivyignore': 'CVE-1' } })
    const { risks, skipped } = await readAcceptedRisks(made.setting, undefined)
    expect(idsOf(risks)).toEqual(['CVE-1'])
    expect(skipped[0]?.reason).toMatch(/github-token is empty$/)
  })
})

describe.each([
  ['that may sign', SIGNING, 'this run may sign'],
  ['with ignore-from: base', { 'ignore-from': 'base' }, 'ignore-from is base']
])('on a pull request %s', (_, inputs, why) => {
  const event = 'pull_request'
  const files = { '.trivyignore': 'CVE-1\nCVE-666', 'a.json': VEX }

  test('only the base counts, VEX documents as copies', async () => {
    const result = await read(
      { event, files, inputs: { ...inputs, vex: './a.json' } },
      { '.trivyignore': 'CVE-1\nCVE-9', 'a.json': OTHER_VEX }
    )
    expect(idsOf(result.risks)).toEqual(['CVE-1', 'CVE-9'])
    expect(result).toMatchObject({
      vex: [OTHER_VEX],
      inWorkspace: [false],
      vexByPullRequest: [],
      skipped: [],
      said: []
    })
  })

  test('named files need not be in the workspace', async () => {
    const result = await read({ event, inputs: { ...inputs, 'ignore-file': 'ci/risks' } }, { 'ci/risks': 'CVE-1' })
    expect(idsOf(result.risks)).toEqual(['CVE-1'])
  })

  test('what the base does not have counts for nothing, which is said', async () => {
    const result = await read({ event, files, inputs: { ...inputs, vex: 'a.json' } }, { README: '' })
    const reason = `${why}, and its base, ccccccc, does not have .trivyignore, a.json`
    expect(result).toMatchObject({ ...NONE, skipped: [{ what: 'accepted risks', reason }], said: [expect.any(String)] })
  })

  test.each([
    ['the token may not read', 403, 'the token lacks the permission "contents: read"'],
    ['GitHub fails', 500, 'GitHub is not available']
  ])('nothing counts when %s', async (_, status, reason) => {
    const repository = testRepository(github)
    await repository.fail({ status })
    const result = await read({ event, files, inputs }, { '.trivyignore': 'CVE-1' }, repository)
    expect(result).toMatchObject({ risks: [], vexFiles: new Map() })
    expect(result.skipped[0]?.reason).toMatch(`${why}, so only those of the pull request's base count`)
    expect(result.skipped[0]?.reason).toMatch(reason)
  })

  test('nothing counts without a token, or without a base commit', async () => {
    await using made = await aSetting({ event, files, inputs })
    expect(await readAcceptedRisks(made.setting, undefined)).toMatchObject({ risks: [], skipped: [{}] })
    const { base: _, ...headOnly } = pullRequest()
    const payload = { pull_request: headOnly, repository: { id: 4711 } }
    const { skipped, risks } = await read({ event, files, inputs, payload })
    expect(risks).toEqual([])
    expect(skipped[0]?.reason).toMatch('pull_request does not name the base commit')
  })

  test('nothing counts when the base is wrong, which only a merge can mend', async () => {
    const result = await read({ event, files, inputs }, { '.trivyignore': 'CVE-1 x' })
    expect(result.risks).toEqual([])
    expect(result.skipped[0]?.reason).toMatch("in the pull request's base, ccccccc, .trivyignore line 1")
  })

  test('a path outside of the repository is refused', async () => {
    await expect(read({ event, inputs: { ...inputs, 'ignore-file': '../risks' } })).rejects.toThrow(
      '../risks lies outside the workspace'
    )
  })
})

test('ignore-from: base counts on every event with a pull request, and its own files do not', async () => {
  const payload = { pull_request: pullRequest(), repository: { id: 4711 } }
  const options = { event: 'pull_request_target', payload, files: { '.trivyignore': 'CVE-666' } }
  const base = { '.trivyignore': 'CVE-1' }
  expect(idsOf((await read({ ...options, inputs: { 'ignore-from': 'base' } }, base)).risks)).toEqual(['CVE-1'])
  expect(idsOf((await read(options, base)).risks)).toEqual(['CVE-666 by the pull request'])
})
