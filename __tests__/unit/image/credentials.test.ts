import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Credentials, dockerConfig, readCredentials } from '../../../src/image/credentials.ts'
import { messageOf } from '../../../src/lib/errors.ts'
import type { Command, Completed } from '../../../src/process/command.ts'

const HUB = 'index.docker.io'
const ok = (stdout: string): Completed => ({ exitCode: 0, stdout, stderr: '' })
const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') })

function read(
  host: string,
  files: Record<string, unknown>,
  more: { env?: Record<string, string>; run?: (command: Command) => Promise<Completed> } = {}
) {
  return readCredentials(host, {
    env: { HOME: '/home/ci', ...more.env },
    run: more.run ?? (command => Promise.reject(new Error(`${command.file} was run`))),
    readFile: async path => {
      const content = files[path]
      if (content === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
      return typeof content === 'string' ? content : JSON.stringify(content)
    },
    cwd: '/empty'
  })
}

const inHome = (config: unknown) => ({ '/home/ci/.docker/config.json': config })

describe('the docker config', () => {
  const user = { username: 'u', password: 'p:w' }
  test.each<[string, string, object, Credentials | undefined]>([
    ['auth', 'ghcr.io', { 'ghcr.io': auth('u:p:w') }, user],
    ['user name and password', 'ghcr.io', { 'ghcr.io': user }, user],
    ['identity token', 'ghcr.io', { 'ghcr.io': { ...auth('x:y'), identitytoken: 't' } }, { identityToken: 't' }],
    ['key with scheme', 'ghcr.io', { 'https://ghcr.io/v2/': auth('u:p:w') }, user],
    ['Docker Hub', HUB, { 'https://index.docker.io/v1/': auth('u:p:w') }, user],
    ['Docker Hub by name', HUB, { 'docker.io': auth('u:p:w') }, user],
    ['Docker Hub by another host', HUB, { 'registry-1.docker.io': auth('u:p:w') }, user],
    ['a host with the port that it has anyway', 'ghcr.io', { 'ghcr.io:443': auth('u:p:w') }, user],
    [
      'another host',
      'ghcr.io',
      { 'sub.ghcr.io': auth('u:p:w'), 'ghcr.io.example': auth('u:p:w'), 'ghcr.io:5000': auth('u:p:w') },
      undefined
    ],
    ['a part of the host', 'ghcr.io', { 'ghcr.io/acme': auth('u:p:w') }, undefined],
    ['an entry that says nothing', 'ghcr.io', { 'ghcr.io': {} }, undefined],
    ['rubbish', 'ghcr.io', { 'ghcr.io': { auth: '%%' } }, undefined]
  ])('%s', async (_, host, auths, expected) => expect(await read(host, inHome({ auths }))).toEqual(expected))

  test('is found where docker and podman keep it, and may be absent', async () => {
    const config = { auths: { 'ghcr.io': auth('a:b') } }
    const found = { username: 'a', password: 'b' }
    expect(
      await read('ghcr.io', { '/d/config.json': config, ...inHome({}) }, { env: { DOCKER_CONFIG: '/d' } })
    ).toEqual(found)
    expect(
      await read('ghcr.io', { '/run/1/containers/auth.json': config }, { env: { XDG_RUNTIME_DIR: '/run/1' } })
    ).toEqual(found)
    expect(await read('ghcr.io', {})).toBeUndefined()
  })

  test('that is broken is an error that does not quote it', async () => {
    const error = await read('ghcr.io', inHome('{"auths": hunter2')).catch(error => error)
    expect(error.message).toBe('the docker config /home/ci/.docker/config.json cannot be read: it is not JSON')
    expect(messageOf(error)).not.toContain('hunter2')
  })
})

describe('a credential helper', () => {
  let bin: string
  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'helper-'))
    await writeFile(join(bin, 'docker-credential-store'), '')
    await chmod(join(bin, 'docker-credential-store'), 0o755)
  })
  afterEach(() => rm(bin, { recursive: true }))
  const ask = (config: object, run: (command: Command) => Promise<Completed>, host = 'ghcr.io') =>
    read(host, inHome(config), { env: { PATH: `relative${delimiter}${bin}`, 'INPUT_COSIGN-KEY': 'secret' }, run })

  test('is asked by its absolute path, without our secrets', async () => {
    const commands: Command[] = []
    const answer = await ask({ credHelpers: { 'ghcr.io': 'store' } }, async command => {
      commands.push(command)
      return ok('{"ServerURL":"ghcr.io","Username":"u","Secret":"s"}')
    })
    expect(answer).toEqual({ username: 'u', password: 's' })
    expect(commands).toEqual([
      expect.objectContaining({
        file: join(bin, 'docker-credential-store'),
        args: ['get'],
        input: 'ghcr.io',
        cwd: '/empty'
      })
    ])
    expect(Object.keys(commands[0]?.env ?? {}).sort()).toEqual(['HOME', 'PATH'])
  })

  test('in a relative directory of PATH, which could be the checkout, is not run', async () => {
    const files = inHome({ credsStore: 'store' })
    const env = { PATH: relative(process.cwd(), bin) }
    await expect(read('ghcr.io', files, { env, run: async () => ok('') })).rejects.toThrow('is not on PATH')
  })

  test('for everything is asked for Docker Hub by the name that Docker uses', async () => {
    const answer = await ask(
      { credsStore: 'store' },
      async ({ input }) => ok(`{"Username":"<token>","Secret":"${input}"}`),
      HUB
    )
    expect(answer).toEqual({ identityToken: 'https://index.docker.io/v1/' })
  })

  test('that has none leaves what the file says', async () => {
    const none = async () => ({ exitCode: 1, stdout: 'credentials not found in native keychain\n', stderr: '' })
    expect(await ask({ credsStore: 'store' }, none)).toBeUndefined()
    expect(await ask({ credsStore: 'store', auths: { 'ghcr.io': auth('a:b') } }, none)).toEqual({
      username: 'a',
      password: 'b'
    })
  })

  test.each<[string, string, (command: Command) => Promise<Completed>, RegExp]>([
    [
      'fails',
      'store',
      async () => ({ exitCode: 1, stdout: 'no session', stderr: '' }),
      /docker-credential-store.*ghcr\.io, failed with exit code 1/
    ],
    ['cannot be run', 'store', () => Promise.reject(new Error('killed')), /docker-credential-store.*failed$/],
    ['answers rubbish', 'store', async () => ok('hello'), /without user name and secret/],
    ['is not there', 'desktop', async () => ok(''), /docker-credential-desktop.*is not on PATH/],
    ['has a name that is a path', '../store', async () => ok(''), /is not on PATH/]
  ])('that %s is an error with its name', async (_, credsStore, run, message) => {
    await expect(ask({ credsStore }, run)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      remedy: expect.stringContaining('docker/login-action')
    })
  })
})

describe('dockerConfig', () => {
  test('is read back by readCredentials', async () => {
    const word = fc.string({ minLength: 1, unit: 'grapheme' })
    const credentials = fc.oneof(
      fc.record({
        username: word.filter(name => !name.includes(':')),
        password: word.filter(secret => !secret.endsWith('\0'))
      }),
      fc.record({ identityToken: word })
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('ghcr.io', '127.0.0.1:5000', HUB), credentials, async (host, expected) => {
        expect(await read(host, inHome(dockerConfig(new Map([[host, expected]]))))).toEqual(expected)
      })
    )
  })

  test('names no helper and the hosts that it is given, by the key that go-containerregistry looks for', () => {
    expect(JSON.parse(dockerConfig(new Map([[HUB, { username: 'u', password: 'p' }]])))).toEqual({
      auths: { 'https://index.docker.io/v1/': auth('u:p') }
    })
    expect(JSON.parse(dockerConfig(new Map()))).toEqual({ auths: {} })
  })
})
