import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { UserError } from '../../../src/lib/errors.ts'
import { parseTrustPolicy } from '../../../src/trust/policy-file.ts'
import { aCosignKey } from '../../fixtures/keys.ts'
import { aPublicKey } from '../../fixtures/trust.ts'

const NAME = '.github/imgguard.yml'
const parse = (text: string) => parseTrustPolicy(text, NAME)
/** A policy of these lines of one rule, the first of which is line 3 and begins in column 5. */
const policyOf = (...rule: readonly string[]) => `version: 1\nimages:\n  - ${rule.join('\n    ')}\n`
const ruleOf = (...lines: readonly string[]) => parse(policyOf(...lines)).rules[0]
const EXAMPLE = `# .github/imgguard.yml
version: 1
images:
  - match: ghcr.io/acme/**                  # our own registry
    signed-by: { key: .github/cosign.pub, annotations: { ref: refs/heads/main } }
    attested: [{ type: vuln, max-age: 7d, fail-on: critical }, { type: slsaprovenance1 }]
  - match: cgr.dev/chainguard/*             # a publisher that we trust
    signed-by: { identity: "https://github.com/chainguard-images/images@refs/heads/main", issuer: "https://token.actions.githubusercontent.com" }
  - match: docker.io/library/*              # no signature to check
    pinned: true
default: deny
`

describe('a good policy', () => {
  test('is read as it is meant', () => {
    const ours = {
      signer: { kind: 'keys', keys: [{ kind: 'path', path: '.github/cosign.pub', place: `${NAME}:5:23` }] },
      annotations: { ref: 'refs/heads/main' },
      log: 'ignored',
      eachPlatform: false
    }
    expect(parse(EXAMPLE)).toEqual({
      name: NAME,
      rules: [
        {
          match: 'ghcr.io/acme/**',
          place: `${NAME}:4`,
          signedBy: [ours],
          attested: [
            { type: 'vuln', signedBy: [ours], maxAgeMs: 604_800_000, failOn: 'critical', ignoreUnfixed: true },
            { type: 'slsaprovenance1', signedBy: [ours], ignoreUnfixed: true }
          ],
          pinned: false
        },
        {
          match: 'cgr.dev/chainguard/*',
          place: `${NAME}:7`,
          signedBy: [
            {
              signer: {
                kind: 'identity',
                identity: { exactly: 'https://github.com/chainguard-images/images@refs/heads/main' },
                issuer: 'https://token.actions.githubusercontent.com'
              },
              annotations: {},
              log: 'required',
              eachPlatform: false
            }
          ],
          attested: [],
          pinned: false
        },
        { match: 'docker.io/library/*', place: `${NAME}:9`, signedBy: [], attested: [], pinned: true }
      ]
    })
  })

  test('takes several keys, several signers, and all that can be said of them', () => {
    const pem = aPublicKey()
    const rule = ruleOf(
      'match: "**"',
      'signed-by:',
      '  - key:',
      '      - awskms:///alias/release',
      '      - |',
      ...pem.split('\n').map(line => `        ${line}`),
      '    transparency-log: required',
      '    signature-repository: acme/signatures',
      '    each-platform: true',
      '  - identity-regexp: ^https://github\\.com/acme/.*$',
      '    issuer: https://token.actions.githubusercontent.com',
      '    transparency-log: ignored'
    )
    expect(rule?.signedBy).toEqual([
      {
        signer: {
          kind: 'keys',
          keys: [
            { kind: 'kms', reference: 'awskms:///alias/release' },
            { kind: 'pem', pem }
          ]
        },
        annotations: {},
        log: 'required',
        signatureRepository: 'index.docker.io/acme/signatures',
        eachPlatform: true
      },
      {
        signer: {
          kind: 'identity',
          identity: { regexp: '^https://github\\.com/acme/.*$' },
          issuer: 'https://token.actions.githubusercontent.com'
        },
        annotations: {},
        log: 'ignored',
        eachPlatform: false
      }
    ])
  })

  test('believes the signer that a demand names, else those of the rule', () => {
    const rule = ruleOf(
      'match: "**"',
      'signed-by: { key: ours.pub }',
      'attested:',
      '  - { type: cyclonedx }',
      '  - { type: https://slsa.dev/provenance/v1, repository: acme/app, workflow: .github/workflows/b.yml, ref: refs/tags/v1, max-age: 30m,',
      '      signed-by: { key: theirs.pub } }'
    )
    expect(rule?.attested.map(({ signedBy }) => signedBy[0]?.signer)).toEqual([
      { kind: 'keys', keys: [{ kind: 'path', path: 'ours.pub', place: `${NAME}:4:23` }] },
      { kind: 'keys', keys: [{ kind: 'path', path: 'theirs.pub', place: `${NAME}:8:29` }] }
    ])
    expect(rule?.attested[0]?.signedBy).toBe(rule?.signedBy)
    expect(rule?.attested[1]).toMatchObject({
      repository: 'acme/app',
      workflow: '.github/workflows/b.yml',
      ref: 'refs/tags/v1',
      maxAgeMs: 1_800_000
    })
  })

  test('needs no signature where attestations are demanded of somebody', () => {
    expect(ruleOf('match: "**"', 'attested: [{ type: vuln, signed-by: { key: k.pub } }]')?.signedBy).toEqual([])
  })
})

