import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { UserError } from '../../../src/lib/errors.ts'
import { MAX_IGNORE_FILE_LENGTH, parseIgnoreFile } from '../../../src/policy/ignore-file.ts'

const parseList = (text: string) => parseIgnoreFile('.trivyignore', text)
const parseYaml = (text: string) => parseIgnoreFile('.trivyignore.yaml', text)

test.each([
  ['.trivyignore', 'a:\n', 'list'],
  ['risks.yaml.txt', 'vulnerabilities: []', 'list'],
  ['risks.YAML', 'vulnerabilities: []', 'list'],
  ['ci/risks.yml', 'vulnerabilities: []', 'yaml'],
  ['ci/risks.yaml', '\uFEFFvulnerabilities: []', 'yaml']
])('%s: the extension alone decides the format', (name, text, format) => {
  const read = () => parseIgnoreFile(name, text)
  if (format === 'yaml') expect(read()).toEqual([])
  else if (text === 'a:\n') expect(read()).toMatchObject([{ id: 'a:' }])
  else expect(read).toThrow(UserError)
})

test('a file that is too long is refused', () => {
  expect(() => parseList('#'.repeat(MAX_IGNORE_FILE_LENGTH + 1))).toThrow(
    'an ignore file may have at most 1000000 characters'
  )
})

describe('.trivyignore', () => {
  test('has one id per line, for all scanners, with expiry and reason', () => {
    const text = [
      '# About this file',
      '',
      '# Not reachable,',
      '#   says the vendor',
      'CVE-2018-14618',
      'CVE-2019-14697\texp:2023-01-01   # until the next release',
      '  aws-access-key-id\r',
      '# nothing follows'
    ].join('\n')
    const common = { source: '.trivyignore', paths: [], purls: [] }
    expect(parseList(text)).toEqual([
      { ...common, id: 'CVE-2018-14618', reason: 'Not reachable, says the vendor' },
      { ...common, id: 'CVE-2019-14697', expires: '2023-01-01', reason: 'until the next release' },
      { ...common, id: 'aws-access-key-id', reason: '' }
    ])
  })

  test('may be empty', () => expect(parseList('')).toEqual([]))

  test.each([
    'CVE-1 exp:2023-13-01',
    'CVE-1 exp:2023-02-30',
    'CVE-1 exp:01.02.2023',
    'CVE-1 exp: 2023-01-01',
    'CVE-1 expires:2023-01-01',
    'CVE-1 2023-01-01',
    'CVE-1 exp:2023-01-01 exp:2024-01-01',
    'CVE-1, CVE-2'
  ])('%s: what is not understood is an error with its line', line => {
    expect(() => parseList(`# one\n${line}`)).toThrow(UserError)
    expect(() => parseList(`# one\n${line}`)).toThrow(
      `.trivyignore line 2: ${JSON.stringify(line.slice(line.indexOf(' ') + 1))} is not understood; ` +
        'after the id only exp:YYYY-MM-DD and a # comment are allowed'
    )
  })
})

