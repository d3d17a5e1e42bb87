import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { StepResult } from '../../world/runner/runner.ts'
import { cosignVerify } from './helpers/cosign.ts'
import { ENVIRONMENT, plant, WORKSPACE, write } from './helpers/hostile-job.ts'
import { filesUnder, type Seen, type SeenProcess, watching } from './helpers/watch.ts'
import { freshFolder, freshImage, freshRepository, keyInputs, step, world } from './helpers/world.ts'

const REGISTRY_PASSWORD = 'registry-password-of-a-robot'
const COUNTS = ['verdict', 'critical', 'high', 'medium', 'low', 'unknown', 'fixable', 'suppressed', 'coverage'] as const

interface Hostile {
  readonly result: StepResult
  readonly seen: Seen
  readonly plain: StepResult
  readonly image: string
  /** By program: the environments in which it was run. */
  readonly traces: ReadonlyMap<string, string>
}

let hostile: Hostile
let key: string
let password: string
let signedWithLogin: { readonly result: StepResult; readonly seen: Seen }

beforeAll(async () => {
  const inputs = await keyInputs()
  key = inputs['cosign-key']
  password = inputs['cosign-password']
  hostile = await runHostile()
  signedWithLogin = await runWithLogin()
})

async function runHostile(): Promise<Hostile> {
  const image = await freshImage('vulnerable')
  const plain = await step({
    eventOptions: { repository: freshRepository() },
    inputs: { image, sign: 'never', 'on-fail': 'warn' }
  })
  const [bin, home, workspace, temp] = await Promise.all([freshFolder(), freshFolder(), freshFolder(), freshFolder()])
  await plant(bin)
  const config = { credsStore: 'x', credHelpers: { 'registry.example.com': 'other' } }
  await write(home, { '.docker/config.json': JSON.stringify(config) })
  await write(workspace, WORKSPACE)
  const { result, seen } = await watching(
    temp,
    step({
      eventOptions: { repository: freshRepository() },
      home,
      workspace,
      temp,
      env: { ...ENVIRONMENT, PATH: `${bin}:/usr/local/bin:/usr/bin:/bin` },
      inputs: { ...(await keyInputs()), 'transparency-log': 'false', image, sign: 'always', 'on-fail': 'warn' }
    })
  )
  const names = (await readdir(bin)).filter(name => name.endsWith('.ran'))
  const traces = await Promise.all(
    names.map(async name => [name.replace(/\.ran$/, ''), await readFile(join(bin, name), 'utf8')] as const)
  )
  return { result, seen, plain, image, traces: new Map(traces) }
}

async function runWithLogin() {
  const temp = await freshFolder()
  return watching(
    temp,
    step({
      eventOptions: { repository: freshRepository() },
      temp,
      inputs: {
        ...(await keyInputs()),
        'transparency-log': 'false',
        'signature-format': 'bundle',
        image: await freshImage('clean'),
        'registry-username': 'robot',
        'registry-password': REGISTRY_PASSWORD
      }
    })
  )
}

/** Every run of twelve characters of the key's body and of the password. */
function piecesOfSecrets(): string[] {
  const body = key
    .split('\n')
    .filter(line => !line.includes('-----'))
    .join('')
  return [body, password].flatMap(secret =>
    Array.from({ length: secret.length - 11 }, (_, start) => secret.slice(start, start + 12))
  )
}

const leaksIn = (text: string) => piecesOfSecrets().filter(piece => text.includes(piece))
const commandOf = ({ args }: SeenProcess) => `${args[0]?.split('/').at(-1)} ${args[1]}`
const namesOf = ({ environment }: SeenProcess) => environment.map(entry => entry.slice(0, entry.indexOf('=')))

