import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { readAction } from '../../../world/runner/action.ts'
import { TOKEN } from '../../../world/runner/environment.ts'

const folder = mkdtempSync(join(tmpdir(), 'action-test-'))

afterAll(() => rmSync(folder, { recursive: true }))

describe('readAction', () => {
  test('finds the program of an action in a folder of its own, and the defaults', async () => {
    mkdirSync(join(folder, 'verify'))
    const inputs = "inputs:\n  image:\n    required: true\n  github-token:\n    default: '${{ github.token }}'\n"
    writeFileSync(join(folder, 'verify', 'action.yml'), `${inputs}runs:\n  using: node24\n  main: ../dist/verify.js\n`)
    expect(await readAction(join(folder, 'verify'))).toEqual({
      main: join(folder, 'dist', 'verify.js'),
      defaults: { image: '', 'github-token': TOKEN }
    })
  })
})