describe('.trivyignore.yaml', () => {
  test('has entries by scanner', () => {
    const text = `
vulnerabilities:
  - id: CVE-2023-29491
    paths: ["srv/**/package.json", 'usr/local/bin/app']
    purls:
      - pkg:npm/%40scope/name@1.2.3
    expired_at: 2030-02-28
    statement: >-
      Only a local
      user can reach it
  - id: CVE-2024-1
secrets:
  - id: aws-access-key-id
    paths: [/srv/app/.env]
misconfigurations:
  - id: DS-0002
licenses:
`
    expect(parseYaml(text)).toEqual([
      {
        source: '.trivyignore.yaml',
        id: 'CVE-2023-29491',
        kind: 'vulnerability',
        paths: ['srv/**/package.json', 'usr/local/bin/app'],
        purls: ['pkg:npm/%40scope/name@1.2.3'],
        expires: '2030-02-28',
        reason: 'Only a local user can reach it'
      },
      { source: '.trivyignore.yaml', id: 'CVE-2024-1', kind: 'vulnerability', paths: [], purls: [], reason: '' },
      {
        source: '.trivyignore.yaml',
        id: 'aws-access-key-id',
        kind: 'secret',
        paths: ['/srv/app/.env'],
        purls: [],
        reason: ''
      }
    ])
  })

  test.each(['', '# only a comment\n', '---\n', 'null', 'vulnerabilities:\n'])('%j accepts nothing', text => {
    expect(parseYaml(text)).toEqual([])
  })

  test.each([
    ['2023-01-01', '2023-01-01'],
    ['"2023-01-01"', '2023-01-01'],
    ['2023-01-01T12:00:00Z', '2023-01-01'],
    ['2023-01-01T00:30:00+02:00', '2022-12-31'],
    ['2023-01-01 23:59:59', '2023-01-01']
  ])('expired_at: %s no longer counts from %s on', (written, expires) => {
    expect(parseYaml(`vulnerabilities: [{id: CVE-1, expired_at: ${written}}]`)).toMatchObject([{ expires }])
  })

  test.each([
    ['vulnerabilities: [', 'line 1: is not valid YAML'],
    ['vulnerabilities: []\nvulnerabilities: []', 'line 2: is not valid YAML: Map keys must be unique'],
    ['- id: CVE-1', 'line 1: expected "vulnerabilities:", "secrets:", "misconfigurations:", "licenses:"'],
    ['CVE-1', 'line 1: expected "vulnerabilities:"'],
    [
      'vulnerability:\n- id: CVE-1',
      'line 1: the key "vulnerability" is not known; allowed are vulnerabilities, secrets'
    ],
    ['\nvulnerabilities: CVE-1', 'line 2: vulnerabilities must be a list'],
    ['licenses: MIT', 'line 1: licenses must be a list'],
    ['secrets:\n- AKIA', 'line 2: expected "id:", "paths:"'],
    ['secrets:\n- paths: [a]', 'line 2: an entry needs an id'],
    ['secrets:\n- id: ""', 'line 2: id must not be empty'],
    ['secrets:\n- id: 5', 'line 2: id must be a text'],
    ['secrets:\n- id: a\n  path: [b]', 'line 3: the key "path" is not known; allowed are id, paths, purls'],
    ['secrets:\n- id: a\n  paths: b', 'line 3: paths must be a list'],
    ['secrets:\n- id: a\n  paths: []', 'line 3: paths is empty; leave it out to mean all'],
    ['secrets:\n- id: a\n  paths:\n  - "["', 'line 4: paths: "[" has a "[" without "]"'],
    ['secrets:\n- id: a\n  purls: [pkg:npm/a]', 'line 3: a secret has no package'],
    ['vulnerabilities:\n- id: a\n  purls: [lodash]', 'line 3: purls: "lodash" is not a package URL such as'],
    ['vulnerabilities:\n- id: a\n  purls: ["pkg:npm"]', 'line 3: purls: "pkg:npm" is not a package URL such as'],
    ['vulnerabilities:\n- id: a\n  expired_at: 2023-02-30', 'line 3: expired_at: "2023-02-30" is not a date'],
    ['vulnerabilities:\n- id: a\n  expired_at:', 'line 3: expired_at must be a text'],
    [
      'vulnerabilities:\n- id: a\n  expired_at: 2023-02-30T00:00:00Z',
      'line 3: expired_at: "2023-02-30T00:00:00Z" is not'
    ],
    ['vulnerabilities:\n- id: a\n  statement: [b]', 'line 3: statement must be a text'],
    ['vulnerabilities: &a []\nsecrets: *a', 'line 2: aliases (*a) are not allowed']
  ])('%j is an error with its line', (text, message) => {
    expect(() => parseYaml(text)).toThrow(UserError)
    expect(() => parseYaml(text)).toThrow(`.trivyignore.yaml ${message}`)
  })
})

test('whatever the text, it is understood or refused with file and line', () => {
  const piece = fc.constantFrom(
    ...[
      'vulnerabilities:',
      'secrets:',
      '- id: ',
      'CVE-1',
      '  paths: ',
      '["**"]',
      '  expired_at: ',
      '2030-01-01',
      '\n',
      '\n  '
    ],
    ...['{', '}', '[', ']', '&a', '*a', '"', '#', ' exp:', '? ', '<<: ', '!!binary ', '---', ':', '\t', '%YAML 9.9']
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 20 }).map(pieces => pieces.join(''))
  )
  fc.assert(
    fc.property(text, fc.constantFrom('a.yaml', 'a'), (content, name) => {
      try {
        for (const risk of parseIgnoreFile(name, content)) expect(risk.id).not.toBe('')
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(UserError)
        expect((thrown as Error).message).toMatch(/^a(\.yaml)? line [1-9]\d*: /)
      }
    }),
    { numRuns: 1_000 }
  )
})
