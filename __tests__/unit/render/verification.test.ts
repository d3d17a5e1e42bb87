import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SUMMARY_LIMIT } from '../../../src/render/summary.ts'
import { renderVerificationOutputs, verificationErrors } from '../../../src/render/verification-outputs.ts'
import { renderVerificationSummary } from '../../../src/render/verification-summary.ts'
import { renderVerificationTable } from '../../../src/render/verification-table.ts'
import {
  OUTCOME_WORDS,
  resultInLine,
  type VerificationRun,
  whyRefused
} from '../../../src/render/verification-words.ts'
import { OUTCOMES } from '../../../src/trust/trust.ts'
import { aCheckedImage, aRefusedImage, aVerificationRun } from '../../fixtures/verification.ts'

const GOLDEN = new URL('../../golden/verification/', import.meta.url)

const HOSTILE =
  'a|b`c`</td></table><script>@octocat #1 [x](javascript:alert(1)) \u202e\n::error::x\n##[error]y <!-- ![i](http://x/y.png) ${{ github.token }}'

const RUNS: Readonly<Record<string, VerificationRun>> = {
  verified: aVerificationRun({
    images: [
      aCheckedImage(),
      aCheckedImage({
        reference: 'docker.io/library/debian:12',
        rule: '.github/imgguard.yml:12 (docker.io/library/*)',
        reason: 'pinned by digest as the rule demands',
        lines: [
          { file: 'Dockerfile', line: 1 },
          { file: 'Dockerfile', line: 7 }
        ],
        notes: ['ARG TAG has its default here; a build with --build-arg pulls another image']
      })
    ],
    notes: [
      'Dockerfile is read by the frontend docker/dockerfile:1, an image that docker pulls as well; name it in image to have it verified'
    ]
  }),
  refused: aVerificationRun({
    images: [
      aCheckedImage(),
      aRefusedImage({ remedy: 'sign it with `cosign sign`', lines: [{ file: 'Dockerfile', line: 3 }] }),
      aRefusedImage({
        outcome: 'unreachable',
        reason: 'ghcr.io did not answer in time',
        reference: 'ghcr.io/acme/other'
      })
    ],
    warnings: ["cosign.pub is read from the pull request's own checkout, which may have changed what is trusted"]
  }),
  hostile: aVerificationRun({
    images: [
      aRefusedImage({
        reference: HOSTILE,
        reason: HOSTILE,
        remedy: HOSTILE,
        rule: HOSTILE,
        signer: HOSTILE,
        notes: [HOSTILE]
      })
    ],
    warnings: [HOSTILE],
    notes: [HOSTILE]
  })
}

describe.each(Object.entries(RUNS))('%s', (name, run) => {
  test.each([
    ['summary.md', renderVerificationSummary(run)],
    ['table.txt', renderVerificationTable(run)]
  ])('%s', (file, text) => {
    const path = new URL(`${name}/${file}`, GOLDEN)
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(new URL('.', path), { recursive: true })
      writeFileSync(path, text)
    }
    expect(text).toBe(readFileSync(path, 'utf8'))
  })
})

test('every outcome has words of its own', () => {
  expect(Object.keys(OUTCOME_WORDS)).toEqual([...OUTCOMES])
  expect(new Set(Object.values(OUTCOME_WORDS)).size).toBe(OUTCOMES.length)
})

test('the result is one line for none, one and several', () => {
  const [good, bad] = [aCheckedImage(), aRefusedImage()]
  expect([[], [good], [bad], [good, good], [good, bad, bad], [good, bad]].map(resultInLine)).toEqual([
    'There is no image to verify',
    'The image is verified',
    'The image is refused',
    'All 2 images are verified',
    '2 of 3 images are refused',
    '1 of 2 images is refused'
  ])
})

