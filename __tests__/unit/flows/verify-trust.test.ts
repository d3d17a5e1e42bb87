import { describe, expect, test } from '@jest/globals'
import type { Cosign } from '../../../src/cosign/cosign.ts'
import { fingerprintOf } from '../../../src/cosign/public-key.ts'
import { checkKeyFiles, readBeliefs, readPolicy, signersOf } from '../../../src/flows/verify/trust.ts'
import { warningsOf } from '../../../src/flows/verify/warnings.ts'
import type { Command } from '../../../src/process/command.ts'
import { pullRequestPayload } from '../../fixtures/events.ts'
import type { SettingOptions } from '../../fixtures/setting.ts'
import { aPublicKey } from '../../fixtures/trust.ts'
import { aVerifySetting } from '../../fixtures/verify-setting.ts'

const POLICY = `version: 1
images:
  - match: ghcr.io/acme/**
    signed-by: { key: [keys/a.pub, keys/b.pub] }
    attested:
      - { type: vuln, signed-by: { key: keys/a.pub } }
  - match: docker.io/**
    pinned: true
`

/** A cosign whose children answer with this public key. */
function cosignWith(pem: string, commands: Command[] = []): Cosign {
  return {
    run: async command => {
      commands.push(command)
      return { exitCode: 0, stdout: pem, stderr: '' }
    },
    file: '/cosign',
    version: '3',
    environment: home => ({ HOME: home }),
    emptyDirectory: async name => `/${name}`,
    timeoutMs: 1000
  }
}

async function warnings(options: SettingOptions): Promise<readonly string[]> {
  await using given = await aVerifySetting(options)
  const { rules } = await readPolicy(given.setting)
  return warningsOf(given.setting, signersOf(rules))
}

describe('the policy', () => {
  test('that the inputs make has one rule for all images', async () => {
    await using given = await aVerifySetting()
    expect(await readPolicy(given.setting)).toMatchObject({ name: 'the inputs', rules: [{ match: '**' }] })
  })

  test('of a file that cannot be understood is an error with line and column', async () => {
    await using given = await aVerifySetting({
      inputs: { policy: 'p.yml' },
      files: { 'p.yml': 'version: 1\nimages:\n  - mach: a/b\n' }
    })
    await expect(readPolicy(given.setting)).rejects.toThrow(/^p\.yml:3:\d+: /)
  })

  test.each(['missing.yml', '../outside.yml'])('at %s is an error that names the input', async policy => {
    await using given = await aVerifySetting({ inputs: { policy } })
    await expect(readPolicy(given.setting)).rejects.toThrow(/^policy/)
  })
})

