import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { UserError } from '../../../src/lib/errors.ts'
import { PREDICATE_NAMES } from '../../../src/lib/predicate-types.ts'
import { DEMAND_KEYS } from '../../../src/trust/demand.ts'
import { parseTrustPolicy } from '../../../src/trust/policy-file.ts'
import { aPublicKey } from '../../fixtures/trust.ts'

const schema = JSON.parse(readFileSync(new URL('../../../verify/policy.schema.json', import.meta.url), 'utf8'))
const fitsSchema = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(schema)

/** What the parser says of a document; undefined when it is content. */
function complaint(document: unknown): string | undefined {
  try {
    parseTrustPolicy(stringify(document, { aliasDuplicateObjects: false }), 'p.yml')
    return undefined
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
}

/**
 * What no schema can see: a rule behind another that takes all of it. (Globs, damaged keys, the | in a regular expression and such are not
 * among what is generated here.)
 */
const BEYOND_SCHEMA = /this rule never decides/

const signer = { key: 'k.pub' }
const identity = { identity: 'https://github.com/acme/app', issuer: 'https://issuer.example' }
const rule = { match: 'ghcr.io/acme/*', 'signed-by': signer }
const policy = (...images: readonly unknown[]) => ({ version: 1, images })
const demanding = (demand: unknown) => policy({ ...rule, attested: [demand] })
const signedBy = (value: unknown) => policy({ ...rule, 'signed-by': value })

describe('schema and parser agree that it is good', () => {
  test.each([
    policy(rule),
    { ...policy(rule), default: 'deny' },
    policy(rule, { match: '**', pinned: true }),
    signedBy([signer, identity]),
    signedBy({ key: ['k.pub', 'hashivault://k', aPublicKey()] }),
    signedBy({ ...identity, annotations: { ref: 'x' }, 'transparency-log': 'required', 'each-platform': true }),
    signedBy({ 'identity-regexp': '^https://github\\.com/acme/.*$', issuer: 'https://issuer.example' }),
    signedBy({ ...signer, 'signature-repository': 'ghcr.io/acme/signatures' }),
    demanding({ type: 'vuln', 'max-age': '7d', 'fail-on': 'high', 'ignore-unfixed': false }),
    demanding({ type: 'https://slsa.dev/provenance/v1', repository: 'a/b', workflow: 'w.yml', ref: 'refs/heads/x' }),
    demanding({ type: 'cyclonedx', 'signed-by': [identity] }),
    policy({ match: '**', attested: [{ type: 'vuln', 'signed-by': signer }] })
  ])('%j', document => {
    expect(complaint(document)).toBeUndefined()
    expect(fitsSchema(document)).toBe(true)
  })
})

describe('schema and parser agree that it is bad', () => {
  test.each([
    {},
    [],
    policy(),
    { ...policy(rule), version: 2 },
    { ...policy(rule), version: '1' },
    { ...policy(rule), default: 'allow' },
    { ...policy(rule), rules: [] },
    policy({ 'signed-by': signer }),
    policy({ match: '' }),
    policy({ match: 'ghcr.io/a/b' }),
    policy({ match: 'ghcr.io/a/b', pinned: false }),
    policy({ ...rule, pinned: 'true' }),
    policy({ ...rule, attested: [] }),
    policy({ ...rule, attested: ['vuln'] }),
    policy({ match: '**', attested: [{ type: 'vuln' }] }),
    signedBy([]),
    signedBy({}),
    signedBy({ key: [] }),
    signedBy({ key: 5 }),
    signedBy({ key: 'hunter2' }),
    signedBy({ key: 'https://example.com/k.pub' }),
    signedBy({ ...signer, ...identity }),
    signedBy({ ...signer, issuer: 'https://issuer.example' }),
    signedBy({ identity: 'x' }),
    signedBy({ issuer: 'https://issuer.example' }),
    signedBy({ ...identity, 'identity-regexp': '^x$' }),
    signedBy({ ...identity, issuer: 'github' }),
    signedBy({ 'identity-regexp': 'acme', issuer: 'https://issuer.example' }),
    signedBy({ ...signer, annotations: {} }),
    signedBy({ ...signer, annotations: { run: 5 } }),
    signedBy({ ...signer, 'transparency-log': true }),
    signedBy({ ...signer, 'each-platform': 'yes' }),
    signedBy({ ...signer, 'signature-repository': `ghcr.io/a/b@sha256:${'a'.repeat(64)}` }),
    demanding({ 'max-age': '7d' }),
    demanding({ type: 'vulns' }),
    demanding({ type: 'custom' }),
    demanding({ type: 'vuln', 'max-age': '7 days' }),
    demanding({ type: 'vuln', 'max-age': 7 }),
    demanding({ type: 'vuln', 'fail-on': 'none' }),
    demanding({ type: 'vuln', 'ignore-unfixed': false }),
    demanding({ type: 'vuln', repository: 'a/b' }),
    demanding({ type: 'cyclonedx', 'max-age': '7d' }),
    demanding({ type: 'slsaprovenance1', 'fail-on': 'high' }),
    demanding({ type: 'slsaprovenance1', ref: 'main' }),
    demanding({ type: 'slsaprovenance1', workflow: './b.yml' }),
    demanding({ type: 'slsaprovenance1', repository: 'acme' }),
    demanding({ type: 'vuln', 'signed-by': { ...signer, annotations: { a: 'b' } } })
  ])('%j', document => {
    expect(complaint(document)).toBeDefined()
    expect(fitsSchema(document)).toBe(false)
  })
})

describe('schema and parser agree on what is generated', () => {
  const odd = fc.constantFrom<unknown>('', 'x', 5, true, [], {}, 'deny', '7d')
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 })
  const either = (value: fc.Arbitrary<unknown>) =>
    fc.oneof({ arbitrary: value, weight: 12 }, { arbitrary: odd, weight: 1 })
  const oneOrMore = (value: fc.Arbitrary<unknown>) => fc.oneof(value, fc.array(value, { maxLength: 2 }))
  const compact = (record: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
  const mapOf = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) => fc.record(fields).map(compact)

  const aSigner = mapOf({
    key: maybe(either(oneOrMore(fc.constantFrom('k.pub', 'awskms:///x', 'dir/k')))),
    identity: maybe(either(fc.constant('https://github.com/acme/app'))),
    'identity-regexp': maybe(either(fc.constantFrom('^a$', 'a'))),
    issuer: maybe(either(fc.constant('https://issuer.example'))),
    annotations: maybe(
      either(fc.dictionary(fc.constantFrom('ref', 'run'), fc.constantFrom<unknown>('x', 5), { maxKeys: 2 }))
    ),
    'transparency-log': maybe(either(fc.constantFrom('auto', 'required', 'ignored'))),
    'each-platform': maybe(either(fc.boolean()))
  })
  const goodSigner = fc.constantFrom<Readonly<Record<string, unknown>>>(signer, identity)
  const signers = oneOrMore(fc.oneof({ arbitrary: goodSigner, weight: 6 }, { arbitrary: aSigner, weight: 2 }))
  const aDemand = mapOf({
    type: either(fc.constantFrom(...PREDICATE_NAMES, 'https://example.com/type', 'sbom')),
    'max-age': maybe(either(fc.constantFrom('7d', '12h', '0d'))),
    'fail-on': maybe(either(fc.constantFrom('critical', 'none'))),
    'ignore-unfixed': maybe(either(fc.boolean())),
    repository: maybe(either(fc.constantFrom('acme/app', 'https://ghes.example/a/b'))),
    workflow: maybe(either(fc.constantFrom('.github/workflows/b.yml', '/b.yml'))),
    ref: maybe(either(fc.constantFrom('refs/heads/main', 'main'))),
    'signed-by': maybe(signers)
  })
  const aRule = mapOf({
    match: either(fc.constantFrom('ghcr.io/acme/*', 'quay.io/**', 'mongo')),
    'signed-by': maybe(signers),
    attested: maybe(either(fc.array(aDemand, { maxLength: 2 }))),
    pinned: maybe(either(fc.boolean()))
  })
  const aPolicy = mapOf({
    version: either(fc.constant(1)),
    images: either(fc.array(aRule, { minLength: 1, maxLength: 2 })),
    default: maybe(either(fc.constant('deny')))
  })

  test('both take it, or both refuse it', () => {
    let [good, bad] = [0, 0]
    fc.assert(
      fc.property(aPolicy, document => {
        const said = complaint(document)
        if (said !== undefined && BEYOND_SCHEMA.test(said)) return
        expect({ document, fits: fitsSchema(document) }).toEqual({ document, fits: said === undefined })
        if (said === undefined) good += 1
        else bad += 1
      }),
      { numRuns: 2_000 }
    )
    expect(good).toBeGreaterThan(50)
    expect(bad).toBeGreaterThan(50)
  })
})

test('editors get a description of every key', () => {
  const described = (node: unknown): boolean =>
    typeof node === 'object' &&
    node !== null &&
    ('description' in node || ('$ref' in node && described(resolve(node.$ref))))
  const resolve = (ref: unknown) => schema.definitions[String(ref).replace('#/definitions/', '')]
  const { rule: ofRule, signer: ofSigner, attester, demand } = schema.definitions
  for (const { properties } of [schema, ofRule, ofSigner, attester, demand])
    for (const [key, value] of Object.entries(properties)) expect([key, described(value)]).toEqual([key, true])
  expect(Object.keys(demand.properties)).toEqual([...DEMAND_KEYS, 'signed-by'])
  expect(demand.properties.type.anyOf[0].enum.toSorted()).toEqual(PREDICATE_NAMES.toSorted())
})
