import { describe, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { parse } from 'yaml'
import { VERIFY_INPUTS } from '../../../src/inputs/verify-defaults.ts'
import { canBeMatched } from '../../../src/render/admission.ts'
import { bytes, fitTo } from '../../../src/render/budget.ts'
import { attestationCommands } from '../../../src/render/check-command.ts'
import type { ImageOutcome, RunFacts } from '../../../src/render/outcome.ts'
import { verifySnippets } from '../../../src/render/snippets.ts'
import type { View } from '../../../src/render/tables.ts'
import { CLUSTER_IMAGE_POLICY, CLUSTER_POLICY, IMAGE_VALIDATING_POLICY } from '../../fixtures/crds/schemas.ts'
import { ATTESTED, aFailedImage, anImage, CHILD_DIGEST, runFacts } from '../../fixtures/outcome.ts'

const SUMMARY: View = { level: 2, open: true, titles: true, wholeDigests: true, rest: 'do not fit' }
const COMMENT: View = { ...SUMMARY, open: false }

const PEM = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPGbyhAdu+B4dKRV3mhGmMWoExlsQ
h4fIgCVPZjEO1cVYcLeSkAcsTI9UW3dLSFSHM2KM9RbfMCbKXJzPXa4rOA==
-----END PUBLIC KEY-----`

const ajv = new Ajv({ allErrors: true })
const SCHEMAS: Readonly<Record<string, ReturnType<typeof ajv.compile>>> = {
  ClusterPolicy: ajv.compile(CLUSTER_POLICY),
  ImageValidatingPolicy: ajv.compile(IMAGE_VALIDATING_POLICY),
  ClusterImagePolicy: ajv.compile(CLUSTER_IMAGE_POLICY)
}

interface Signed {
  readonly formats: readonly string[]
  readonly log?: boolean
  readonly name?: string
  /** As cosign/verify-command.ts writes them: `--key cosign.pub` where absent. */
  readonly by?: readonly string[]
  readonly place?: string
}

function signedImage({ formats, log = false, name = 'ghcr.io/acme/app', by, place = '' }: Signed): ImageOutcome {
  const flags = [...(by ?? ['--key', 'cosign.pub']), ...(log ? [] : ['--insecure-ignore-tlog=true'])].join(' ')
  return anImage({
    name,
    signing: { state: 'signed', verified: true, formats },
    verifyCommand: `${place}cosign verify ${flags} -a repository=${name} ${name}@sha256:${'0'.repeat(64)}`
  })
}

const IDENTITY = {
  identity: 'https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main',
  issuer: 'https://token.actions.githubusercontent.com'
}
const BY_IDENTITY = ['--certificate-identity', IDENTITY.identity, '--certificate-oidc-issuer', IDENTITY.issuer]
const keyless = (signed: Signed) =>
  textOf(signedImage({ ...signed, log: true, by: BY_IDENTITY }), runFacts({ identity: IDENTITY }))
const ELSEWHERE = 'COSIGN_REPOSITORY=ghcr.io/acme/signatures '

function textOf(image: ImageOutcome, run: RunFacts = runFacts({ publicKey: PEM }), view = SUMMARY): string {
  return fitTo(verifySnippets(image, run, view), Number.POSITIVE_INFINITY, bytes).text
}

/** The policies in a text, by kind. */
function policiesIn(text: string): Record<string, unknown> {
  const blocks = [...text.matchAll(/^```yaml\n(.*?)\n```$/gms)].map(([, yaml]) => parse(yaml ?? ''))
  return Object.fromEntries(blocks.filter(block => !Array.isArray(block)).map(policy => [policy.kind, policy]))
}

/** The step with our own action in a text. */
function stepIn(text: string): unknown {
  const [, yaml = ''] = /^```yaml\n(- uses: .*?)\n```$/ms.exec(text) ?? []
  return parse(yaml)?.[0]
}

function expectValid(policies: Record<string, unknown>): void {
  for (const [kind, policy] of Object.entries(policies)) {
    SCHEMAS[kind]?.(policy)
    expect({ kind, errors: SCHEMAS[kind]?.errors }).toEqual({ kind, errors: null })
  }
}

const FORMATS = [['bundle'], ['legacy'], ['bundle', 'legacy']]

describe('policies', () => {
  test.each(FORMATS.flatMap(formats => [true, false].map(log => ({ formats, log }))))(
    'have no field that their consumer does not know: %j',
    signed => {
      const policies = policiesIn(textOf(signedImage(signed)))
      expect(Object.keys(policies)).toEqual(
        signed.formats.includes('legacy') ? ['ClusterPolicy', 'ClusterImagePolicy'] : ['ImageValidatingPolicy']
      )
      expectValid(policies)
    }
  )

  test('the check finds a misspelt field', () => {
    const { ClusterPolicy: policy } = policiesIn(textOf(signedImage({ formats: ['legacy'] })))
    const misspelt = JSON.parse(JSON.stringify(policy).replace('ignoreTlog', 'ignoreTLog'))
    expect(SCHEMAS['ClusterPolicy']?.(policy)).toBe(true)
    expect(SCHEMAS['ClusterPolicy']?.(misspelt)).toBe(false)
  })

  test('hold the key as it is, and demand the log only of a signature that is in it', () => {
    const inLog = policiesIn(textOf(signedImage({ formats: ['legacy'], log: true })))
    expect(inLog).toMatchObject({
      ClusterPolicy: {
        spec: {
          rules: [
            {
              verifyImages: [
                {
                  imageReferences: ['ghcr.io/acme/app:*', 'ghcr.io/acme/app@*'],
                  attestors: [
                    { entries: [{ keys: { publicKeys: PEM, rekor: { url: 'https://rekor.sigstore.dev' } } }] }
                  ]
                }
              ]
            }
          ]
        }
      },
      ClusterImagePolicy: {
        spec: { authorities: [{ key: { data: PEM }, ctlog: { url: 'https://rekor.sigstore.dev' } }] }
      }
    })
    const without = JSON.stringify(policiesIn(textOf(signedImage({ formats: ['legacy'] }))))
    expect(without).toContain('"ignoreTlog":true')
    expect(without).not.toContain('rekor.sigstore.dev')
    const bundle = JSON.stringify(policiesIn(textOf(signedImage({ formats: ['bundle'] }))))
    expect(bundle).toContain('"ctlog":{"insecureIgnoreTlog":true,"insecureIgnoreSCT":true}')
  })

  test.each([[['legacy']], [['bundle', 'legacy']], [['bundle']]])(
    'name the identity and who vouches for it, of %j',
    formats => {
      const policies = policiesIn(keyless({ formats }))
      expectValid(policies)
      const kinds = formats.includes('legacy')
        ? ['ClusterPolicy', 'ClusterImagePolicy']
        : ['ImageValidatingPolicy', 'ClusterImagePolicy']
      expect(Object.keys(policies)).toEqual(kinds)
      for (const policy of Object.values(policies)) {
        const text = JSON.stringify(policy)
        expect(text).toContain(`"subject":"${IDENTITY.identity}"`)
        expect(text).toContain(`"issuer":"${IDENTITY.issuer}"`)
        expect(text).not.toMatch(/PUBLIC KEY|ignoreTlog|insecureIgnore/)
      }
      const format = formats.includes('legacy') ? undefined : 'bundle'
      const authority = policies['ClusterImagePolicy'] as { spec: { authorities: { signatureFormat?: string }[] } }
      expect(authority.spec.authorities[0]?.signatureFormat).toBe(format)
    }
  )

  test('look for signatures where they are', () => {
    const legacy = policiesIn(textOf(signedImage({ formats: ['legacy'], place: ELSEWHERE })))
    expectValid(legacy)
    expect(JSON.stringify(legacy['ClusterPolicy'])).toContain('"repository":"ghcr.io/acme/signatures","annotations"')
    expect(JSON.stringify(legacy['ClusterImagePolicy'])).toContain('"source":[{"oci":"ghcr.io/acme/signatures"}]')
    const bundle = policiesIn(keyless({ formats: ['bundle'], place: ELSEWHERE }))
    expectValid(bundle)
    expect(Object.keys(bundle)).toEqual(['ImageValidatingPolicy'])
    expect(JSON.stringify(bundle)).toContain('"source":{"repository":"ghcr.io/acme/signatures"}')
  })

  test('are not given where none can read it', () => {
    const elsewhere = textOf(signedImage({ formats: ['bundle'], place: ELSEWHERE }))
    expect(policiesIn(elsewhere)).toEqual({})
    expect(elsewhere).toContain('no release reads a bundle that was made with a key and is in another repository')
    const own = textOf(
      signedImage({ formats: ['bundle'], log: true, by: ['--key', 'cosign.pub', '--trusted-root', 'root.json'] })
    )
    expect(policiesIn(own)).toEqual({})
    expect(own).toContain('know the public Sigstore only')
  })

  test('match an image of Docker Hub as each consumer spells it', () => {
    const legacy = policiesIn(textOf(signedImage({ formats: ['legacy'], name: 'docker.io/acme/app' })))
    expect(JSON.stringify(legacy['ClusterImagePolicy'])).toContain('"index.docker.io/acme/app:**"')
    const bundle = policiesIn(textOf(signedImage({ formats: ['bundle'], name: 'docker.io/acme/app' })))
    const globs = bundle['ImageValidatingPolicy'] as { spec: { matchImageReferences: { glob: string }[] } }
    expect(globs.spec.matchImageReferences.map(({ glob }) => glob)).toEqual(
      expect.arrayContaining(['acme/app', 'acme/app:*', 'docker.io/acme/app@*'])
    )
  })

  test.each([undefined, 'no key', `${PEM}\nevil: true`, PEM.replace('MFkw', 'MF\nevil: &x')])(
    'have a placeholder where the key is %j',
    publicKey => {
      const run = runFacts(publicKey === undefined ? {} : { publicKey })
      const policies = policiesIn(textOf(signedImage({ formats: ['legacy'] }), run))
      expectValid(policies)
      expect(JSON.stringify(policies)).toContain('what \\"cosign public-key --key cosign.key\\" prints')
      expect(JSON.stringify(policies)).not.toContain('evil')
    }
  )

  test('are valid for any name, or not given', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'localhost:5000/a',
        '[::1]:5000/a',
        'ghcr.io/*',
        'a/b"]',
        'x/y\n- evil',
        'GHCR.io/a--b_c.d',
        '-/-'
      )
    )
    fc.assert(
      fc.property(name, fc.constantFrom(...FORMATS), (image, formats) => {
        const policies = policiesIn(textOf({ ...signedImage({ formats }), name: image }))
        expect(Object.keys(policies).length > 0).toBe(canBeMatched(image))
        expectValid(policies)
        expect(JSON.stringify(policies)).not.toContain('evil')
      })
    )
  })
})

describe('the step with our own action', () => {
  const digest = anImage().digest

  test('has the key that signed', () => {
    expect(stepIn(textOf(signedImage({ formats: ['bundle', 'legacy'] })))).toEqual({
      uses: 'org/imgguard-action/verify@v1',
      with: { image: `ghcr.io/acme/app@${digest}`, key: PEM }
    })
  })

  test('has the identity, where signatures are, the trusted root and what is attested', () => {
    const by = [...BY_IDENTITY, '--trusted-root', "'.github/our root.json'"]
    const image = {
      ...signedImage({ formats: ['bundle'], log: true, by, place: ELSEWHERE }),
      evidence: [{ type: 'vuln' as const, platform: 'linux/amd64', state: 'already-attested' as const }]
    }
    expect(stepIn(textOf(image, runFacts({ identity: IDENTITY })))).toEqual({
      uses: 'org/imgguard-action/verify@v1',
      with: {
        image: `ghcr.io/acme/app@${digest}`,
        'certificate-identity': IDENTITY.identity,
        'certificate-oidc-issuer': IDENTITY.issuer,
        attested: 'vuln',
        'trusted-root': '.github/our root.json',
        'signature-repository': 'ghcr.io/acme/signatures'
      }
    })
  })

  test('demands the log of a key only where the signature is in it', () => {
    expect(stepIn(textOf(signedImage({ formats: ['bundle'], log: true })))).toMatchObject({
      with: { 'transparency-log': 'required' }
    })
  })

  test('has inputs that the action takes', () => {
    const image = { ...signedImage({ formats: ['bundle'], log: true, place: ELSEWHERE }), evidence: ATTESTED }
    const step = stepIn(textOf(image)) as { with: Record<string, string> }
    expect(Object.keys(VERIFY_INPUTS)).toEqual(expect.arrayContaining(Object.keys(step.with)))
  })
})

describe('the commands for attestations', () => {
  test('ask for what is there, of a platform by its digest, with all that the signature was checked by', () => {
    const by = ['--key', 'cosign.pub', '--trusted-root', "'our root.json'"]
    const command = `COSIGN_REPOSITORY=r.example/s cosign verify ${by.join(' ')} -a repository=x -a 'note=it is -a b' x@sha256:${'0'.repeat(64)}`
    const image = anImage({ verifyCommand: command, evidence: ATTESTED })
    const commands = ['vuln', 'cyclonedx'].map(
      type => `COSIGN_REPOSITORY=r.example/s cosign verify-attestation --type ${type} ${by.join(' ')} x@${CHILD_DIGEST}`
    )
    expect(attestationCommands(image)).toEqual({ platform: 'linux/amd64', commands })
    expect(textOf(image)).toContain(commands.join('\n'))
  })

  test('are those of one platform, and none where nothing is attested', () => {
    const [sbom] = ATTESTED
    const only = attestationCommands(anImage({ evidence: sbom ? [sbom, { ...sbom, platform: 'linux/arm64' }] : [] }))
    expect(only).toEqual({ platform: 'linux/amd64', commands: [expect.stringContaining('--type cyclonedx ')] })
    expect(attestationCommands(anImage({ evidence: [] }))).toBeUndefined()
    const failed = ATTESTED.map(one => ({ ...one, state: 'failed' as const }))
    expect(attestationCommands(anImage({ evidence: failed }))).toBeUndefined()
  })

  test('ask for the legacy format where there is nothing else', () => {
    const by = ['--key', 'cosign.pub', '--new-bundle-format=false']
    const text = textOf({ ...signedImage({ formats: ['legacy'], by }), evidence: ATTESTED })
    expect(text).toMatch(/^cosign verify-attestation --type vuln --key cosign.pub --new-bundle-format=false /m)
    expect(text).not.toContain('2.6.3')
  })
})

describe('what is said', () => {
  test.each([
    [['bundle'], 'read by 2.6.3 and later'],
    [['bundle'], '**policy-controller** cannot read a bundle made with a key'],
    [['bundle'], 'sign with `signature-format: both` or `legacy`'],
    [['legacy'], '**policy-controller** 0.3 and later'],
    [['bundle', 'legacy'], 'as both formats are there'],
    [['legacy'], 'those before 2.6 do not know `--new-bundle-format=false`: leave it out there'],
    [['legacy'], '**GitHub Actions**, before the image is pulled']
  ])('of %j: %s', (formats, sentence) => expect(textOf(signedImage({ formats }))).toContain(sentence))

  test('of a Sigstore of one’s own no format that its signing config excludes', () => {
    const by = [...BY_IDENTITY, '--trusted-root', 'root.json']
    for (const place of ['', ELSEWHERE]) {
      expect(keyless({ formats: ['bundle'], place })).toContain('signature-format: both')
      const own = signedImage({ formats: ['bundle'], log: true, place, by })
      expect(textOf(own, runFacts({ identity: IDENTITY }))).not.toContain('signature-format: both')
    }
  })

  test('of a key in a key store how its public half is got, in the summary alone', () => {
    const command = 'cosign public-key --key hashivault://imgguard > cosign.pub'
    const image = signedImage({ formats: ['bundle'] })
    const run = runFacts({ publicKey: PEM, publicKeyCommand: command })
    expect(textOf(image, run)).toContain(`can write it:\n\n\`\`\`sh\n${command}\n`)
    expect(textOf(image, run, COMMENT)).not.toContain('public-key')
    expect(textOf(image)).not.toContain('key store')
  })

  test('each policy was not run', () => {
    for (const formats of FORMATS) {
      const text = textOf(signedImage({ formats }))
      expect(text.split('not run here')).toHaveLength(1 + Object.keys(policiesIn(text)).length)
    }
  })

  test('a comment has the command only, an image without signature nothing', () => {
    const comment = textOf(signedImage({ formats: ['legacy'] }), runFacts(), COMMENT)
    expect(comment).toContain('cosign verify --key cosign.pub')
    expect(comment).not.toMatch(/kyverno/i)
    expect(verifySnippets(aFailedImage([]), runFacts(), SUMMARY)).toEqual([])
  })

  test('policies make room for what is worth more', () => {
    const parts = verifySnippets(signedImage({ formats: ['legacy'] }), runFacts(), SUMMARY)
    const { text, fits } = fitTo(parts, 600, bytes)
    expect(fits).toBe(true)
    expect(text).toContain('cosign verify --key cosign.pub')
    expect(text).toContain('There is no room here for this snippet.')
  })
})
