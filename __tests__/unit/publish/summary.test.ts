import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { MAX_SUMMARY_BYTES, publishSummary } from '../../../src/publish/summary.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'summary-'))
  file = join(directory, 'summary.md')
})
afterEach(() => rmSync(directory, { recursive: true }))

test('appends to what is there', async () => {
  writeFileSync(file, 'before\n')
  expect(await publishSummary(file, '# Übersicht')).toEqual({ state: 'published' })
  expect(readFileSync(file, 'utf8')).toBe('before\n# Übersicht\n')
})

test.each([undefined, ''])('does without a file (%p)', async none => {
  expect((await publishSummary(none, 'x')).state).toBe('skipped')
})

test('counts bytes, and what is there: over the limit GitHub would drop all of it', async () => {
  const fits = 'ü'.repeat(MAX_SUMMARY_BYTES / 2 - 5)
  writeFileSync(file, '12345678\n')
  expect((await publishSummary(file, fits)).state).toBe('published')
  const full = readFileSync(file)
  expect(full).toHaveLength(MAX_SUMMARY_BYTES)
  expect((await publishSummary(file, '')).state).toBe('skipped')
  expect(readFileSync(file)).toEqual(full)
})

test('a file that cannot be written does not stop the step', async () => {
  expect(await publishSummary(join(directory, 'missing', 'summary.md'), 'x')).toMatchObject({
    state: 'skipped',
    reason: expect.stringMatching(/^the job summary could not be written: .*ENOENT/)
  })
})
