import { describe, expect, test } from '@jest/globals'
import { candidatesFor, readManifest } from '../../../src/origin/manifest-line.ts'

test.each([
  ['srv/app/composer.lock', ['srv/app/composer.lock', 'app/composer.lock', 'composer.lock']],
  ['srv/app/node_modules/minimist/package.json', []],
  ['../etc/passwd', []],
  ['', []]
])('the file %s could be in the checkout as %j', (path, candidates) => {
  expect(candidatesFor(path)).toEqual(candidates)
})

describe('the line of a package', () => {
  test.each([
    ['{\n  "dependencies": {\n    "minimist": "^1.2.5",\n    "minimist-x": "1.2.5"\n  }\n}', 'minimist', '1.2.5', 3],
    ['module x\n\nrequire (\n\tgolang.org/x/net v0.7.0 // indirect\n)', 'golang.org/x/net', '0.7.0', 4],
    ['requests==2.1.0\nflask==1.0', 'requests', '2.1.0', 1],
    ['[[package]]\nname = "time"\nversion = "0.1.43"\n', 'time', '0.1.43', 2],
    ['"@babel/core@7.1.0":\n', '@babel/core', '7.1.0', 1]
  ])('%j has %s %s', (text, name, version, line) => {
    expect(readManifest(text)({ package: name, version })).toBe(line)
  })

  test.each([
    ['"minimist": "1.2.50"', 'another version'],
    ['"minimist2": "1.2.5"', 'another name'],
    ['"minimist": "1.2.5"\n"minimist": "1.2.5"', 'two lines'],
    ['"minimist": {\n"a": 1,\n"version": "1.2.5"', 'further away'],
    ['', 'nothing']
  ])('%j: %s', text => {
    expect(readManifest(text)({ package: 'minimist', version: '1.2.5' })).toBeUndefined()
  })
})
