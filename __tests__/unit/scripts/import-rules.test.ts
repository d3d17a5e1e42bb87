import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { breachesOf, findBreaches } from '../../../scripts/import-rules.ts'

test('src keeps the rules', () => {
  expect(findBreaches(fileURLToPath(new URL('../../../src', import.meta.url)))).toEqual([])
})

describe('is a breach', () => {
  test.each([
    ['an import upwards', 'lib/x.ts', "import { a } from '../report/model.ts'", 'lib may not import report'],
    ['an import sideways', 'trivy/x.ts', "import { a } from '../cosign/sign.ts'", 'trivy may not import cosign'],
    [
      'an import for its types only',
      'lib/x.ts',
      "import type { A } from '../image/open.ts'",
      'lib may not import image'
    ],
    ['an import at run time', 'lib/x.ts', "const a = await import('../image/open.ts')", 'lib may not import image'],
    ['an export of another room', 'lib/x.ts', "export { a } from '../image/open.ts'", 'lib may not import image'],
    ['a room that nobody knows', 'utils/x.ts', '', 'the room utils is not in rooms.ts'],
    [
      'a second door',
      'image/x.ts',
      "import { exec } from '@actions/exec'",
      '@actions/exec has its door in process/run.ts'
    ],
    ['a door that is closed', 'image/x.ts', "import { spawn } from 'node:child_process'", 'has its door in no file'],
    ['a function with one user', 'flows/x.ts', 'setFailed(`x`)', 'setFailed is called in flows/conclude.ts only'],
    ['@actions in a pure room', 'policy/x.ts', "import '@actions/core'", 'it is pure and may not import @actions/core'],
    [
      'files in a pure room',
      'render/x.ts',
      "import { readFile } from 'node:fs/promises'",
      'may not import node:fs/promises'
    ],
    [
      'the environment in a pure room',
      'report/x.ts',
      'const a = process.env["A"]',
      'it is pure and may not use process.env'
    ],
    [
      'the clock in a pure file',
      'flows/judge/judge.ts',
      'const now = new Date()',
      'it is pure and may not use new Date()'
    ]
  ])('%s', (_, file, source, breach) => {
    expect(breachesOf(file, source).join('\n')).toContain(breach)
  })
})

test.each([
  ['an import downwards', 'flows/x.ts', "import { a } from '../lib/json.ts'"],
  ['an import within the room', 'render/x.ts', "import { a } from './escape.ts'"],
  ['types of an outside thing', 'policy/x.ts', "import type { Run } from 'node:child_process'"],
  ['a word in a comment', 'report/x.ts', '/** Never reads process.env. */\n// new Date()'],
  ['a hash in a pure room', 'render/x.ts', "import { createHash } from 'node:crypto'"]
])('is no breach: %s', (_, file, source) => {
  expect(breachesOf(file, source)).toEqual([])
})
