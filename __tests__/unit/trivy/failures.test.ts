import { describe, expect, test } from '@jest/globals'
import { CommandError } from '../../../src/process/run.ts'
import { explainTrivy } from '../../../src/trivy/failures.ts'

function failure(stderr: string): CommandError {
  const details = { program: 'trivy', exitCode: 1, timedOut: false, stderr, stdout: '' }
  return new CommandError('trivy failed with exit code 1', details)
}

function fatal(chain: string): string {
  return `2026-11-22T05:24:22Z\tINFO\t[vuln] Vulnerability scanning is enabled\n2026-11-22T05:24:23Z\tFATAL\tFatal error\t${chain}\n`
}

describe('explainTrivy', () => {
  test('knows a layer that the registry does not have, and that another try is of no use', () => {
    // As Trivy 0.74.0 says it.
    const chain = `run error: image scan error: scan error: failed to get the layer content (sha256:${'9'.repeat(64)}): GET http://127.0.0.1:5000/v2/acme/app/blobs/sha256:${'0'.repeat(64)}: BLOB_UNKNOWN: Unknown blob`
    const expected = { reason: 'the registry has lost a part of it: push it again', permanent: true }
    expect(explainTrivy(failure(fatal(chain)))).toEqual(expected)
  })

  test.each(['unable to decode VEX: %!w(<nil>)', 'CycloneDX VEX can be used with CycloneDX SBOM'])(
    'knows a VEX document that Trivy does not take: %s',
    cause => {
      // As Trivy 0.74.0 says it.
      const chain = `run error: filter error: filtering error: VEX error: VEX error: unable to load VEX: unable to load VEX from file: ${cause}`
      expect(explainTrivy(failure(fatal(chain)))).toMatchObject({
        reason: expect.stringContaining('the input vex'),
        permanent: true
      })
    }
  )

  test('tells an unknown cause in whole links of its chain', () => {
    const cause = 'failed to get the layer: mismatched fs layers (7) and diff ids (6)'
    expect(explainTrivy(failure(fatal(cause))).reason).toBe(`trivy failed with exit code 1: Fatal error ${cause}`)
    const long = `scan failed (sha256:${'2'.repeat(300)}): ${cause}`
    expect(explainTrivy(failure(fatal(long))).reason).toBe(`trivy failed with exit code 1: ${cause}`)
  })

  test('tells the end of one endless link', () => {
    expect(explainTrivy(failure(fatal('x'.repeat(1000)))).reason).toBe(
      `trivy failed with exit code 1: ${'x'.repeat(300)}`
    )
  })
})
