import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { asArray, asObject, isObject, text } from '../../src/lib/json.ts'
import { ROOT } from '../../world/folders.ts'
import { freshKeys, outcomes, publicKey, type VerifyResult, verifyStep } from './helpers/verify.ts'
import { crane, freshImage, world } from './helpers/world.ts'
import { type Keys, make } from './verification/make.ts'

const KEY_FILE = '.github/cosign.pub'

let keys: Keys

beforeAll(async () => {
  keys = await freshKeys()
})

/** A file of docs/recipes as it stands there, but for names: in the place of each first one stands the second. */
async function recipe(file: string, names: readonly (readonly [string, string])[]): Promise<string> {
  const given = await readFile(join(ROOT, 'docs/recipes', file), 'utf8')
  return names.reduce((text, [ours, theirs]) => {
    if (!text.includes(ours)) return text
    return text.replaceAll(ours, theirs)
  }, given)
}

/** `with` of the step of a workflow that runs verify/. */
function inputsOf(workflow: string): Record<string, string> {
  const jobs = Object.values(asObject(asObject(parse(workflow), 'workflow')['jobs'], 'jobs'))
  const steps = jobs.flatMap(job => asArray(asObject(job, 'job')['steps'], 'steps')).filter(isObject)
  const found = steps.find(step => text(step, 'uses').startsWith('org/imgguard-action/verify@'))
  const inputs = asObject(found?.['with'], 'with')
  return Object.fromEntries(Object.keys(inputs).map(name => [name, text(inputs, name)]))
}

describe('only signed images of our own registry, at each pull', () => {
  let ours: string
  let ran: (image: string) => Promise<VerifyResult>

  beforeAll(async () => {
    const names = [['ghcr.io/acme/**', `${world().registry}/**`]] as const
    const inputs = inputsOf(await recipe('own-registry.yml', names))
    const files = {
      [inputs['policy'] ?? '']: await recipe('own-registry.policy.yml', names),
      [KEY_FILE]: await publicKey()
    }
    ran = async image => verifyStep({ files, inputs: { ...inputs, image } })
    ours = await freshImage('empty')
    await make({ sign: 'bundle', by: 'key', annotations: { ref: 'refs/heads/main' } }, ours, keys)
  })

  test('takes what our key signed on main, by its tag, and gives its digest to pull', async () => {
    await crane('tag', ours, 'released')
    const { exitCode, outputs } = await ran(ours.replace(/@.*/, ':released'))
    expect([exitCode, outputs['images']]).toEqual([0, ours])
  })

  test('refuses what was signed on a branch, by another key, by nobody, or lies elsewhere', async () => {
    const [branch, other, nobody] = await Promise.all([freshImage('empty'), freshImage('empty'), freshImage('empty')])
    await make({ sign: 'bundle', by: 'key', annotations: { ref: 'refs/heads/topic' } }, branch, keys)
    await make({ sign: 'bundle', by: 'other key', annotations: { ref: 'refs/heads/main' } }, other, keys)
    const result = await ran([branch, other, nobody, 'docker.io/library/mongo:8', 'mongo'].join('\n'))
    expect(result.exitCode).toBe(1)
    expect(outcomes(result)).toEqual([
      'annotation-mismatch',
      'other-signer',
      'not-signed',
      'not-allowed',
      'not-allowed'
    ])
  })
})

describe('only publishers that we trust', () => {
  const names = () => {
    const { registry, registryWithoutReferrers, sigstore } = world()
    return [
      ['ghcr.io/acme/**', `${registry}/own/**`],
      ['cgr.dev/chainguard/*', `${registry}/test/*`],
      ['docker.io/library/*', `${registryWithoutReferrers}/test/*`],
      [
        'https://github.com/chainguard-images/images/.github/workflows/release.yaml@refs/heads/main',
        'https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main'
      ],
      ['https://token.actions.githubusercontent.com', sigstore.oidc.issuer]
    ] as const
  }

  async function ran(Dockerfile: string): Promise<VerifyResult> {
    const inputs = inputsOf(await recipe('trusted-publishers.yml', names()))
    const files = {
      [inputs['policy'] ?? '']: await recipe('trusted-publishers.policy.yml', names()),
      [KEY_FILE]: await publicKey(),
      [inputs['dockerfile'] ?? '']: Dockerfile
    }
    return verifyStep({ files, inputs: { ...inputs, 'trusted-root': world().sigstore.trustedRoot } })
  }

  let published: string
  let own: string
  let official: string

  beforeAll(async () => {
    published = await freshImage('empty')
    await make({ sign: 'bundle', by: 'keyless' }, published, keys)
    own = (await freshImage('empty')).replace('/test/', '/own/')
    await crane('copy', await freshImage('empty'), own)
    await make({ sign: 'legacy', by: 'key' }, own, keys)
    official = await freshImage('empty', world().registryWithoutReferrers)
  })

  test('takes a Dockerfile of our own base, a publisher by identity, and an official image by digest', async () => {
    const result = await ran(
      `FROM ${own} AS base\nFROM ${official}\nCOPY --from=${published} /x /x\nCOPY --from=base /x /x\n`
    )
    expect(result.results.map(({ outcome, lines }) => [outcome, lines[0]?.line])).toEqual([
      ['verified', 1],
      ['verified', 2],
      ['verified', 3]
    ])
    expect(result.exitCode).toBe(0)
  })

  test('refuses a publisher that signed by a key, an official image by tag, and everybody else', async () => {
    const byKey = await freshImage('empty')
    await make({ sign: 'bundle', by: 'key' }, byKey, keys)
    const result = await ran(
      `FROM ${byKey}\nFROM ${official.replace(/@.*/, ':1')}\nFROM quay.io/stranger/app@${own.split('@')[1]}\n`
    )
    expect(outcomes(result)).toEqual(['other-signer', 'not-pinned', 'not-allowed'])
    expect(result.exitCode).toBe(1)
  })
})

test('the recipes name what the tests put other names in the place of', async () => {
  const [own, publishers] = await Promise.all([
    recipe('own-registry.policy.yml', []),
    recipe('trusted-publishers.policy.yml', [])
  ])
  expect(own).toContain('ghcr.io/acme/**')
  for (const name of [
    'ghcr.io/acme/**',
    'cgr.dev/chainguard/*',
    'docker.io/library/*',
    'chainguard-images/images/',
    'https://token.actions.githubusercontent.com'
  ])
    expect(publishers).toContain(name)
})