describe('why an image is refused', () => {
  test.each([
    ['there is no signature', '. Do it.'],
    ['there is no signature, only attestations by others', ', only attestations by others. Do it.'],
    ['there is no signature; signatures are looked for in r/s', '; signatures are looked for in r/s. Do it.'],
    ['the index is signed, its platform is not: there is no signature', /^: the index .* no signature\. Do it\.$/]
  ])('says once that there is no signature: %s', (reason, words) => {
    expect(whyRefused({ outcome: 'not-signed', reason, remedy: 'do it' })).toMatch(
      typeof words === 'string' ? new RegExp(`^${words.replaceAll('.', '\\.')}$`) : words
    )
  })

  test.each([
    ['is it right?', ': r. Is it right?'],
    ['write ARG X=…', ': r. Write ARG X=…'],
    ['Run it again.', ': r. Run it again.']
  ])('ends with one mark: %s', (remedy, words) => {
    expect(whyRefused({ outcome: 'error', reason: 'r', remedy })).toBe(words)
  })

  test('has a remedy for every outcome of which a decision may have none', () => {
    const without = OUTCOMES.filter(outcome => whyRefused({ outcome, reason: 'r' }) === ': r.')
    expect(without).toEqual(['verified', 'other-repository', 'not-logged', 'not-allowed', 'not-pinned', 'error'])
  })

  test('has digests and fingerprints as people compare them', () => {
    const remedy = `it is SHA256:${'0f'.repeat(32)}`
    const words = whyRefused({ outcome: 'other-signer', reason: `sha256:${'1a'.repeat(32)} is not`, remedy })
    expect(words).toBe(': sha256:1a1a1a1a1a1a is not. It is SHA256:0f0f0f0f…')
  })
})

test('no line of the table is wider than its column', () => {
  const long = 'https://registry.example.com/a-very-long-group/of-names/0123456789012345678901234567890123456789'
  const images = [
    aCheckedImage({ reference: long, signer: `identity ${long} (issuer ${long})`, rule: `${long} (${long})` })
  ]
  const row = renderVerificationSummary(aVerificationRun({ images }))
    .split('\n')
    .find(line => line.startsWith('| ✅'))
  const lines = [...(row ?? '').matchAll(/`([^`]+)`/g)].map(([, line = '']) => line)
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(33)
  expect(lines.join('').replaceAll('\u200b', '')).toContain(long.slice(0, 60))
})

describe('outputs', () => {
  test('name what is verified by digest, and hold everything as JSON', () => {
    const images = [aCheckedImage(), aRefusedImage()]
    const outputs = renderVerificationOutputs(images)
    expect(outputs).toMatchObject({ verified: 'false', images: aCheckedImage().image })
    expect(JSON.parse(outputs['results'] ?? '')).toEqual(images)
    expect(renderVerificationOutputs([aCheckedImage()])['verified']).toBe('true')
  })
})

describe('errors', () => {
  test('stand at the line of the Dockerfile', () => {
    const errors = verificationErrors([
      aCheckedImage(),
      aRefusedImage({ lines: [{ file: 'docker/Dockerfile', line: 3 }] })
    ])
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/^ghcr\.io\/acme\/app:1\.4\.2: not signed\. Sign it with .*\.$/),
        place: { title: 'imgguard verify: not signed', file: 'docker/Dockerfile', line: 3 }
      }
    ])
  })

  test.each([
    [10, 10],
    [11, 10],
    [300, 10]
  ])('are ten at most: of %d refused images %d', (refused, errors) => {
    const found = verificationErrors(Array.from({ length: refused }, (_, i) => aRefusedImage({ reference: `r/${i}` })))
    expect(found).toHaveLength(errors)
    expect(found.at(-1)?.message).toContain(
      refused === 10 ? 'r/9: not signed' : `${refused - 9} more images are refused`
    )
  })
})

const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom('\n', '::error::x', '##[error]', '|', '`', '<b>', '@octocat', '\u0085', '#', '[', ':', 'a'),
      { maxLength: 12 }
    )
    .map(parts => parts.join(''))
)

test('whatever references and reasons hold, the log has no command and the table no broken row', () => {
  fc.assert(
    fc.property(hostileText, hostileText, (reference, reason) => {
      const run = aVerificationRun({
        images: [aRefusedImage({ reference, reason, rule: reference, notes: [reason] })],
        warnings: [reason],
        notes: [reason]
      })
      const log = renderVerificationTable(run)
      expect(log).not.toMatch(/##\[|^\s*::|[\u0085\u2028\r]/m)
      const summary = renderVerificationSummary(run)
      const rows = summary.split('\n').filter(line => line.startsWith('|'))
      expect(rows).toHaveLength(3)
      for (const row of rows) expect(row.match(/\|/g)).toHaveLength(5)
      expect(summary).not.toMatch(/(?<![a-z0-9_])@octocat|<b>/i)
    })
  )
})

test('a summary of more than there is room for keeps its result, and says what it leaves out', () => {
  const reason = 'x '.repeat(800)
  const images = Array.from({ length: 3000 }, (_, i) => aRefusedImage({ reference: `ghcr.io/acme/app:${i}`, reason }))
  const summary = renderVerificationSummary(aVerificationRun({ images }))
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(SUMMARY_LIMIT)
  expect(summary).toMatch(/^## ❌ 3000 of 3000 images are refused\n/)
  expect(summary).toMatch(/\d+ more do not fit into this summary\./)
})