describe('keys', () => {
  test('of files are read once, and stand for any of them', async () => {
    const [a, b] = [aPublicKey(), aPublicKey()]
    await using given = await aVerifySetting({
      inputs: { policy: 'p.yml' },
      files: { 'p.yml': POLICY, 'keys/a.pub': a, 'keys/b.pub': b }
    })
    const { rules } = await readPolicy(given.setting)
    const beliefs = await readBeliefs(given.setting, cosignWith(''), signersOf(rules))
    const [rule] = rules
    const [signedBy, demandSignedBy] = [rule?.signedBy[0], rule?.attested[0]?.signedBy[0]]
    const found = [signedBy, demandSignedBy].map(one => (one === undefined ? undefined : beliefs.get(one)))
    expect(found[0]?.authorities).toEqual([a, b].map(pem => ({ kind: 'key', pem, fingerprint: fingerprintOf(pem) })))
    expect(found[0]?.options).toEqual({ log: 'ignored' })
    expect(found[1]?.authorities[0]).toBe(found[0]?.authorities[0])
  })

  test('of a key store are asked for by cosign, with the variables of that store alone', async () => {
    const pem = aPublicKey()
    const commands: Command[] = []
    await using given = await aVerifySetting({ inputs: { key: 'hashivault://release' } })
    const setting = { ...given.setting, env: { VAULT_ADDR: 'http://vault', AWS_REGION: 'x', INPUT_KEY: 'y' } }
    const { rules } = await readPolicy(setting)
    const beliefs = await readBeliefs(setting, cosignWith(pem, commands), signersOf(rules))
    expect([...beliefs.values()][0]?.authorities).toEqual([{ kind: 'key', pem, fingerprint: fingerprintOf(pem) }])
    expect(commands.map(({ args, env }) => ({ args, env }))).toEqual([
      {
        args: ['public-key', '--key', 'hashivault://release'],
        env: { HOME: '/cosign-key', VAULT_ADDR: 'http://vault' }
      }
    ])
  })

  test.each<[string, Record<string, string>, string | undefined]>([
    ['both there', { 'keys/a.pub': aPublicKey(), 'keys/b.pub': aPublicKey() }, undefined],
    [
      'one missing',
      { 'keys/a.pub': aPublicKey() },
      'p.yml:4:36: key names keys/b.pub, which is not in the workspace; check the path, and that actions/checkout runs before this step'
    ],
    ['one no key', { 'keys/a.pub': aPublicKey(), 'keys/b.pub': 'x' }, 'p.yml:4:36: keys/b.pub is no public key'],
    [
      'one a directory',
      { 'keys/a.pub': aPublicKey(), 'keys/b.pub/x': '' },
      'p.yml:4:36: key: keys/b.pub is a directory'
    ],
    ['none there', {}, '3 keys cannot be read:\n- p.yml:4:24: key names keys/a.pub']
  ])('of a policy, %s, are looked at whatever images there are', async (_, keys, problem) => {
    await using given = await aVerifySetting({ inputs: { policy: 'p.yml' }, files: { 'p.yml': POLICY, ...keys } })
    const checked = checkKeyFiles(given.setting, await readPolicy(given.setting))
    if (problem === undefined) await checked
    else await expect(checked).rejects.toThrow(problem)
  })

  test('in a path through what is no directory are not there', async () => {
    await using given = await aVerifySetting({ inputs: { key: 'a.pub/b' }, files: { 'a.pub': '' } })
    const checked = checkKeyFiles(given.setting, await readPolicy(given.setting))
    await expect(checked).rejects.toThrow('key names a.pub/b, which is not in the workspace')
  })

  test.each<[{ policy?: string }, string]>([
    [{}, 'the input signature-repository'],
    [{ policy: 'p.yml' }, 'signature-repository of p.yml']
  ])('and where the signatures are, and who says so: %j', async (inputs, who) => {
    const own = inputs.policy === undefined ? '' : ', signature-repository: ghcr.io/acme/sigs'
    const policy = `version: 1\nimages:\n  - match: "**"\n    signed-by: { key: a.pub${own} }\n`
    await using given = await aVerifySetting({
      inputs: { ...inputs, 'signature-repository': own === '' ? 'ghcr.io/acme/sigs' : 'ghcr.io/other' },
      files: { 'p.yml': policy, 'a.pub': aPublicKey() }
    })
    const beliefs = await readBeliefs(given.setting, cosignWith(''), signersOf((await readPolicy(given.setting)).rules))
    expect([...beliefs.values()].map(({ elsewhere }) => elsewhere)).toEqual([`ghcr.io/acme/sigs, ${who}`])
  })

  test('that is none is an error that names its file', async () => {
    await using given = await aVerifySetting({ inputs: { key: 'a.pub' }, files: { 'a.pub': 'nothing' } })
    const { rules } = await readPolicy(given.setting)
    await expect(readBeliefs(given.setting, cosignWith(''), signersOf(rules))).rejects.toThrow(
      /^a\.pub is no public key/
    )
  })
})

describe('on a pull request', () => {
  const files = { 'p.yml': POLICY, 'a.pub': aPublicKey() }

  test('policy, keys and trusted root of the checkout are said', async () => {
    const [policy] = await warnings({
      event: 'pull_request',
      inputs: { policy: 'p.yml', 'trusted-root': 'root.json' },
      files
    })
    expect(policy).toMatch(/^p\.yml, keys\/a\.pub, keys\/b\.pub and root\.json are read from the checkout/)
    const [key] = await warnings({ event: 'pull_request', inputs: { key: 'a.pub' }, files })
    expect(key).toMatch(/^a\.pub is read from the checkout.* have every change of this file reviewed/)
  })

  test.each([
    ['pull_request_review', pullRequestPayload(), "on a pull request is the pull request's own"],
    [
      'pull_request_target',
      pullRequestPayload(),
      "on pull_request_target is the base's unless the workflow checks out"
    ],
    ['issue_comment', { issue: { number: 7, pull_request: {} } }, "on issue_comment is the base's unless"],
    ['workflow_run', { workflow_run: { pull_requests: [] } }, "on workflow_run is the base's unless"]
  ])('%s is said, too', async (event, payload, whose) => {
    const [said] = await warnings({ event, payload, inputs: { policy: 'p.yml' }, files })
    expect(said).toContain(`are read from the checkout, which ${whose}`)
  })

  test('a comment on an issue is no pull request', async () => {
    const payload = { issue: { number: 7 } }
    expect(await warnings({ event: 'issue_comment', payload, inputs: { policy: 'p.yml' }, files })).toEqual([])
  })

  test('a key of the workflow is nothing to warn of, nor is anything on a push', async () => {
    expect(await warnings({ event: 'pull_request' })).toEqual([])
    expect(await warnings({ inputs: { policy: 'p.yml' }, files })).toEqual([])
  })
})
