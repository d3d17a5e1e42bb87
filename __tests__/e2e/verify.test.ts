import { execFile } from 'node:child_process'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { vaultVariables } from '../../world/runner/credentials.ts'
import { theError } from './helpers/expectations.ts'
import { sibling } from './helpers/registry.ts'
import { freshKeys, outcomes, publicKey, verifyStep } from './helpers/verify.ts'
import { crane, freshFolder, freshImage, readWorldFile, world } from './helpers/world.ts'
import { type Keys, make } from './verification/make.ts'

let otherKeys: Keys
let key: string
let otherKey: string
/** Single images; by the world's key, by the other one, by nobody. */
let signed: string
let signedByOther: string
let unsigned: string

beforeAll(async () => {
  otherKeys = await freshKeys()
  ;[key, otherKey] = await Promise.all([publicKey(), readWorldFile(otherKeys.public)])
  ;[signed, signedByOther, unsigned] = await Promise.all([
    freshImage('empty'),
    freshImage('empty'),
    freshImage('empty')
  ])
  await make({ sign: 'bundle', by: 'key' }, signed, otherKeys)
  await make({ sign: 'legacy', by: 'other key' }, signedByOther, otherKeys)
})

/** The same image by another name. */
function tagged(reference: string, tag: string): string {
  return reference.replace(/@.*/, `:${tag}`)
}

function errorsOf({ annotations }: { annotations: readonly { level: string; message: string }[] }): readonly string[] {
  return annotations.filter(({ level }) => level === 'error').map(({ message }) => message)
}

describe('a key', () => {
  test('verifies what it signed, and says so in a line', async () => {
    const result = await verifyStep({ inputs: { image: signed, key } })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ verified: 'true', images: signed })
    expect(result.results).toMatchObject([
      { reference: signed, outcome: 'verified', signer: expect.stringMatching(/^key SHA256:/) }
    ])
    expect(result.annotations).toEqual([])
    expect(result.log).toContain('\nThe image is verified\n')
    expect(result.summary).toMatch(/^## ✅ The image is verified\n/)
  })

  test('in a file of the workspace, or any one of several, is enough', async () => {
    const files = { 'keys/a.pub': otherKey, 'keys/b.pub': key }
    const result = await verifyStep({
      files,
      inputs: { image: `${signed}\n${signedByOther}`, key: 'keys/a.pub\nkeys/b.pub' }
    })
    expect(result.exitCode).toBe(0)
    expect(result.outputs['images']?.split('\n')).toEqual([signed, signedByOther])
    expect(new Set(result.results.map(({ signer }) => signer)).size).toBe(2)
  })

  test('refuses what nobody or somebody else signed, each in words of its own, and goes on', async () => {
    const result = await verifyStep({ inputs: { image: [signedByOther, unsigned, signed].join(','), key } })
    expect(result.exitCode).toBe(1)
    expect(outcomes(result)).toEqual(['other-signer', 'not-signed', 'verified'])
    expect(result.outputs).toMatchObject({ verified: 'false', images: signed })
    expect(errorsOf(result)).toEqual([
      expect.stringContaining('signed by another key or identity'),
      expect.stringContaining('not signed')
    ])
    expect(result.log).toContain('Red: 2 of 3 images are refused')
    expect(result.summary).toMatch(/^## ❌ 2 of 3 images are refused\n/)
  })
})

describe('a key store', () => {
  test('gives its public key once, and verifies what it signed', async () => {
    const image = await freshImage('empty')
    const { vault } = world()
    await signWith(vault.key, image)
    const inputs = { image: `${image}\n${signed}`, key: `${vault.key}\n${key}` }
    const result = await verifyStep({ inputs, env: vaultVariables(world()) })
    expect(outcomes(result)).toEqual(['verified', 'verified'])
    expect(result.log).not.toContain(vault.token)
  })

  test('that does not answer is one error that names the key', async () => {
    const { key: reference, token } = world().vault
    const env = { VAULT_ADDR: 'http://127.0.0.1:9', VAULT_TOKEN: token }
    const error = theError(await verifyStep({ inputs: { image: signed, key: reference }, env }))
    expect(error).toContain(reference)
    expect(error).not.toContain('cosign-key')
  })
})

