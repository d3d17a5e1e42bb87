import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readFailure } from '../../../src/cosign/verify-failures.ts'
import { aCommandError } from '../../fixtures/command-error.ts'
import { refusal } from '../../fixtures/refusals.ts'

const read = (stderr: string) => readFailure(aCommandError({ stderr }))
const refused = (unlogged: boolean, ...details: string[]) => ({ kind: 'refused', unlogged, details })

describe('what cosign 3.1.3 said, recorded', () => {
  test.each([
    ['nothing there', { kind: 'nothing' }],
    ['attestation, nothing there', { kind: 'nothing' }],
    ['bundle, other key', refused(false)],
    ['logged bundle, other key', refused(false)],
    ['legacy, other key', refused(false)],
    ['attestation, other key', refused(false)],
    ['legacy attestation, other key', refused(false)],
    ['keyless, key asked', refused(false)],
    ['logged bundle with a key, identity asked', refused(false)],
    ['legacy with a key, identity asked', refused(false)],
    ['bundle, not logged', refused(true)],
    ['keyless, other trusted root', refused(true)],
    [
      'keyless, other workflow',
      refused(false, 'it is by https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main')
    ],
    [
      'keyless, pattern does not match',
      refused(false, 'it is by https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main')
    ],
    ['keyless, other issuer', refused(false, 'its identity is vouched for by http://127.0.0.1:5000')],
    [
      'keyless, ended authority',
      refused(false, 'its certificate is not one of the Sigstore that is trusted, or was not valid at the time')
    ],
    ['bundle of another digest', { kind: 'other-digest' }],
    ['legacy of another digest', { kind: 'other-digest' }],
    ['legacy attestation of another digest', { kind: 'other-digest' }],
    ['three bundles', { kind: 'other-digest' }],
    [
      'attestation, other types',
      {
        kind: 'other-types',
        types: [
          'https://sigstore.dev/cosign/sign/v1',
          'https://cosign.sigstore.dev/attestation/vuln/v1',
          'https://spdx.dev/Document'
        ]
      }
    ]
  ])('%s', (name, meaning) => {
    expect(read(refusal(name))).toEqual(meaning)
  })

  test.each([
    ['pattern that is none', 'error', /regular expression/],
    ['trusted root that is not there', 'error', /^the file of the trusted root cannot be read$/],
    ['trusted root that is no JSON', 'error', /does not hold a trusted root/],
    ['trusted root that is another thing', 'error', /does not hold a trusted root/],
    ['key that is none', 'error', /^cosign cannot read the public key$/],
    ['no public Sigstore', 'unreachable', /public Sigstore/],
    ['legacy, no proof of the log', 'unreachable', /public log/],
    ['registry answers 401', 'unreachable', /does not let cosign read/],
    ['registry answers 403, attestation', 'unreachable', /does not let cosign read/]
  ])('%s keeps it from looking (%s)', (name, kind, reason) => {
    expect(read(refusal(name))).toMatchObject({ kind, reason: expect.stringMatching(reason) })
  })

  test.each([
    ['registry down'],
    ['registry answers 429'],
    ['registry answers 503'],
    ['registry answers 503, legacy attestation']
  ])('%s may pass', name => {
    expect(read(refusal(name))).toMatchObject({ kind: 'unreachable', passing: true })
  })
})

test('a child that was ended did not look', () => {
  const error = aCommandError({
    message: 'cosign was ended: x',
    timedOut: true,
    stderr: 'Error: no signatures found\n'
  })
  expect(readFailure(error)).toEqual({ kind: 'unreachable', reason: 'cosign was ended: x', passing: false })
})

test("what a certificate says is not taken for cosign's own words", () => {
  const said = 'connection refused; GET https://x from TUF, got "y" error parsing regexp'
  const line = `no matching attestations: expected SAN value "a", got "${said.replaceAll('"', '')}"`
  expect(read(`Error: ${line}\nerror during command execution: ${line}\n`)).toMatchObject({ kind: 'refused' })
})

test('what a certificate says is shortened and has no control characters', () => {
  const line = `expected SAN value "a", got "\u001b[31m\u202e${'x'.repeat(500)}"`
  const failure = read(`Error: no matching attestations: ${line}\n`)
  expect(failure).toMatchObject({ details: [expect.stringMatching(/^it is by \?\[31m\?x{190,200}$/)] })
})

test('anything else is an error, whatever it says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const { kind } = read(text)
      expect(['error', 'unreachable', 'refused', 'nothing', 'other-digest', 'other-types']).toContain(kind)
    })
  )
  expect(read('')).toEqual({ kind: 'error', reason: 'the tool failed with exit code 1' })
  expect(read('Error: something new\n')).toEqual({
    kind: 'error',
    reason: 'the tool failed with exit code 1: something new'
  })
})
