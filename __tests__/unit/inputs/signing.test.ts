import { describe, expect, test } from '@jest/globals'
import { INPUTS } from '../../../src/inputs/defaults.ts'
import { createFields } from '../../../src/inputs/fields.ts'
import { parseSigning } from '../../../src/inputs/signing.ts'
import { aCosignKey } from '../../fixtures/keys.ts'

function parse(raw: Readonly<Record<string, string>>) {
  const fields = createFields(raw, INPUTS)
  return { config: parseSigning(fields, raw), problems: fields.problems }
}

const problemOf = (raw: Readonly<Record<string, string>>) => parse(raw).problems.join('\n')

describe('what signs', () => {
  test('is nothing unless something is given', () => {
    expect(parse({}).config).not.toHaveProperty('signWith')
  })

  test.each([
    'awskms:///alias/imgguard',
    'gcpkms://projects/p/locations/l',
    'azurekms://v.vault.azure.net/k',
    'hashivault://k'
  ])('can be a key in a key store: %s', reference => {
    expect(parse({ 'cosign-key': ` ${reference}\n` })).toEqual({
      config: expect.objectContaining({ signWith: { kind: 'kms', reference } }),
      problems: []
    })
  })

  test.each(['k8s://default/cosign', 'pkcs11:token=x', 'awskms:', 'hashivault://a b'])(
    'cannot be another reference: %s',
    reference => {
      expect(problemOf({ 'cosign-key': reference })).toContain('it can be awskms://…, gcpkms://…')
    }
  )

  test('is one thing, not a key and an identity', () => {
    expect(problemOf({ keyless: 'true', 'cosign-key': aCosignKey() })).toContain('remove one of them')
    expect(parse({ keyless: 'true' }).config.signWith).toEqual({ kind: 'keyless' })
  })
})

describe('what cosign cannot do is said with what works', () => {
  test.each([
    [{ keyless: 'true', 'transparency-log': 'false' }, 'keyless needs the transparency log'],
    [{ 'signing-config': 'sc.json', 'signature-format': 'legacy' }, 'set signature-format: bundle'],
    [{ 'signing-config': 'sc.json', 'signature-format': 'both' }, 'set signature-format: bundle'],
    [{ 'signing-config': 'sc.json', 'transparency-log': 'false' }, 'a signing config without a log needs no'],
    [
      { 'trusted-root': 'tr.json', 'signature-format': 'both', 'transparency-log': 'true' },
      'cosign looks a legacy signature up in the public log only'
    ]
  ])('%j', (raw, words) => {
    expect(problemOf(raw)).toContain(words)
  })

  test.each([
    { 'signing-config': 'sc.json', 'trusted-root': 'tr.json' },
    { 'signing-config': 'sc.json', 'signature-format': 'bundle', 'transparency-log': 'true' },
    { keyless: 'true', 'transparency-log': 'true' },
    { 'trusted-root': 'tr.json' }
  ])('and what it can is taken: %j', raw => {
    expect(parse(raw).problems).toEqual([])
  })
})

describe('promote', () => {
  test('takes tags and full references', () => {
    const { config, problems } = parse({ promote: 'latest, 1.4\nghcr.io/acme/stable:1, 127.0.0.1:5000/app:x' })
    expect(problems).toEqual([])
    expect(config.promote).toEqual([
      { tag: 'latest' },
      { tag: '1.4' },
      { reference: { registry: 'ghcr.io', repository: 'acme/stable', tag: '1' } },
      { reference: { registry: '127.0.0.1:5000', repository: 'app', tag: 'x' } }
    ])
  })

  test.each([
    ['ghcr.io/acme/stable', 'name the tag as well'],
    [`ghcr.io/acme/app:1@sha256:${'a'.repeat(64)}`, 'leave the digest out'],
    ['ghcr.io/Acme/app:1', 'lower case only'],
    ['.hidden', 'promote']
  ])('refuses %s', (entry, words) => {
    expect(problemOf({ promote: entry })).toContain(words)
  })
})

test('attest takes sbom and vuln', () => {
  expect(parse({ attest: 'sbom, vuln' }).config.attest).toEqual(['sbom', 'vuln'])
  expect(problemOf({ attest: 'spdx' })).toContain('attest is "spdx"; it can be sbom, vuln')
})

test('signature-repository is a repository and nothing more', () => {
  expect(parse({ 'signature-repository': 'ghcr.io/acme/signatures' }).config.signatureRepository).toEqual({
    registry: 'ghcr.io',
    repository: 'acme/signatures'
  })
  expect(problemOf({ 'signature-repository': 'ghcr.io/acme/signatures:x' })).toContain('without tag and digest')
})