const KEY = 'signed-by: { key: k.pub }'

describe('a bad policy is refused with place and remedy', () => {
  test.each([
    ['', '1:1: a policy has version: 1 and images: with a list of rules'],
    ['- a', '1:1: a policy has version: 1'],
    ['images: []', '1:1: version is missing; write version: 1'],
    ['version: 2\nimages: []', '1:10: this version is not known; it is 1'],
    ['version: "1"\nimages: []', '1:10: version must be a number'],
    ['version: 1', '1:1: images is missing; images is a list of rules'],
    ['version: 1\nimages: []', '2:9: images is a list of rules'],
    ['version: 1\nimages:', '2:1: "images" has no value'],
    ['version: 1\nimage: []', '2:1: the key "image" is not known; did you mean images?'],
    ['version: 1\nimages: [x]', '2:10: a rule is a map'],
    ['version: 1\ndefault: allow\nimages: []', '2:10: default can only be deny; for all other images add a last rule'],
    ['version: 1\nversion: 1', '2:1: this key stands there twice; remove one of them'],
    ['version: 1\nimages:\n\t- a', '3:1: a tab stands where YAML takes spaces only'],
    ['version: 1\n---\nversion: 1', '2:1: a second document begins here'],
    ['version: 1\nimages: {', '2:10: is not valid YAML'],
    ['version: !x 1', '1:10: is not valid YAML: Unresolved tag: !x'],
    ['? [a]\n: b', '1:3: is not valid YAML'],
    ['a: &a [x]\nversion: *a', '2:10: *a is an alias; write out what it stands for'],
    ['version: &a 1\nimages: *a', '2:9: *a is an alias; write out what it stands for'],
    ['version: 1\nimages: &a [*a]', '2:13: *a is an alias'],
    ['version: 1\nimages: *b', '2:9: *b is an alias'],
    ['['.repeat(50_000), 'is nested too deeply'],
    ['- '.repeat(50_000), 'is nested too deeply'],
    [`# ${'x'.repeat(300_000)}`, '1:1: is longer than 262144 characters; split the policy']
  ])('%.60j', (text, message) => {
    expect(() => parse(text)).toThrow(UserError)
    expect(() => parse(text)).toThrow(message)
    expect(() => parse(text)).toThrow(/^\.github\/imgguard\.yml:\d+:\d+: /)
  })

  test.each([
    'awskms://attacker.example/alias/release',
    'awskms://localhost:4566/arn:aws:kms:us-east-2:111122223333:alias/release',
    'azurekms://attacker.example/key',
    'azurekms://attacker.example#.vault.azure.net/key',
    'azurekms://me@attacker.example?.vault.azure.net/key',
    'azurekms://a.vault.azure.net.attacker.example/key',
    'azurekms://attacker.example:443.vault.azure.net/key'
  ])('the host of %s is not chosen by a file', reference => {
    const rule = ['match: ghcr.io/a/b', `signed-by: { key: [k.pub, "${reference}"] }`]
    expect(() => parse(policyOf(...rule))).toThrow('imgguard.yml:4:31: key names the host of a key store')
  })

  test.each([
    'awskms:///alias/release',
    'awskms:///arn:aws:kms:us-east-2:111122223333:alias/release',
    'azurekms://acme.vault.azure.net/key',
    'azurekms://acme.managedhsm.azure.net/key/0123',
    'gcpkms://projects/acme/locations/global/keyRings/r/cryptoKeys/k',
    'hashivault://release'
  ])('%s leaves it to the environment, or to Azure', reference => {
    const rule = ruleOf('match: ghcr.io/a/b', `signed-by: { key: "${reference}" }`)
    expect(rule?.signedBy[0]?.signer).toEqual({ kind: 'keys', keys: [{ kind: 'kms', reference }] })
  })

  test('of more rules than anybody writes is not read', () => {
    const rules = (count: number) =>
      `version: 1\nimages:\n${Array.from({ length: count }, (_, index) => `- { match: a.io/b${index}, pinned: true }`).join('\n')}`
    expect(parse(rules(1_000)).rules).toHaveLength(1_000)
    expect(() => parse(rules(1_001))).toThrow('1003:3: a policy has at most 1000 rules')
  })

  test.each([
    [[KEY], '3:5: match is missing; it says of which images'],
    [
      ['match: ghcr.io/a/b', 'signed_by: { key: k.pub }'],
      '4:5: the key "signed_by" is not known; did you mean signed-by?'
    ],
    [
      ['match: ghcr.io/a/b:1', KEY],
      '3:12: match "ghcr.io/a/b:1" has a tag or digest; a rule is for a whole repository'
    ],
    [['match: 5', KEY], '3:12: match must be a text; put it in quotes'],
    [['match: " "', KEY], '3:12: match is empty'],
    [
      ['match: ghcr.io/a/b'],
      '3:5: this rule would let everything through that is called ghcr.io/a/b; give signed-by, attested or pinned: true'
    ],
    [['match: ghcr.io/a/b', 'pinned: false'], '3:5: this rule would let everything through'],
    [['match: ghcr.io/a/b', 'pinned: yes'], '4:13: pinned must be true or false, without quotes'],
    [['match: ghcr.io/a/b', 'attested: []', KEY], '4:15: attested is a list of what must be attested'],
    [['match: ghcr.io/a/b', 'attested: vuln', KEY], '4:15: attested is a list of what must be attested'],
    [['match: ghcr.io/a/b', 'attested: [vuln]', KEY], '4:16: a demand is a map with a type'],
    [
      ['match: ghcr.io/a/b', 'attested: [{ type: vuln }]'],
      '4:16: nothing says who must have attested vuln; give signed-by here or in the rule'
    ],
    [['match: ghcr.io/a/b', KEY, '- match: x'], 'is not valid YAML']
  ])('rule %j', (lines, message) => {
    expect(() => ruleOf(...lines)).toThrow(message)
  })

  test.each([
    ['k.pub', '4:16: signed-by is who must have signed'],
    ['[]', '4:16: signed-by is who must have signed'],
    ['{}', '4:16: signed-by names nobody; give key, or identity and issuer'],
    ['{ keys: k.pub }', '4:18: the key "keys" is not known; did you mean key?'],
    ['{ key: [] }', '4:23: key is an empty list; give at least one'],
    ['{ key: [k.pub, 7] }', '4:31: key must be a text; put it in quotes'],
    ['{ key: { a: b } }', '4:23: key must be a text'],
    ['{ key: hunter2 }', '4:23: key is neither a public key'],
    ['{ key: https://x.example/k.pub }', '4:23: key is a URL'],
    [
      '{ key: k.pub, issuer: https://a.example }',
      '4:38: key and identity are two signers; make signed-by a list of the two'
    ],
    ['{ issuer: https://a.example }', '4:26: signed-by names nobody'],
    ['{ identity: a }', '4:28: an identity means nothing without who vouches for it; give issuer'],
    [
      '{ identity: a, identity-regexp: ^a$, issuer: https://a.example }',
      '4:48: identity and identity-regexp are both given'
    ],
    ['{ identity-regexp: a, issuer: https://a.example }', '4:35: identity-regexp must match the whole identity'],
    ['{ identity: a, issuer: github }', '4:39: issuer is not a URL'],
    ['{ key: k.pub, annotations: {} }', '4:43: annotations are what the signature must say'],
    ['{ key: k.pub, annotations: [ref] }', '4:43: annotations are what the signature must say'],
    ['{ key: k.pub, annotations: { run: 5 } }', '4:50: "run" must be a text; put it in quotes'],
    ['{ key: k.pub, annotations: { run: } }', '4:45: "run" has no value'],
    ['{ key: k.pub, transparency-log: true }', '4:48: transparency-log must be a text'],
    ['{ key: k.pub, transparency-log: never }', '4:48: transparency-log can be auto, required, ignored'],
    ['{ key: k.pub, each-platform: "true" }', '4:45: each-platform must be true or false'],
    [
      '{ key: k.pub, signature-repository: ghcr.io/a/b:1 }',
      '4:52: signature-repository is a repository, without tag and digest'
    ],
    ['{ key: k.pub, signature-repository: Ghcr.io/A }', '4:52: signature-repository cannot be used: ']
  ])('signed-by: %s', (signedBy, message) => {
    expect(() => ruleOf('match: ghcr.io/a/b', `signed-by: ${signedBy}`)).toThrow(message)
  })

  test.each([
    ['max-age: 7d', '16: type is missing'],
    ['type: vulns', '24: type is "vulns"; did you mean vuln? It can also be the URI of a predicate type'],
    ['type: sbom', '24: type is "sbom"; it is cyclonedx for what the input attest: sbom makes'],
    ['type: custom', '24: type is "custom", which says nothing'],
    ['type: vuln, max-age: 7', '39: max-age must be a text; put it in quotes'],
    [
      'type: vuln, max-age: 7 days',
      '39: max-age is "7 days"; it is a number of minutes, hours or days, such as 30m, 12h or 7d'
    ],
    ['type: vuln, max-age: 0d', '39: max-age is "0d"'],
    [
      'type: cyclonedx, max-age: 7d',
      '44: max-age cannot be asked of cyclonedx, only of vuln and slsaprovenance1; remove it'
    ],
    ['type: vuln, fail-on: none', '39: fail-on is "none"; it is one of critical, high, medium, low, unknown'],
    ['type: slsaprovenance1, fail-on: high', '50: fail-on cannot be asked of slsaprovenance1, only of vuln'],
    ['type: vuln, fail-on: high, ignore-unfixed: no', '61: ignore-unfixed must be true or false'],
    ['type: vuln, ignore-unfixed: false', '46: ignore-unfixed means nothing without fail-on'],
    ['type: vuln, repository: a/b', '42: repository cannot be asked of vuln, only of slsaprovenance1'],
    ['type: slsaprovenance1, repository: acme', '53: repository is "acme"; it is owner/name'],
    ['type: slsaprovenance1, workflow: build', '51: workflow is "build"; it is the path of the workflow file'],
    ['type: slsaprovenance1, workflow: ./b.yml', '51: workflow is "./b.yml"'],
    ['type: slsaprovenance1, ref: main', '46: ref is "main"; it is a whole ref, such as refs/heads/main'],
    [
      'type: vuln, signed-by: { key: k.pub, annotations: { a: b } }',
      '68: annotations is of signatures, and this is an attestation; remove it'
    ],
    ['type: vuln, signed-by: { key: k.pub, each-platform: true }', '70: each-platform is of signatures'],
    ['type: vuln, maxage: 7d', '30: the key "maxage" is not known; did you mean max-age?']
  ])('attested: %s', (demand, message) => {
    expect(() => ruleOf('match: ghcr.io/a/b', `attested: [{ ${demand} }]`, KEY)).toThrow(`${NAME}:4:${message}`)
  })

  test('a rule that never decides, as an earlier one takes all of it', () => {
    const rules = ['ghcr.io/acme/**', 'ghcr.io/acme/app'].map(match => `  - { match: ${match}, pinned: true }`)
    expect(() => parse(`version: 1\nimages:\n${rules.join('\n')}\n`)).toThrow(
      `${NAME}:4:14: this rule never decides, as ghcr.io/acme/** (${NAME}:3) comes first and takes all of ghcr.io/acme/app; put this rule before that one, or remove it`
    )
    expect(parse(`version: 1\nimages:\n${rules.toReversed().join('\n')}\n`).rules).toHaveLength(2)
  })

  test('a private key in it, of which nothing is said', () => {
    const key = aCosignKey()
    const text = policyOf('match: ghcr.io/a/b', 'signed-by:', '  key: |', ...key.split('\n').map(line => `    ${line}`))
    expect(() => parse(text)).toThrow(`${NAME}:5:12: key is a private key`)
    expect(() => parse(text)).not.toThrow(key.split('\n')[1])
  })
})

test('anything is a policy or an error with its place', () => {
  const edit = fc.tuple(fc.nat(EXAMPLE.length), fc.nat(20), fc.string({ maxLength: 10 }))
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), edits => {
      const text = edits.reduce((all, [at, cut, put]) => all.slice(0, at) + put + all.slice(at + cut), EXAMPLE)
      try {
        for (const rule of parse(text).rules)
          expect(rule.signedBy.length + rule.attested.length > 0 || rule.pinned).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(UserError)
        expect((error as Error).message).toMatch(/^\.github\/imgguard\.yml:[1-9]\d*:[1-9]\d*: \S/)
        expect((error as Error).message).not.toMatch(/[.]$/)
      }
    }),
    { numRuns: 1_000 }
  )
})
