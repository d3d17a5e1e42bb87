import { readFile } from 'node:fs/promises'
import { afterAll, describe, expect, test } from '@jest/globals'
import { assetFor, type ToolManifest } from '../../src/tools/manifest.ts'
import { platformOf } from '../../src/tools/platform.ts'
import { REGISTRY_USER, type Registry, startRegistryWithPassword } from '../../world/services/registries.ts'
import { freshImage, freshRepository, step, world } from './helpers/world.ts'

const started: Registry[] = []

afterAll(async () => {
  for (const registry of started) await registry.close()
})

async function referrersStatus(host: string, reference: string): Promise<number> {
  const [repository, digest] = reference.slice(reference.indexOf('/') + 1).split('@')
  return (await fetch(`http://${host}/v2/${repository}/referrers/${digest}`)).status
}

async function assetFrom(path: string): Promise<{ status: number; bytes: Buffer }> {
  const manifest = JSON.parse(await readFile(world().toolsManifest, 'utf8')) as ToolManifest
  const { name } = assetFor(manifest, 'cosign', platformOf(process.platform, process.arch))
  const response = await fetch(`${world().toolsMirror}${path}${name}`)
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
}

describe('the world', () => {
  test('one registry has the Referrers API, the other has not', async () => {
    const { registry, registryWithoutReferrers } = world()
    expect(await referrersStatus(registry, await freshImage('clean'))).toBe(200)
    const elsewhere = await freshImage('clean', registryWithoutReferrers)
    expect(await referrersStatus(registryWithoutReferrers, elsewhere)).toBe(404)
  })

  test('the registry with a password answers 401 without it', async () => {
    const registry = await startRegistryWithPassword()
    started.push(registry)
    const { username, password } = REGISTRY_USER
    const authorization = (secret: string) => `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`
    const statusWith = async (secret: string) =>
      (await fetch(`http://${registry.host}/v2/`, { headers: { authorization: authorization(secret) } })).status
    expect(await statusWith(password)).toBe(200)
    expect(await statusWith('wrong')).toBe(401)
  })

  test('a step sees an environment of its own and nothing of ours', async () => {
    process.env['PLANTED'] = 'x'
    const { exitCode, outputs, log } = await step({
      main: new URL('./helpers/print-environment.mjs', import.meta.url).pathname,
      eventOptions: { repository: freshRepository() },
      inputs: { image: 'x' }
    })
    expect(exitCode).toBe(0)
    const variables = JSON.parse(outputs['environment'] ?? '{}')
    expect(variables).toMatchObject({
      GITHUB_EVENT_NAME: 'push',
      INPUT_IMAGE: 'x',
      'INPUT_TOOLS-MIRROR': world().toolsMirror
    })
    expect(variables).not.toHaveProperty('PLANTED')
    expect(log).toBe('first, on standard output\nsecond, on standard error\nthird, on standard output\n')
  })
})

describe.each(['fault/flipped/', 'fault/short/'])('the mirror under %s', path => {
  test('serves another file', async () => {
    const [right, wrong] = await Promise.all([assetFrom(''), assetFrom(path)])
    expect(wrong.status).toBe(200)
    expect(wrong.bytes.equals(right.bytes)).toBe(false)
  })
})
