import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { publicKeyCommand, verifyCommand } from '../../../src/cosign/verify-command.ts'
import { byIdentity, byKey } from '../../fixtures/signing.ts'

const REFERENCE = `ghcr.io/acme/app@sha256:${'a'.repeat(64)}`

test('the command for people names no format where there is a bundle, because early versions of cosign 2 have no such flag', () => {
  const both = { log: true, formats: ['bundle', 'legacy'] }
  expect(verifyCommand(REFERENCE, byKey, both, {})).toBe(`cosign verify --key cosign.pub ${REFERENCE}`)
  expect(verifyCommand(REFERENCE, byKey, { log: true }, {})).toBe(`cosign verify --key cosign.pub ${REFERENCE}`)
  expect(verifyCommand(REFERENCE, byKey, { log: false }, {})).toBe(
    `cosign verify --key cosign.pub --insecure-ignore-tlog=true ${REFERENCE}`
  )
})

test('the command for people names the legacy format where there is no other: beside a bundle of anybody’s cosign 3 overlooks it', () => {
  const legacy = { log: false, formats: ['legacy'] }
  expect(verifyCommand(REFERENCE, byKey, legacy, {})).toBe(
    `cosign verify --key cosign.pub --insecure-ignore-tlog=true --new-bundle-format=false ${REFERENCE}`
  )
})

test('the command that writes the public key is one command in a shell', () => {
  expect(publicKeyCommand('hashivault://imgguard')).toBe('cosign public-key --key hashivault://imgguard > cosign.pub')
  expect(publicKeyCommand('hashivault://a;b')).toBe("cosign public-key --key 'hashivault://a;b' > cosign.pub")
})

test('the command for people is one command in a shell, whatever an annotation holds', () => {
  const value = `it's $(touch x) "y" \`z\`; a & b > c \\`
  const command = verifyCommand(REFERENCE, byKey, { log: true }, { repository: value })
  const printed = execFileSync('/bin/sh', ['-c', `cosign() { printf '%s\\0' "$@"; }; ${command}`], { encoding: 'utf8' })
  expect(printed.split('\0').slice(0, -1)).toEqual([
    'verify',
    '--key',
    'cosign.pub',
    '-a',
    `repository=${value}`,
    REFERENCE
  ])
})

test('the command for people names an identity, where the signatures are, and what the log is checked with', () => {
  const sigstore = { trustedRoot: '.sigstore/trusted root.json' }
  const options = { log: true, sigstore, signatureRepository: 'ghcr.io/acme/signatures' }
  expect(verifyCommand(REFERENCE, byIdentity, options, { repository: 'ghcr.io/acme/app' })).toBe(
    `COSIGN_REPOSITORY=ghcr.io/acme/signatures cosign verify --certificate-identity https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main --certificate-oidc-issuer https://token.actions.githubusercontent.com --trusted-root '.sigstore/trusted root.json' -a repository=ghcr.io/acme/app ${REFERENCE}`
  )
})
