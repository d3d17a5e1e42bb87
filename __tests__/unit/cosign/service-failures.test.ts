import { describe, expect, test } from '@jest/globals'
import { explainService, explainSilence, explainSize } from '../../../src/cosign/service-failures.ts'
import { PUBLIC_SERVICES, type SigstoreService } from '../../../src/cosign/services.ts'

const CA: SigstoreService = { role: 'certificate authority', url: 'http://127.0.0.1:7105' }
const TSA: SigstoreService = { role: 'timestamp authority', url: 'http://127.0.0.1:7108/api/v1/timestamp' }
const LOG: SigstoreService = { role: 'transparency log', url: 'http://127.0.0.1:7102' }
const OWN = [CA, TSA, LOG]

/** What cosign 3.1.3 says before each of them. */
const IMAGE = `127.0.0.1:5000/acme/rekor-timestamp-fulcio@sha256:${'a'.repeat(64)}`
const printed = (words: string) => {
  const line = `signing [${IMAGE}]: signing digest: signing bundle: error signing bundle: ${words}`
  return `Signing artifact...\nError: ${line}\nerror during command execution: ${line}\n`
}

/** As cosign 3.1.3 printed them against a Sigstore on loopback, apart from ports; the last two from its source. */
const RECORDED: readonly (readonly [string, string, boolean])[] = [
  [
    'adding rekor v2 entry: getting response: Post "http://127.0.0.1:7102/api/v2/log/entries": dial tcp 127.0.0.1:7102: connect: connection refused',
    'the transparency log (127.0.0.1:7102) refuses connections',
    true
  ],
  [
    'adding rekor v2 entry: unexpected response: 503 fault 503',
    'the transparency log (127.0.0.1:7102) answered 503',
    true
  ],
  [
    'adding rekor v2 entry: unexpected response: 429 fault 429',
    'the transparency log (127.0.0.1:7102) answered 429',
    true
  ],
  [
    'adding rekor v2 entry: unexpected response: 409 fault 409',
    'the transparency log (127.0.0.1:7102) answered 409, which means that it has this very entry already',
    false
  ],
  [
    'adding rekor v2 entry: getting response: Post "http://127.0.0.1:7102/api/v2/log/entries": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
    'the transparency log (127.0.0.1:7102) did not answer in time',
    true
  ],
  [
    'Post "http://127.0.0.1:7108/api/v1/timestamp": dial tcp 127.0.0.1:7108: connect: connection refused',
    'the timestamp authority (127.0.0.1:7108) refuses connections',
    true
  ],
  [
    'Post "http://127.0.0.1:7108/api/v1/timestamp": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    'the timestamp authority (127.0.0.1:7108) did not answer in time',
    true
  ],
  [
    'Post "http://127.0.0.1:7105/api/v2/signingCert": dial tcp 127.0.0.1:7105: connect: connection refused',
    'the certificate authority (127.0.0.1:7105) refuses connections',
    true
  ],
  [
    'http: read on closed response body',
    'the certificate authority (127.0.0.1:7105) or the timestamp authority (127.0.0.1:7108) answered with an error, again and again',
    true
  ],
  [
    'Fulcio returned 400: There was an error processing the identity token',
    'the certificate authority (127.0.0.1:7105) answered 400: it does not accept the ID token of this job',
    false
  ],
  ['timestamp authority returned 403: no', 'the timestamp authority (127.0.0.1:7108) answered 403', false]
]

describe('a service of Sigstore that fails is named with its host, and tried again where that may help:', () => {
  test.each(RECORDED)('%s', (words, reason, transient) => {
    const failure = explainService(printed(words), OWN)
    expect(failure).toMatchObject({ service: true, reason, remedy: expect.any(String) })
    expect(failure?.transient ?? false).toBe(transient)
  })
})

test('with a key, only the timestamp authority forgets its answer', () => {
  expect(explainService(printed('http: read on closed response body'), [TSA, LOG])?.reason).toBe(
    'the timestamp authority (127.0.0.1:7108) answered with an error, again and again'
  )
})

test.each([
  'failed to verify timestamps: threshold not met for verified signed timestamps: 0 < 1',
  'failed to verify leaf certificate: leaf certificate verification failed',
  'failed to verify log inclusion: not enough verified log entries from transparency log: 0 < 1'
])('a bundle that our own trusted root does not believe points at trusted-root: %s', words => {
  expect(explainService(printed(words), OWN)).toMatchObject({ remedy: expect.stringContaining('trusted-root') })
})

describe('the public Sigstore', () => {
  test('is named by its hosts', () => {
    const v1 = 'Post "https://rekor.sigstore.dev/api/v1/log/entries": giving up after 2 attempt(s): x'
    expect(explainService(printed(v1), PUBLIC_SERVICES.slice(1))).toEqual({
      service: true,
      reason: 'the transparency log (rekor.sigstore.dev) answered with an error, again and again',
      remedy: 'run the job again later, or use transparency-log: false',
      transient: true
    })
  })

  test('is told from keyless, which cannot do without a log', () => {
    const tuf = 'error getting signing config from TUF: failed to load metadata: tuf refresh failed: Get "https://x"'
    expect(explainService(tuf, PUBLIC_SERVICES.slice(1))?.remedy).toBe('allow the host, or use transparency-log: false')
    expect(explainService(tuf, PUBLIC_SERVICES)?.remedy).toBe('allow the host')
  })
})

test.each([
  'failed to upload layer: POST https://ghcr.io/v2/acme/app/blobs/uploads/: DENIED: permission_denied',
  'GET https://ghcr.io/v2/acme/app/manifests/x: TOOMANYREQUESTS: slow down',
  'Get "https://ghcr.io/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
  'decrypt: encrypted: decryption failed'
])('what a registry or a key says is not blamed on Sigstore, whatever the image is called: %s', words => {
  expect(explainService(`Error: signing [${IMAGE}]: ${words}\n`, OWN)).toBeUndefined()
})

test('a service that never answers is named among those that were asked', () => {
  expect(explainSilence(20, [TSA, LOG])).toMatchObject({
    reason:
      'the timestamp authority (127.0.0.1:7108) or the transparency log (127.0.0.1:7102) did not answer within 20 s',
    transient: true
  })
})

describe('an attestation that is too long', () => {
  const v1 = printed('Post "https://rekor.sigstore.dev/api/v1/log/entries": giving up after 2 attempt(s)')
  const size = 4 * 1024 * 1024

  test('for a log that keeps it whole is told with its size, and not tried again', () => {
    const failure = explainSize(v1, size, PUBLIC_SERVICES)
    expect(failure?.reason).toContain('(rekor.sigstore.dev) did not take the attestation: with 4.0 MiB it is longer')
    expect(failure?.transient).toBeUndefined()
  })

  test('is not what a short one, or another service, failed for', () => {
    expect(explainSize(v1, 1024, PUBLIC_SERVICES)).toBeUndefined()
    expect(explainSize(printed('adding rekor v2 entry: unexpected response: 503 x'), size, OWN)).toBeUndefined()
  })
})
