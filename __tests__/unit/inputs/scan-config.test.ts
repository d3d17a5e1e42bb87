import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'yaml'
import { INPUTS } from '../../../src/inputs/defaults.ts'
import { parseScanConfig } from '../../../src/inputs/scan-config.ts'
import { UserError } from '../../../src/lib/errors.ts'
import { aCosignKey } from '../../fixtures/keys.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const config = (raw: Record<string, string> = {}) => parseScanConfig({ image: `ghcr.io/acme/app@${DIGEST}`, ...raw })

function problemOf(raw: Record<string, string>): string {
  try {
    config(raw)
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
  return ''
}

test('the inputs and their defaults are those of action.yml', async () => {
  const action = parse(await readFile(new URL('../../../action.yml', import.meta.url), 'utf8'))
  const declared = Object.entries<{ default?: string }>(action.inputs).map(([name, input]) => [
    name,
    input.default ?? ''
  ])
  const { 'github-token': token, ...others } = Object.fromEntries(declared)
  expect(token).toBe('${' + '{ github.token }}')
  expect({ ...others, 'github-token': '' }).toEqual(INPUTS)
})

test('an image alone is enough', () => {
  expect(config()).toMatchObject({
    sign: 'passing',
    signOn: ['push', 'release', 'workflow_dispatch'],
    signatureFormat: 'auto',
    transparencyLog: 'auto',
    annotations: {},
    policy: {
      failOn: 'critical',
      ignoreUnfixed: true,
      failOnSecret: 'critical',
      failOnEol: false,
      failOnUnrecognised: false
    },
    onFail: 'error',
    minSeverity: 'low',
    scanners: ['vuln', 'secret'],
    pkgTypes: ['os', 'library'],
    platforms: 'all',
    comment: 'on-change',
    codeScanning: 'auto',
    attest: [],
    promote: [],
    timeoutMs: 1_200_000
  })
  expect(config()).not.toHaveProperty('signWith')
})

test('every unknown value is refused with the list of what there is', () => {
  const closed = [
    'sign',
    'signature-format',
    'transparency-log',
    'fail-on',
    'ignore-unfixed',
    'fail-on-secret',
    'fail-on-eol',
    'fail-on-unrecognised'
  ]
  const more = ['on-fail', 'min-severity', 'scanners', 'pkg-types', 'comment', 'code-scanning', 'sign-on']
  for (const name of [...closed, ...more])
    expect(problemOf({ [name]: 'nonsense' })).toMatch(new RegExp(`^${name} is "nonsense"; it can be \\S+, `))
})

test('all problems are told together', () => {
  expect(problemOf({ sign: 'x', timeout: 'y' }).split('\n')).toEqual([
    '2 inputs cannot be used:',
    expect.stringMatching(/^- sign .*\.$/),
    expect.stringMatching(/^- timeout .*\.$/)
  ])
})

test('the event pull_request_target never signs', () => {
  expect(problemOf({ 'sign-on': 'pull_request_target' })).toMatch(/^sign-on is "pull_request_target"/)
})

describe('image', () => {
  test('may be lines and commas, each name once', () => {
    expect(config({ image: 'ghcr.io/acme/app:1, ghcr.io/acme/app:2\nghcr.io/acme/app:1' }).images).toHaveLength(2)
  })

  test('of another digest than digest is a problem', () => {
    expect(problemOf({ digest: `sha256:${'b'.repeat(64)}` })).toMatch(
      /^digest is sha256:b+, but image has another one: sha256:a+/
    )
  })

  test('from a file has no digest to check', () => {
    expect(problemOf({ image: 'docker-archive:out.tar', digest: DIGEST })).toMatch(/^digest cannot be checked/)
  })
})

describe('annotations', () => {
  test('keep everything behind the first equals sign', () => {
    expect(config({ annotations: 'a=b=c, "d"\n\nx.y/z=1' }).annotations).toEqual({ a: 'b=c, "d"', 'x.y/z': '1' })
  })

  test.each(['repository', 'revision', 'ref', 'event', 'run'])('cannot set %s', name => {
    expect(problemOf({ annotations: `${name}=x` })).toMatch(/which is always set/)
  })

  test.each(['novalue', '=x', '-flag=x', 'a b=c'])('cannot be %j', line => {
    expect(problemOf({ annotations: line })).toMatch(/each line is key=value, the key of letters/)
  })

  test('are plain data, whatever their names', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,10}$/),
        fc.stringMatching(/^[!-~]{0,10}$/),
        (name, value) => {
          fc.pre(!['repository', 'revision', 'ref', 'event', 'run'].includes(name))
          expect(Object.entries(config({ annotations: `${name}=${value}` }).annotations)).toEqual([[name, value]])
        }
      )
    )
  })
})