/** Signs by the world's key store, without a log. */
async function signWith(reference: string, image: string): Promise<void> {
  const home = await freshFolder()
  const args = ['sign', '--key', reference, '--yes', '--use-signing-config=false', '--tlog-upload=false', image]
  const env = { ...vaultVariables(world()), HOME: home, PATH: home }
  await promisify(execFile)(world().tools.cosign, args, { env })
}

describe('an identity', () => {
  test('verifies what its workflow signed in the log, with the trusted root of an own Sigstore', async () => {
    const image = await freshImage('empty')
    await make({ sign: 'bundle', by: 'keyless' }, image, otherKeys)
    const identity = 'https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main'
    const { oidc, trustedRoot } = world().sigstore
    const inputs = { image, 'certificate-oidc-issuer': oidc.issuer, 'trusted-root': trustedRoot }
    const result = await verifyStep({ inputs: { ...inputs, 'certificate-identity': identity } })
    expect(result.exitCode).toBe(0)
    expect(result.results[0]?.signer).toBe(`identity ${identity} (issuer ${oidc.issuer})`)
    const other = await verifyStep({
      inputs: { ...inputs, 'certificate-identity': identity.replace('build', 'other') }
    })
    expect(outcomes(other)).toEqual(['other-signer'])
  })
})

describe('tags', () => {
  test('are resolved, and one beside a digest must be there', async () => {
    const image = await freshImage('empty')
    await make({ sign: 'bundle', by: 'key' }, image, otherKeys)
    await crane('tag', image, 'released')
    await crane('copy', unsigned, tagged(image, 'moved'))
    const other = await freshImage('clean')
    await crane('copy', other, tagged(image, 'other'))
    const digest = image.split('@')[1]
    const asked = [
      tagged(image, 'released'),
      `${tagged(image, 'released')}@${digest}`,
      `${tagged(image, 'other')}@${digest}`
    ]
    const result = await verifyStep({ inputs: { image: asked.join('\n'), key } })
    expect(outcomes(result)).toEqual(['verified', 'verified', 'tag-moved'])
    expect(result.outputs['images']).toBe(image)
    expect(errorsOf(result)).toEqual([expect.stringContaining('tag moved')])

    const inFile = await verifyStep({
      files: { Dockerfile: `FROM ${asked[2]}\n` },
      inputs: { dockerfile: 'Dockerfile', key }
    })
    expect(outcomes(inFile)).toEqual(['verified'])
    expect(inFile.results[0]?.notes).toEqual([expect.stringContaining('docker takes the digest and leaves the tag')])
  })

  test('that move while they are looked at are refused', async () => {
    const image = await freshImage('empty')
    await make({ sign: 'bundle', by: 'key' }, image, otherKeys)
    await crane('tag', image, 'released')
    await crane('copy', await freshImage('clean'), tagged(image, 'later'))
    const moving = await startMovingTag(world().registry)
    try {
      const reference = tagged(image, 'released').replace(world().registry, moving.host)
      const result = await verifyStep({ inputs: { image: reference, key } })
      expect(outcomes(result)).toEqual(['tag-moved'])
      expect(result.outputs).toMatchObject({ verified: 'false', images: '' })
    } finally {
      await moving.close()
    }
  })
})

/** A registry in front of another one whose tag `released` is where `later` is as soon as it was asked for. */
async function startMovingTag(target: string): Promise<{ host: string; close(): Promise<void> }> {
  let asked = 0
  const server = createServer((incoming, outgoing) => {
    const path = (incoming.url ?? '').replace(/\/manifests\/released$/, tag =>
      asked++ === 0 ? tag : '/manifests/later'
    )
    const forwarded = request(
      `http://${target}${path}`,
      { method: incoming.method ?? 'GET', headers: incoming.headers },
      answer => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      }
    )
    incoming.pipe(forwarded)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    }
  }
}

