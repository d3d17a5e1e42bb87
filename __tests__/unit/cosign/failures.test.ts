import { describe, expect, test } from '@jest/globals'
import { explainCosign } from '../../../src/cosign/failures.ts'
import { aCommandError } from '../../fixtures/command-error.ts'

const IMAGE = `ghcr.io/acme/rekor-immutable-app@sha256:${'a'.repeat(64)}`
const explain = (stderr: string) =>
  explainCosign(aCommandError({ stderr: `Error: ${stderr}\nerror during command execution: ${stderr}\n` }))

/** The first five and the last four as cosign 3.1.3 printed them here, the others as its source and the registries have them. */
describe('explainCosign', () => {
  test.each([
    ['decrypt: encrypted: decryption failed', 'the key cannot be decrypted'],
    ['invalid pem block', 'cosign cannot read the key as PEM'],
    ['unsupported pem type: PRIVATE KEY', "the key is not one of cosign's"],
    ['no signatures found', 'no signature was found'],
    [
      `signing [${IMAGE}]: signing digest: HEAD https://ghcr.io/v2/acme/app/manifests/sha256:aa: unexpected status code 404 Not Found (HEAD responses have no body, use GET for details)`,
      'the image is not in the registry'
    ],
    [
      `signing [${IMAGE}]: accessing image: GET https://ghcr.io/token?scope=x: UNAUTHORIZED: authentication required`,
      'the registry wants a login'
    ],
    [
      `signing [${IMAGE}]: signing digest: failed to upload layer: POST https://ghcr.io/v2/acme/app/blobs/uploads/: DENIED: permission_denied: write_package`,
      'the registry does not let this job write'
    ],
    [
      `signing [${IMAGE}]: TAG_INVALID: The image tag already exists and cannot be overwritten because the repository is immutable`,
      'the registry does not let the tag of a signature be written again, because its tags are immutable'
    ],
    [
      `signing [${IMAGE}]: signing bundle: error signing bundle: Post "https://rekor.sigstore.dev/api/v1/log/entries": giving up after 2 attempt(s)`,
      'the transparency log (rekor.sigstore.dev) answered with an error, again and again'
    ],
    [
      `signing [${IMAGE}]: Get "https://ghcr.io/v2/": dial tcp 127.0.0.1:1: connect: connection refused`,
      'the registry cannot be reached'
    ],
    [
      `signing [${IMAGE}]: Get "https://ghcr.io/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      "the registry's certificate is signed by an authority that this machine does not know"
    ],
    [
      'no matching attestations: failed to verify signature: could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1',
      'there are signatures, but none by this key'
    ],
    [
      'no matching signatures: invalid signature when validating ASN.1 encoded signature',
      'there are signatures, but none by this key'
    ]
  ])('%s', (stderr, reason) => {
    expect(explain(stderr).reason).toBe(reason)
  })

  test.each([
    'failed to upload layer: PATCH https://r/v2/a/blobs/uploads/x: unexpected status code 413 Request Entity Too Large',
    'writing bundle: PUT https://r/v2/a/manifests/x: SIZE_INVALID: too large'
  ])('what is too large for the registry: %s', stderr => {
    expect(explain(stderr).reason).toBe('what was to be pushed is larger than the registry takes')
  })

  test('names both remedies for immutable tags', () => {
    const { remedy } = explain('TAG_INVALID: The image tag already exists and the repository is immutable')
    expect(remedy).toMatch(/^exempt tags that begin with sha256- from immutability, or set signature-repository/)
  })

  test('tells an unknown error once, and no more than its beginning', () => {
    const { reason } = explain(`something new ${'x'.repeat(1000)}`)
    expect(reason).toMatch(/^the tool failed with exit code 1: something new x+$/)
    expect(reason.length).toBeLessThan(400)
  })

  test('does not guess when cosign was ended', () => {
    const error = aCommandError({ message: 'cosign was ended: x', timedOut: true, stderr: 'connection refused' })
    expect(explainCosign(error)).toEqual({ reason: 'cosign was ended: x', ended: true })
  })

  test('names the input whose limit ended it', () => {
    const error = aCommandError({
      message: 'cosign was ended: the time limit of the step, 20 s, is over',
      timedOut: true
    })
    expect(explainCosign(error)).toMatchObject({ remedy: 'raise timeout, or find out what took so long' })
  })
})
