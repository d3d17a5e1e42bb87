import { describe, expect, test } from '@jest/globals'
import { attestationArguments, signatureArguments } from '../../../src/cosign/verify-args.ts'
import { predicateTypeOf } from '../../../src/lib/predicate-types.ts'
import { byIdentity, byKey } from '../../fixtures/signing.ts'

const REFERENCE = `ghcr.io/acme/app@sha256:${'a'.repeat(64)}`
const KEY = ['--key', 'env://COSIGN_PUBLIC_KEY']
const IDENTITY = [
  '--certificate-identity',
  'https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main',
  '--certificate-oidc-issuer',
  'https://token.actions.githubusercontent.com'
]
const ROOT = ['--trusted-root', '/root.json']
const IGNORED = '--insecure-ignore-tlog=true'

describe('signatures', () => {
  test.each([
    ['a key', byKey, 'bundle', { log: 'ignored' }, [...KEY, IGNORED]],
    [
      'a key, without the log it needs no root',
      byKey,
      'bundle',
      { log: 'ignored', trustedRoot: '/root.json' },
      [...KEY, IGNORED]
    ],
    ['a key in the public log', byKey, 'bundle', { log: 'required' }, KEY],
    ['a key in a log', byKey, 'bundle', { log: 'required', trustedRoot: '/root.json' }, [...KEY, ...ROOT]],
    ['an identity', byIdentity, 'bundle', { log: 'required', trustedRoot: '/root.json' }, [...IDENTITY, ...ROOT]],
    // Without the time stamp a certificate would be looked at as of now.
    [
      'an identity without the log',
      byIdentity,
      'bundle',
      { log: 'ignored', trustedRoot: '/root.json' },
      [...IDENTITY, IGNORED, '--use-signed-timestamps', ...ROOT]
    ]
  ] as const)('by %s', (_, by, format, options, flags) => {
    const asked = ['verify-attestation', '--type', 'https://sigstore.dev/cosign/sign/v1']
    const args = signatureArguments('/layout', { by, format }, options)
    expect(args).toEqual([...asked, ...flags, '--local-image', '--', '/layout'])
  })

  test('in the legacy format', () => {
    const args = signatureArguments(REFERENCE, { by: byKey, format: 'legacy' }, { log: 'ignored' })
    expect(args).toEqual(['verify', ...KEY, IGNORED, '--new-bundle-format=false', '--output', 'json', '--', REFERENCE])
  })

  test('by an identity that a regular expression names', () => {
    const by = { ...byIdentity, identity: { regexp: '^https://x$' } } as const
    const args = signatureArguments(REFERENCE, { by, format: 'legacy' }, { log: 'required' })
    expect(args.slice(1, 3)).toEqual(['--certificate-identity-regexp', '^https://x$'])
  })
})

test('cosign verify-attestation names the predicate type and no short name of it', () => {
  const type = predicateTypeOf('vuln')
  expect(attestationArguments(REFERENCE, { by: byKey, format: 'legacy' }, type, { log: 'ignored' })).toEqual([
    'verify-attestation',
    '--type',
    'https://cosign.sigstore.dev/attestation/vuln/v1',
    ...KEY,
    IGNORED,
    '--new-bundle-format=false',
    '--',
    REFERENCE
  ])
  expect(predicateTypeOf('https://example.com/own/v1')).toBe('https://example.com/own/v1')
})