test('a password keeps its blanks and loses only a line break at its end', () => {
  expect(config({ 'cosign-key': aCosignKey(), 'cosign-password': '  x \n' }).signWith).toMatchObject({
    password: '  x '
  })
})

test('a key is its PEM', () => {
  expect(config({ 'cosign-key': ` ${aCosignKey()}\n` }).signWith).toMatchObject({ kind: 'pem', pem: aCosignKey() })
})

test.each([{ 'registry-username': 'a' }, { 'registry-password': 'b' }])('half of a login is a problem: %j', raw => {
  expect(problemOf(raw)).toMatch(/; give both or neither$/)
})

test.each([
  'https://me:hunter2@mirror.example/',
  'ftp://me:hunter2@mirror.example/',
  'https://mirror.example/?token=hunter2'
])('a mirror with a secret in its address is refused, and the secret is not repeated: %s', mirror => {
  const problem = problemOf({ 'tools-mirror': mirror })
  expect(problem).toMatch(/^tools-mirror /)
  expect(problem).not.toContain('hunter2')
})

test('nobody’s secret is in a problem', () => {
  const secrets = {
    'cosign-key': 'the-key-value',
    'cosign-password': 'the-password-value',
    'registry-password': 'the-registry-value',
    'github-token': 'the-token-value'
  }
  const text = problemOf({ ...secrets, sign: 'x' })
  for (const secret of Object.values(secrets)) expect(text).not.toContain(secret)
})

test('any texts at all give a config or a UserError', () => {
  const names = Object.keys(INPUTS)
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' }), { noNullPrototype: true }),
      raw => {
        try {
          parseScanConfig(raw)
        } catch (error) {
          expect(error).toBeInstanceOf(UserError)
        }
      }
    )
  )
})

describe('what an image is compared with', () => {
  test('a reference, auto or none', () => {
    expect(config().baseline).toBe('auto')
    expect(config({ baseline: 'none' }).baseline).toBe('none')
    expect(config({ baseline: 'ghcr.io/acme/app:stable' }).baseline).toMatchObject({ tag: 'stable' })
    expect(problemOf({ baseline: 'ghcr.io/Acme App' })).toMatch(/^baseline: /)
  })

  test('only new findings cannot be judged without a baseline', () => {
    expect(problemOf({ baseline: 'none', 'fail-on-scope': 'new' })).toMatch(
      /fail-on-scope is new, but baseline is none/
    )
    expect(config({ 'fail-on-scope': 'new' }).failOnScope).toBe('new')
  })
})

describe('grace-days', () => {
  test('are days by severity', () => {
    expect(config().policy.graceDays).toEqual({})
    expect(config({ 'grace-days': 'critical=7, HIGH = 30' }).policy.graceDays).toEqual({ critical: 7, high: 30 })
    expect(config({ 'grace-days': 'critical=7\nlow=0' }).policy.graceDays).toEqual({ critical: 7, low: 0 })
  })

  test.each(['7', 'critical', 'critical=-1', 'critical=1w', 'severe=7', 'critical=99999'])('"%s" is refused', given => {
    expect(problemOf({ 'grace-days': given })).toMatch(/^grace-days has/)
  })

  test('a severity twice is refused', () => {
    expect(problemOf({ 'grace-days': 'low=1,low=2' })).toMatch(/^grace-days names low twice/)
  })
})

describe('accept-dismissed', () => {
  test.each([
    ['', []],
    ['false', []],
    ['true', ['false positive', "won't fix"]],
    ['False Positive', ['false positive']],
    ["used in tests\nwon't fix", ['used in tests', "won't fix"]]
  ])('"%s" means %j', (given, reasons) => {
    expect(config({ 'accept-dismissed': given }).acceptDismissed).toEqual(reasons)
  })

  test('another reason is refused', () => {
    expect(problemOf({ 'accept-dismissed': 'true, because' })).toMatch(/accept-dismissed has "true"/)
  })
})

test('something that is judged has to be looked for', () => {
  expect(problemOf({ scanners: 'misconfig, license' })).toMatch(/^scanners has neither vuln nor secret/)
  expect(config({ scanners: 'vuln, license' }).scanners).toEqual(['vuln', 'license'])
})

test('fail-on-known-exploited needs the catalogue', () => {
  expect(problemOf({ 'fail-on-known-exploited': 'true' })).toMatch(/needs the catalogue/)
  expect(config({ 'fail-on-known-exploited': 'true', 'known-exploited': 'kev.json' }).knownExploited).toBe('kev.json')
})