describe('a policy', () => {
  const policy = () => `version: 1
images:
  - match: ${world().registry}/**
    signed-by: { key: keys/cosign.pub }
  - match: ${world().registryWithoutReferrers}/**
    pinned: true
`
  const files = () => ({ 'policy.yml': policy(), 'keys/cosign.pub': key })

  test('decides by its first rule, and denies what none names without contacting anybody', async () => {
    const other = await freshImage('empty', world().registryWithoutReferrers)
    await crane('tag', other, 'released')
    const image = [signed, 'registry.invalid/app:1', 'mongo', other, tagged(other, 'released'), unsigned].join('\n')
    const result = await verifyStep({ files: files(), inputs: { image, policy: 'policy.yml' } })
    expect(outcomes(result)).toEqual(['verified', 'not-allowed', 'not-allowed', 'verified', 'not-pinned', 'not-signed'])
    expect(result.results.map(({ rule }) => rule)).toEqual([
      `policy.yml:3 (${world().registry}/**)`,
      undefined,
      undefined,
      `policy.yml:5 (${world().registryWithoutReferrers}/**)`,
      `policy.yml:5 (${world().registryWithoutReferrers}/**)`,
      `policy.yml:3 (${world().registry}/**)`
    ])
    expect(result.results[2]?.reason).toContain('docker.io/library/mongo')
  })

  test('without signers needs no cosign', async () => {
    const other = await freshImage('empty', world().registryWithoutReferrers)
    const inputs = { image: other, policy: 'policy.yml', 'tools-mirror': 'http://127.0.0.1:9/' }
    const result = await verifyStep({ files: files(), emptyToolCache: true, inputs })
    expect([result.exitCode, ...outcomes(result)]).toEqual([0, 'verified'])
  })

  test('that cannot be understood is one error with line and column', async () => {
    const text = policy().replace('pinned', 'pined')
    const result = await verifyStep({ files: { 'policy.yml': text }, inputs: { image: signed, policy: 'policy.yml' } })
    expect(theError(result)).toMatch(/^policy\.yml:6:\d+: .*pinned/)
    expect(result.outputs).toEqual({ verified: 'false' })
  })

  test('of a pull request is said loudly', async () => {
    const result = await verifyStep({
      files: files(),
      event: 'pull_request',
      inputs: { image: signed, policy: 'policy.yml' }
    })
    expect(result.exitCode).toBe(0)
    expect(result.annotations).toMatchObject([
      {
        level: 'warning',
        message: expect.stringMatching(/^policy\.yml and keys\/cosign\.pub are read from the checkout/)
      }
    ])
    expect(result.summary).toMatch(/^## ⚠️ The image is verified\n\n> \[!WARNING\]\n> policy\.yml and keys/)
  })
})

describe('a Dockerfile', () => {
  test('gives every image that a build pulls, and errors at their lines', async () => {
    const Dockerfile = `ARG NONE
FROM ${signed} AS base
FROM base AS build
COPY --from=${unsigned} /x /x
RUN --mount=type=bind,from=${signedByOther},target=/y true
FROM debian:$NONE
FROM scratch
COPY --from=build /x /x
`
    const result = await verifyStep({ files: { Dockerfile }, inputs: { dockerfile: 'Dockerfile', key } })
    expect(outcomes(result)).toEqual(['verified', 'not-signed', 'other-signer', 'error'])
    expect(result.annotations.map(({ level, properties: { file, line } }) => [level, file, line])).toEqual([
      ['error', 'Dockerfile', '4'],
      ['error', 'Dockerfile', '5'],
      ['error', 'Dockerfile', '6']
    ])
    expect(result.outputs['images']).toBe(signed)
  })

  test('that pulls nothing is green, and says that there was nothing', async () => {
    const result = await verifyStep({
      files: { Dockerfile: 'FROM scratch\n' },
      inputs: { dockerfile: 'Dockerfile', key }
    })
    expect([result.exitCode, result.outputs['verified']]).toEqual([0, 'true'])
    expect(result.log).toContain('There is no image to verify')
  })
})

describe('an index', () => {
  let index: string

  beforeAll(async () => {
    index = await freshImage('index')
    await make({ sign: 'bundle', by: 'key' }, index, otherKeys)
  })

  const policy = () =>
    `version: 1\nimages:\n  - match: ${world().registry}/**\n    signed-by: { key: cosign.pub, each-platform: true }\n`

  test('that alone is signed is verified with a note, and refused where each platform is demanded', async () => {
    const result = await verifyStep({ inputs: { image: index, key } })
    expect(result.exitCode).toBe(0)
    expect(result.results[0]?.notes).toEqual([
      expect.stringMatching(/linux\/amd64 and linux\/arm64 are not signed.*podman/)
    ])
    const strict = await verifyStep({
      files: { 'p.yml': policy(), 'cosign.pub': key },
      inputs: { image: index, policy: 'p.yml' }
    })
    expect(outcomes(strict)).toEqual(['not-signed'])
  })

  test('with its platforms is verified without one', async () => {
    const image = await freshImage('index')
    await make({ sign: 'bundle', by: 'key' }, image, otherKeys)
    await make({ sign: 'legacy', by: 'key', of: 'platforms' }, image, otherKeys)
    const strict = await verifyStep({
      files: { 'p.yml': policy(), 'cosign.pub': key },
      inputs: { image, policy: 'p.yml' }
    })
    expect(strict.results).toMatchObject([{ outcome: 'verified', notes: [] }])
  })
})

describe('nobody can look', () => {
  test('at a registry that does not answer, or an image that is not there', async () => {
    const gone = sibling(signed, `sha256:${'0'.repeat(64)}`)
    const image = ['127.0.0.1:9/acme/app:1', gone, tagged(signed, 'nowhere'), signed].join('\n')
    const result = await verifyStep({ inputs: { image, key } })
    expect(outcomes(result)).toEqual(['unreachable', 'not-found', 'not-found', 'verified'])
    expect(result.exitCode).toBe(1)
  })
})

describe('inputs', () => {
  test.each([
    [{}, /image and dockerfile are both empty/],
    [{ image: 'ghcr.io/acme/app' }, /nothing says whom to trust/],
    [{ image: 'ghcr.io/acme/app', key: 'missing.pub' }, /^key names missing\.pub, which is not in the workspace/],
    [{ image: 'ghcr.io/acme/app', policy: 'missing.yml' }, /^policy names missing\.yml, which is not in the workspace/],
    [{ image: 'ghcr.io/acme/app', policy: '/etc/passwd' }, /^policy: \/etc\/passwd lies outside the workspace/]
  ])('%j are one error', async (inputs, message) => {
    expect(theError(await verifyStep({ inputs }))).toMatch(message)
  })

  test('are all those of verify/action.yml', async () => {
    const { log } = await verifyStep({ inputs: { image: 'x', key, timeout: 'soon' } })
    expect(log).toContain('timeout is "soon"')
  })
})

test('hostile references neither break the log nor the summary', async () => {
  const Dockerfile = 'FROM a|b`c`::error::x\nFROM ##[error]y\nFROM <b>@octocat</b>\n'
  const result = await verifyStep({ files: { Dockerfile }, inputs: { dockerfile: 'Dockerfile', key } })
  expect(outcomes(result)).toEqual(['error', 'error', 'error'])
  expect(result.annotations.map(({ level, properties: { line } }) => [level, line])).toEqual([
    ['error', '1'],
    ['error', '2'],
    ['error', '3']
  ])
  expect(result.summary).not.toMatch(/<b>|@octocat/)
})

test('more than ten refused images are ten errors, of which the last counts the rest', async () => {
  const image = Array.from({ length: 14 }, (_, i) => `registry.invalid/app:${i}`).join('\n')
  const files = { 'p.yml': 'version: 1\nimages:\n  - match: ghcr.io/**\n    pinned: true\n' }
  const result = await verifyStep({ files, inputs: { image, policy: 'p.yml' } })
  expect(errorsOf(result)).toHaveLength(10)
  expect(errorsOf(result)[9]).toContain('5 more images are refused')
  expect(result.results).toHaveLength(14)
})
