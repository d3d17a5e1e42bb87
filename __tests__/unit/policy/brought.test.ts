import { expect, test } from '@jest/globals'
import { markBrought } from '../../../src/policy/brought.ts'
import { parseIgnoreFile } from '../../../src/policy/ignore-file.ts'

const yaml = (fields: string) => parseIgnoreFile('.trivyignore.yaml', `vulnerabilities:\n- {id: CVE-1, ${fields}}`)
const BASE = 'paths: [a, b], purls: ["pkg:npm/x"], expired_at: 2027-01-01, statement: why'

test.each([
  ['the same', BASE, false],
  ['in another order', 'purls: ["pkg:npm/x"], statement: why, paths: [b, a], expired_at: 2027-01-01', false],
  ['another reason', BASE.replace('why', 'because'), true],
  ['a later expiry', BASE.replace('2027', '2028'), true],
  ['without an expiry', BASE.replace('expired_at: 2027-01-01, ', ''), true],
  ['wider paths', BASE.replace('[a, b]', '["**"]'), true],
  ['other packages', BASE.replace('npm/x', 'npm/y'), true]
])('%s: %s', (_, fields, brought) => {
  expect(markBrought(yaml(fields), yaml(BASE)).map(({ byPullRequest }) => byPullRequest)).toEqual([
    brought ? true : undefined
  ])
})

test('one that counts for another kind, or in no file of the base, is brought; one that moved to another file is not', () => {
  const list = parseIgnoreFile('.trivyignore', 'CVE-1\nCVE-2')
  expect(markBrought(list, parseIgnoreFile('a/.trivyignore', '\n\nCVE-1')).map(one => one.byPullRequest)).toEqual([
    undefined,
    true
  ])
  expect(markBrought(list.slice(0, 1), parseIgnoreFile('a.yaml', 'vulnerabilities: [{id: CVE-1}]'))).toEqual([
    { ...list[0], byPullRequest: true }
  ])
})
