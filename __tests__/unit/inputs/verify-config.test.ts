import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseVerifyConfig } from '../../../src/inputs/verify-config.ts'
import { VERIFY_INPUTS } from '../../../src/inputs/verify-defaults.ts'
import { UserError } from '../../../src/lib/errors.ts'
import { aCosignKey } from '../../fixtures/keys.ts'
import { aPublicKey } from '../../fixtures/trust.ts'

const IMAGE = 'ghcr.io/acme/app:1.4'
const ISSUER = 'https://token.actions.githubusercontent.com'
const enough = { image: IMAGE, key: '.github/cosign.pub' }
const parse = (raw: Readonly<Record<string, string>>) => parseVerifyConfig(raw)

/** The rule that the inputs make. */
function ruleOf(raw: Readonly<Record<string, string>>) {
  const { trust } = parse({ image: IMAGE, ...raw })
  if (trust.kind !== 'rule') throw new Error('a policy file was given')
  return trust.rule
}

/** All that is said of inputs that cannot be used. */
function problemsOf(raw: Readonly<Record<string, string>>): string {
  try {
    parse(raw)
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
  return ''
}

describe('parseVerifyConfig', () => {
  test('makes one rule for all images of a key', () => {
    const signedBy = [
      {
        signer: { kind: 'keys', keys: [{ kind: 'path', path: '.github/cosign.pub' }] },
        annotations: {},
        log: 'ignored',
        eachPlatform: false
      }
    ]
    expect(parse(enough)).toEqual({
      images: [{ text: IMAGE, reference: { registry: 'ghcr.io', repository: 'acme/app', tag: '1.4' } }],
      trust: { kind: 'rule', rule: { match: '**', place: 'the inputs', signedBy, attested: [], pinned: false } },
      timeoutMs: 300_000
    })
  })

  test('leaves it to the policy file where there is one', () => {
    const config = parse({
      image: IMAGE,
      dockerfile: 'Dockerfile',
      policy: '.github/imgguard.yml',
      'trusted-root': 'root.json',
      'signature-repository': 'acme/signatures',
      'registry-username': 'me',
      'registry-password': 'secret',
      'tools-mirror': 'https://mirror.example/tools',
      'tools-manifest': 'tools.json',
      timeout: '90s'
    })
    expect(config).toEqual({
      images: [{ text: IMAGE, reference: { registry: 'ghcr.io', repository: 'acme/app', tag: '1.4' } }],
      dockerfile: 'Dockerfile',
      trust: { kind: 'policy-file', path: '.github/imgguard.yml' },
      signatureRepository: 'index.docker.io/acme/signatures',
      trustedRoot: 'root.json',
      registry: { username: 'me', password: 'secret' },
      toolsMirror: 'https://mirror.example/tools/',
      toolsManifest: 'tools.json',
      timeoutMs: 90_000
    })
  })

  test('takes images by line and comma, each once, short names as docker means them', () => {
    const { images } = parse({ ...enough, image: 'mongo, user/app:1\n\nmongo\n' })
    expect(images).toEqual([
      { text: 'mongo', reference: { registry: 'index.docker.io', repository: 'library/mongo' } },
      { text: 'user/app:1', reference: { registry: 'index.docker.io', repository: 'user/app', tag: '1' } }
    ])
  })

  test('an identity needs the log, unless that is said otherwise', () => {
    const inputs = { 'certificate-identity': 'https://github.com/acme/app', 'certificate-oidc-issuer': ISSUER }
    expect(ruleOf(inputs).signedBy).toMatchObject([
      {
        signer: { kind: 'identity', identity: { exactly: 'https://github.com/acme/app' }, issuer: ISSUER },
        log: 'required'
      }
    ])
    expect(ruleOf({ ...inputs, 'transparency-log': 'ignored' }).signedBy).toMatchObject([{ log: 'ignored' }])
    expect(ruleOf({ ...enough, 'transparency-log': 'required' }).signedBy).toMatchObject([{ log: 'required' }])
  })

  test('a key and an identity are two signers, of which either is enough', () => {
    const rule = ruleOf({
      key: 'k.pub',
      'certificate-identity-regexp': '^https://github\\.com/acme/.*$',
      'certificate-oidc-issuer': ISSUER,
      annotations: 'ref=refs/heads/main\nnote=a, b = c'
    })
    expect(rule.signedBy).toMatchObject([
      { signer: { kind: 'keys' }, log: 'ignored', annotations: { ref: 'refs/heads/main', note: 'a, b = c' } },
      { signer: { identity: { regexp: '^https://github\\.com/acme/.*$' } }, log: 'required' }
    ])
  })

  test('cuts PEM blocks out of key as a whole', () => {
    const [one, two] = [aPublicKey(), aPublicKey()]
    const key = `${one}\nawskms:///alias/x\n  ${two.replaceAll('\n', '\n  ')}\nkeys/old.pub`
    expect(ruleOf({ key }).signedBy[0]?.signer).toEqual({
      kind: 'keys',
      keys: [
        { kind: 'pem', pem: one },
        { kind: 'kms', reference: 'awskms:///alias/x' },
        { kind: 'pem', pem: two },
        { kind: 'path', path: 'keys/old.pub' }
      ]
    })
  })

  test('reads what must be attested, of the same signers', () => {
    const rule = ruleOf({
      ...enough,
      attested:
        'vuln max-age=7d  fail-on=critical ignore-unfixed=false\nslsaprovenance1 repository=acme/app workflow=.github/workflows/build.yml ref=refs/heads/main\ncyclonedx, https://example.com/type'
    })
    const { signedBy } = rule
    expect(rule.attested).toEqual([
      { type: 'vuln', maxAgeMs: 604_800_000, failOn: 'critical', ignoreUnfixed: false, signedBy },
      {
        type: 'slsaprovenance1',
        repository: 'acme/app',
        workflow: '.github/workflows/build.yml',
        ref: 'refs/heads/main',
        ignoreUnfixed: true,
        signedBy
      },
      { type: 'cyclonedx', ignoreUnfixed: true, signedBy },
      { type: 'https://example.com/type', ignoreUnfixed: true, signedBy }
    ])
  })
})

describe('what cannot be used is said with the remedy', () => {
  test.each([
    [
      { dockerfile: 'D', key: 'k.pub', 'registry-username': 'me', 'registry-password': 'x' },
      'registry-username is for the registry of image, and image is empty; use docker/login-action'
    ],
    [{ key: 'k.pub' }, 'image and dockerfile are both empty; give the references to verify'],
    [{ image: IMAGE }, 'nothing says whom to trust; give policy, or key'],
    [{ image: IMAGE, attested: 'vuln' }, 'nothing says whom to trust'],
    [{ ...enough, image: 'oci-layout:dir' }, 'image has "oci-layout:dir"; signatures are in a registry'],
    [{ ...enough, image: 'docker-daemon:app' }, 'image has "docker-daemon:app"; signatures are in a registry'],
    [{ ...enough, image: 'ghcr.io/Acme/app' }, 'image: "ghcr.io/Acme/app" has upper-case letters'],
    [{ ...enough, policy: 'p.yml' }, 'policy is given together with key, and both would say whom to trust'],
    [
      { image: IMAGE, policy: 'p.yml', 'transparency-log': 'required', annotations: 'a=b', attested: 'vuln' },
      'policy is given together with attested, annotations, transparency-log'
    ],
    [{ image: IMAGE, 'certificate-oidc-issuer': ISSUER }, 'certificate-oidc-issuer is given without an identity'],
    [{ image: IMAGE, 'certificate-identity': 'x' }, 'certificate-oidc-issuer is missing'],
    [
      { image: IMAGE, 'certificate-identity': 'x', 'certificate-oidc-issuer': 'github' },
      'certificate-oidc-issuer is not a URL'
    ],
    [
      {
        image: IMAGE,
        'certificate-identity': 'x',
        'certificate-identity-regexp': '^x$',
        'certificate-oidc-issuer': ISSUER
      },
      'certificate-identity and certificate-identity-regexp are both given'
    ],
    [
      { image: IMAGE, 'certificate-identity-regexp': 'acme', 'certificate-oidc-issuer': ISSUER },
      'certificate-identity-regexp must match the whole identity'
    ],
    [{ ...enough, 'transparency-log': 'true' }, 'transparency-log is "true"; it can be auto, required, ignored'],
    [{ ...enough, annotations: 'ref' }, 'annotations has the line "ref"; each line is key=value'],
    [{ ...enough, annotations: 'a=1\na=2' }, 'annotations demands "a" twice'],
    [
      { ...enough, 'signature-repository': 'ghcr.io/a/b:1' },
      'signature-repository is a repository, without tag and digest'
    ],
    [{ ...enough, 'registry-username': 'me' }, 'registry-username is given without registry-password'],
    [{ ...enough, 'tools-mirror': 'mirror' }, 'tools-mirror is "mirror"'],
    [{ ...enough, timeout: '5' }, 'timeout is "5"'],
    [{ ...enough, attested: 'vulns' }, 'attested has "vulns": type is "vulns"; did you mean vuln?'],
    [{ ...enough, attested: 'vuln 7d' }, 'attested has "vuln 7d"; "7d" is no condition'],
    [{ ...enough, attested: 'vuln maxage=7d' }, 'the condition "maxage" is not known; did you mean max-age?'],
    [{ ...enough, attested: 'vuln max-age=7d max-age=8d' }, 'max-age stands there twice'],
    [
      { ...enough, attested: 'vuln max-age=soon' },
      'attested has "vuln max-age=soon": max-age is "soon"; it is a number'
    ],
    [{ ...enough, attested: 'cyclonedx max-age=7d' }, 'max-age cannot be asked of cyclonedx'],
    [{ ...enough, attested: 'vuln type=x' }, 'the condition "type" is not known'],
    [{ ...enough, key: 'k.pub\nhunter2' }, 'key: entry 2 is neither a public key'],
    [{ ...enough, key: 'https://example.com/k.pub' }, 'key is a URL'],
    [{ ...enough, key: `${aPublicKey().slice(0, 120)}\nk.pub` }, 'key is cut off']
  ])('%j', (raw, problem) => {
    expect(problemsOf(raw)).toContain(problem)
  })

  test('all at once, beside a policy too', () => {
    const given = { image: IMAGE, policy: 'p.yml', key: 'hunter2', annotations: 'x', attested: 'vulns' }
    expect(problemsOf(given)).toMatch(/^4 inputs cannot be used:\n(- .+\.\n?){4}$/)
    const said = problemsOf({ image: 'oci-layout:x', timeout: 'x', annotations: 'x' })
    expect(said).toMatch(/^4 inputs cannot be used:\n(- .+\.\n?){4}$/)
  })
})

describe('what looks like a secret is refused and never repeated', () => {
  const key = aCosignKey()
  const token = `ghp_${'a1B2'.repeat(9)}`

  test.each([
    [{ ...enough, key }, 'key holds a private key, which it is no place for; give the public key'],
    [{ ...enough, key: Buffer.from(key).toString('base64') }, 'key holds a private key'],
    [{ ...enough, key: `${aPublicKey()}${key}` }, 'key holds a private key'],
    [{ ...enough, key: key.slice(0, 150) }, 'key holds a private key'],
    [{ ...enough, image: key }, 'image holds a private key, which it is no place for; take it out'],
    [{ ...enough, image: token }, 'image holds a GitHub token'],
    [{ ...enough, 'registry-username': token }, 'registry-username holds a GitHub token'],
    [{ ...enough, annotations: 'AKIAIOSFODNN7EXAMPLE' }, 'annotations holds an AWS access key'],
    [{ ...enough, key: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.' }, 'key holds a JSON web token']
  ])('case %#', (raw, problem) => {
    const said = problemsOf(raw)
    expect(said).toContain(problem)
    for (const secret of [...key.split('\n'), token]) if (secret.length > 20) expect(said).not.toContain(secret)
  })

  test('the password may be one', () => {
    expect(problemsOf({ ...enough, 'registry-username': 'me', 'registry-password': token })).toBe('')
  })

  test('whatever else is wrong', () => {
    const name = fc.constantFrom(...Object.keys(VERIFY_INPUTS))
    const garbage = fc.dictionary(name, fc.string(), { maxKeys: 6 })
    fc.assert(
      fc.property(garbage, name, (raw, place) => {
        const said = problemsOf({ ...raw, [place]: place === 'registry-password' ? token : `x ${token}` })
        expect(said).not.toContain(token)
      })
    )
  })
})

test('anything is a config or problems', () => {
  const name = fc.constantFrom(...Object.keys(VERIFY_INPUTS))
  fc.assert(fc.property(fc.dictionary(name, fc.string()), raw => void problemsOf({ ...enough, ...raw })))
})
