import { readdir } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { theError } from './helpers/expectations.ts'
import { githubRequests } from './helpers/github.ts'
import { type Listener, startListener } from './helpers/listener.ts'
import { freshRepository, keyInputs, step } from './helpers/world.ts'

let outside: Listener

beforeEach(async () => {
  outside = await startListener()
})

afterEach(() => outside.close())

/** A push whose registry, mirror and database are all the listener. */
async function refusedStep(inputs: Record<string, string>): Promise<string> {
  const repository = freshRepository()
  const result = await step({
    eventOptions: { repository },
    inputs: {
      image: `${outside.host}/acme/app@sha256:${'a'.repeat(64)}`,
      'tools-mirror': outside.url,
      'db-repositories': `${outside.host}/db:2`,
      ...inputs
    },
    emptyToolCache: true
  })
  expect(outside.requests).toEqual([])
  expect(await githubRequests(repository)).toEqual([])
  expect(result.summary).toBe('')
  expect(await readdir(result.folders.temp)).toEqual([])
  return theError(result)
}

test('several wrong inputs are told in one error, each with what is allowed, and nobody is asked for anything', async () => {
  const text = await refusedStep({
    image: '',
    sign: 'yes',
    'sign-on': 'push, pull_request_target',
    'signature-format': 'v3',
    'transparency-log': 'maybe',
    annotations: 'team=blue\nnonsense',
    'fail-on': 'severe',
    'ignore-unfixed': 'perhaps',
    'fail-on-secret': 'any',
    'on-fail': 'ignore',
    'min-severity': 'none',
    scanners: 'vuln, malware',
    'pkg-types': 'os, apps',
    platforms: 'amd64',
    comment: 'sometimes',
    'code-scanning': 'yes',
    'registry-username': 'robot',
    'tools-mirror': 'ftp://mirror',
    timeout: '20'
  })
  expect(text.split('\n')).toEqual([
    '19 inputs cannot be used:',
    expect.stringMatching(/^- image is empty; give the reference that was pushed/),
    '- sign is "yes"; it can be passing, always, never.',
    '- sign-on is "pull_request_target"; it can be push, release, workflow_dispatch, schedule, merge_group, pull_request.',
    '- signature-format is "v3"; it can be auto, bundle, legacy, both.',
    '- transparency-log is "maybe"; it can be auto, true, false.',
    '- annotations has the line "nonsense"; each line is key=value, the key of letters, digits and . _ / -.',
    '- fail-on is "severe"; it can be critical, high, medium, low, unknown, none.',
    '- ignore-unfixed is "perhaps"; it can be true, false.',
    '- fail-on-secret is "any"; it can be critical, high, medium, low, unknown, none.',
    '- on-fail is "ignore"; it can be error, warn.',
    '- min-severity is "none"; it can be critical, high, medium, low, unknown.',
    '- scanners is "malware"; it can be vuln, secret, misconfig, license.',
    '- pkg-types is "apps"; it can be os, library.',
    expect.stringMatching(/^- platforms has "amd64"; it is all, or a list such as/),
    '- comment is "sometimes"; it can be on-change, always, on-failure, never.',
    '- code-scanning is "yes"; it can be auto, required, never.',
    '- registry-username is given without registry-password; give both or neither.',
    '- tools-mirror is "ftp://mirror"; it is a URL that begins with https://.',
    '- timeout is "20"; it is a number with a unit, such as 90s, 20m or 1h, and at most 24h.'
  ])
})

describe('one wrong input is one sentence', () => {
  test.each([
    ['an image that is no reference', { image: 'ghcr.io/Acme/App' }, /^image: /],
    ['a digest that is none', { digest: 'sha256:12' }, /^digest: /],
    [
      'a digest that is not the image’s',
      { digest: `sha256:${'b'.repeat(64)}` },
      /^digest is sha256:b+, but image has another/
    ],
    ['an annotation that is ours', { annotations: 'run=1' }, /^annotations sets "run", which is always set/]
  ])('%s', async (_, inputs, expected) => {
    const text = await refusedStep({ ...(await keyInputs()), ...inputs })
    expect(text).toMatch(expected)
    expect(text).not.toContain('\n')
  })

  test('an image empty because a step’s output was misspelt', async () => {
    expect(await refusedStep({ ...(await keyInputs()), image: '' })).toMatch(/^image is empty; give the reference/)
  })
})

test('a push without a key is an error before anything is downloaded, because a renamed secret is empty', async () => {
  expect(await refusedStep({})).toMatch(/^cosign-key is empty, and push is in sign-on; .* set sign: never$/)
})