describe('a signing run in a hostile job', () => {
  test('finds the same as in a clean one, and signs with its own key', async () => {
    const { plain, result, image } = hostile
    expect(plain.exitCode).toBe(0)
    expect(result.exitCode).toBe(0)
    const counts = (outputs: StepResult['outputs']) => Object.fromEntries(COUNTS.map(name => [name, outputs[name]]))
    expect(counts(result.outputs)).toEqual(counts(plain.outputs))
    expect(counts(plain.outputs)).toMatchObject({ verdict: 'fail', critical: expect.stringMatching(/^[1-9]/) })
    expect(result.outputs).toMatchObject({ signed: 'true', verified: 'true' })
    expect(await cosignVerify(image)).not.toEqual([])
  })

  test('runs no program of PATH but the credential helper for its registry, and that one without the key', () => {
    expect([...hostile.traces.keys()]).toEqual(['docker-credential-x'])
    const trace = hostile.traces.get('docker-credential-x') ?? ''
    expect(leaksIn(trace)).toEqual([])
    expect(trace).not.toMatch(/INPUT_|GITHUB_|COSIGN_|TRIVY_/)
  })

  test('gives the key by environment to cosign sign and cosign public-key, and to no other child', () => {
    const { processes } = hostile.seen
    expect(new Set(processes.map(commandOf))).toEqual(
      new Set(['cosign public-key', 'cosign sign', 'cosign verify', 'cosign verify-attestation', 'trivy image'])
    )
    for (const process of processes) {
      expect(leaksIn(process.args.join('\n'))).toEqual([])
      const signs = ['cosign sign', 'cosign public-key'].includes(commandOf(process))
      expect({ of: commandOf(process), key: leaksIn(process.environment.join('\n')).length > 0 }).toEqual({
        of: commandOf(process),
        key: signs
      })
    }
  })

  test('gives every child an environment from the list, an empty PATH, and nothing of the job’s', async () => {
    const allowed = [
      'PATH',
      'HOME',
      'USERPROFILE',
      'TMPDIR',
      'TMP',
      'TEMP',
      'DOCKER_CONFIG',
      'SSL_CERT_FILE',
      'SSL_CERT_DIR'
    ]
    const keys = {
      sign: ['COSIGN_PRIVATE_KEY', 'COSIGN_PASSWORD'],
      'public-key': ['COSIGN_PRIVATE_KEY', 'COSIGN_PASSWORD'],
      verify: ['COSIGN_PUBLIC_KEY'],
      'verify-attestation': ['COSIGN_PUBLIC_KEY']
    }
    expect(hostile.seen.processes.length).toBeGreaterThan(3)
    for (const process of hostile.seen.processes) {
      const own = keys[process.args[1] as keyof typeof keys] ?? []
      expect(namesOf(process).filter(name => ![...allowed, ...own].includes(name))).toEqual([])
      expect(process.environment.find(entry => entry.startsWith('PATH='))).toMatch(
        /^PATH=.*\/imgguard-[^/]+\/path-[^/]+$/
      )
    }
  })

  test('leaves no piece of key or password in the log, masked or not, beside the masks themselves', () => {
    const { log, masked } = hostile.result
    expect(leaksIn(masked)).toEqual([])
    const lines = log.split('\n')
    expect(leaksIn(lines.filter(line => !line.startsWith('::add-mask::')).join('\n'))).toEqual([])
    expect(lines.some(line => line === `::add-mask::${password}`)).toBe(true)
  })

  test('leaves no piece of key or password in a file, and its private directory is gone', async () => {
    const { folders } = hostile.result
    const files = (
      await Promise.all([folders.temp, folders.home, folders.workspace, folders.files].map(filesUnder))
    ).flat()
    for (const file of files.filter(file => !file.endsWith('/log.txt')))
      expect({ file, leaks: leaksIn(await readFile(file, 'utf8')) }).toEqual({ file, leaks: [] })
    expect(await readdir(folders.temp)).toEqual([expect.stringMatching(/^imgguard-results-/)])
    expect((await readdir(folders.workspace)).sort()).toEqual(
      [...new Set(Object.keys(WORKSPACE).map(name => name.split('/')[0]))].sort()
    )
  })
})

describe('a registry’s password', () => {
  test('is in a docker config that only this user can read, and goes with the step', async () => {
    const { seen, result } = signedWithLogin
    expect(result).toMatchObject({ exitCode: 0, outputs: { signed: 'true' } })
    expect(new Set(seen.modes.values())).toEqual(new Set([0o600]))
    expect(await readdir(result.folders.temp)).toEqual([expect.stringMatching(/^imgguard-results-/)])
  })

  test('is in no argument, no environment and no log', () => {
    const { seen, result } = signedWithLogin
    const encoded = Buffer.from(`robot:${REGISTRY_PASSWORD}`).toString('base64')
    const texts = [
      ...seen.processes.flatMap(({ args, environment }) => [...args, ...environment]),
      result.masked,
      result.log
        .split('\n')
        .filter(line => !line.startsWith('::add-mask::'))
        .join('\n')
    ]
    expect(seen.processes.length).toBeGreaterThan(3)
    expect(texts.filter(text => text.includes(REGISTRY_PASSWORD) || text.includes(encoded))).toEqual([])
  })

  test('is not given to the child that fetches the database', () => {
    const dockerConfig = (process: SeenProcess) =>
      process.environment.find(entry => entry.startsWith('DOCKER_CONFIG='))?.slice(14) ?? ''
    const withLogin = [...signedWithLogin.seen.modes.keys()]
    const downloads = signedWithLogin.seen.processes.filter(({ args }) => args.includes('--download-db-only'))
    expect(downloads).toHaveLength(1)
    for (const process of downloads) expect(withLogin).not.toContain(join(dockerConfig(process), 'config.json'))
    expect(world().dbRepositories).toContain(world().registry)
  })
})
