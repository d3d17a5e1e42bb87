import { expect, test } from '@jest/globals'
import { frontendOf, isDockersFrontend } from '../../../src/flows/verify/frontend.ts'

test.each([
  ['# syntax=a/b', 'a/b', 1],
  ['#syntax = a/b:1 with=words\r\nFROM x', 'a/b:1', 1],
  ['\uFEFF#\u00a0SYNTAX\t=\ta/b  ', 'a/b', 1],
  ['#!/usr/bin/docker build\n# escape=`\n# check=skip=all\n# syntax=a/b', 'a/b', 4],
  ['# check=\u2028\n# syntax=a/b', 'a/b', 2],
  ['//syntax=a/b\nFROM x', 'a/b', 1],
  ['// escape=`\n// Syntax = a/b c\nFROM x', 'a/b', 2],
  ['# syntax=a/b\n# syntax=c/d', 'a/b', 1]
])('%j is read by %s', (text, image, line) => {
  expect(frontendOf(text)).toEqual({ image, line })
})

test.each([
  'FROM x',
  'FROM x\n# syntax=a/b',
  '# a comment\n# syntax=a/b',
  '\n# syntax=a/b',
  ' # syntax=a/b',
  '#!a\n#!b\n# syntax=a/b',
  '# syntax=',
  '# other=1\n# syntax=a/b'
])('%j is read by what BuildKit has', text => {
  expect(frontendOf(text)).toBeUndefined()
})

test("Docker's own is known by its whole name", () => {
  expect(isDockersFrontend('docker.io/docker/dockerfile')).toBe(true)
  expect(isDockersFrontend('docker.io/docker/dockerfile-upstream')).toBe(true)
  expect(isDockersFrontend('ghcr.io/docker/dockerfile')).toBe(false)
  expect(isDockersFrontend('docker.io/docker/dockerfile2')).toBe(false)
})
