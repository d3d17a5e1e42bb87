import { createHash } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { SignatureOptions } from '../../../src/cosign/args.ts'
import type { SigningKey } from '../../../src/cosign/cosign.ts'
import { callCosign } from '../../../src/cosign/signing-call.ts'
import { RegistryError } from '../../../src/image/failures.ts'
import { parseReference, pin } from '../../../src/image/reference.ts'
import type { Registry } from '../../../src/image/registry.ts'
import { ToolError } from '../../../src/lib/errors.ts'
import type { Command } from '../../../src/process/command.ts'
import { CommandError } from '../../../src/process/run.ts'
import { aPemKey, keylessKey } from '../../fixtures/signing.ts'

const REFERENCE = pin(parseReference('ghcr.io/acme/app'), `sha256:${'a'.repeat(64)}`)
const REFERRER = `sha256:${'b'.repeat(64)}`
const OWN = [
  { role: 'timestamp authority', url: 'https://tsa.acme.example' },
  { role: 'transparency log', url: 'https://log.acme.example' }
] as const
const LOGGED: SignatureOptions = { format: 'bundle', log: true, services: OWN }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'imgguard-call-'))
})
afterAll(() => rm(folder, { recursive: true }))

const failing = (words: string) => failed({ stderr: `Error: ${words}\n` })
const failed = (details: Partial<CommandError> & { message?: string }) => {
  const { message = 'cosign failed with exit code 1', ...rest } = details
  return new CommandError(message, { program: 'cosign', exitCode: 1, timedOut: false, stderr: '', stdout: '', ...rest })
}
const unavailable = failing('adding rekor v2 entry: unexpected response: 503 x')
const ended = (seconds: number) =>
  failed({ message: `cosign was ended: it did not finish within ${seconds} s`, timedOut: true, exitCode: null })

/** What each call of cosign does: writes a bundle, lets the registry list it, fails. */
interface Try {
  readonly bundle?: string
  readonly listed?: boolean
  readonly error?: CommandError
}

interface World {
  readonly key?: SigningKey
  readonly options?: SignatureOptions
  readonly size?: number
  /** Of the signatures' registry. */
  readonly down?: RegistryError
}

/** Calls cosign in a world where its calls end as `tries` says. */
async function call(tries: readonly Try[], { key = aPemKey, options = LOGGED, size = 0, down }: World = {}) {
  const commands: Command[] = []
  const pauses: number[] = []
  const listed: string[] = []
  const run = (command: Command) => {
    const { bundle, listed: isListed, error } = tries[commands.length] ?? {}
    commands.push(command)
    if (bundle !== undefined) writeFileSync(join(command.cwd, 'bundle.json'), bundle)
    if (isListed)
      listed.push(
        `sha256:${createHash('sha256')
          .update(bundle ?? '')
          .digest('hex')}`
      )
    return error === undefined ? Promise.resolve({ exitCode: 0, stdout: '', stderr: '' }) : Promise.reject(error)
  }
  const registry = {
    referrers: () => (down === undefined ? Promise.resolve([{ digest: REFERRER }]) : Promise.reject(down)),
    manifest: () => Promise.resolve({ content: { layers: listed.map(digest => ({ digest })) } }),
    digestOf: () => Promise.resolve(listed.at(-1) ?? 'none')
  } as unknown as Registry
  const cosign = {
    run,
    file: '/cosign',
    version: '3.1.3',
    environment: (home: string, ...hosts: readonly string[]) => ({ HOME: home, HOSTS: hosts.join(' ') }),
    emptyDirectory: (name: string) => Promise.resolve(mkdtempSync(join(folder, `${name}-`))),
    timeoutMs: 180_000
  }
  const wait = (milliseconds: number) => {
    pauses.push(milliseconds)
    return Promise.resolve()
  }
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const args = (file: string) => ['sign', file]
  const job = { command: 'sign', reference: REFERENCE, key, options, size, args } as const
  const result = await callCosign({ cosign, registry, wait, say }, job).catch(error => error)
  return { result, commands, pauses, said, limits: commands.map(({ timeoutMs }) => timeoutMs / 1000) }
}

describe('a signature that is pushed', () => {
  test('is returned with the digest of its bundle', async () => {
    const { result, commands, pauses } = await call([{ bundle: 'the bundle', listed: true }])
    expect(result.digest).toBe(`sha256:${createHash('sha256').update('the bundle').digest('hex')}`)
    expect(commands).toHaveLength(1)
    expect(pauses).toEqual([])
  })

  test('although cosign was ended after the push is not made twice', async () => {
    const { result, commands } = await call([{ bundle: 'late', listed: true, error: ended(15) }])
    expect(result.content.toString()).toBe('late')
    expect(commands).toHaveLength(1)
  })

  test('after a service failed for a moment counts like any other', async () => {
    const { result, pauses, said } = await call([{ error: unavailable }, { bundle: 'b', listed: true }])
    expect(result.content.toString()).toBe('b')
    expect(pauses).toEqual([2000])
    expect(said).toEqual(['the transparency log (log.acme.example) answered 503; trying again in 2 s'])
  })
})

describe('a service of Sigstore that fails', () => {
  test('is tried three times, and the sentence says what was pushed', async () => {
    const { result, pauses, limits } = await call([
      { error: unavailable },
      { error: unavailable },
      { error: unavailable }
    ])
    expect(result).toBeInstanceOf(ToolError)
    expect(result.message).toBe(
      `ghcr.io/acme/app@sha256:${'a'.repeat(64)} could not be signed: the transparency log (log.acme.example) answered 503 (tried 3 times); nothing was pushed for this digest`
    )
    expect(pauses).toEqual([2000, 6000])
    expect(limits).toEqual([15, 15, 15])
  })

  test('that hangs is waited for longer once more, so that cosign says which it is', async () => {
    const named = failing(
      'adding rekor v2 entry: getting response: Post "https://log.acme.example/api/v2/log/entries": net/http: request canceled (Client.Timeout exceeded while awaiting headers)'
    )
    const { result, limits } = await call([{ error: ended(15) }, { error: named }])
    expect(limits).toEqual([15, 35])
    expect(result.message).toContain('the transparency log (log.acme.example) did not answer in time (tried 2 times)')
  })

  test('that hangs even then is one of those that were asked', async () => {
    const { result, limits } = await call([{ error: ended(15) }, { error: ended(35) }])
    expect(limits).toEqual([15, 35])
    expect(result.message).toContain(
      'the timestamp authority (tsa.acme.example) or the transparency log (log.acme.example) did not answer within 35 s'
    )
  })

  test('for good is not tried again', async () => {
    const { result, pauses } = await call([{ error: failing('adding rekor v2 entry: unexpected response: 409 x') }])
    expect(result.message).toContain('has this very entry already; nothing was pushed')
    expect(pauses).toEqual([])
  })

  test('with an attestation that is too long for the log is not tried again', async () => {
    const error = failing('Post "https://rekor.sigstore.dev/api/v1/log/entries": giving up after 2 attempt(s)')
    const { result, pauses } = await call([{ error }], { options: { format: 'bundle', log: true }, size: 5_000_000 })
    expect(result.message).toContain('(rekor.sigstore.dev) did not take the attestation: with 4.8 MiB')
    expect(pauses).toEqual([])
  })
})

test('the end of the step is nobody’s silence, and nothing is tried again', async () => {
  const error = failed({ message: 'cosign was ended: the time limit of the step, 900 s, is over', timedOut: true })
  const { result, commands } = await call([{ error }])
  expect(result.message).toMatch(
    / could not be signed: cosign was ended: the time limit of the step, 900 s, is over; nothing was pushed for this digest$/
  )
  expect(result.remedy).toContain('raise timeout')
  expect(commands).toHaveLength(1)
  const late = await call([{ bundle: 'b', error }], { options: { format: 'bundle', log: false } })
  expect(late.result.message).toMatch(/is over; the registry does not list it$/)
})

test('an entry in the log without a signature in the registry is said', async () => {
  const error = failing('failed to upload manifest: PUT https://ghcr.io/v2/x: TAG_INVALID: the repository is immutable')
  const { result } = await call([{ bundle: 'b', error }])
  expect(result.message).toMatch(/immutable; its entry is in the transparency log, but the registry does not list it$/)
})

describe('before anything goes into a log', () => {
  test('the registry of the signatures has to answer', async () => {
    const down = new RegistryError('ghcr.io cannot be reached', {})
    const { result, commands } = await call([], { down })
    expect(result).toBe(down)
    expect(commands).toEqual([])
  })

  test('a refusal to read what is not there yet is none to write it', async () => {
    const { result } = await call([{ bundle: 'b' }], { down: new RegistryError('no', { status: 403 }) })
    expect(result.content.toString()).toBe('b')
  })
})

describe('the child', () => {
  const COMMON = ['HOME', 'HOSTS']

  test.each<[string, SigningKey, string[]]>([
    ['a key of our own', aPemKey, ['COSIGN_PRIVATE_KEY', 'COSIGN_PASSWORD']],
    ['a key in a key store', { kind: 'kms', reference: 'hashivault://k', env: { VAULT_TOKEN: 't' } }, ['VAULT_TOKEN']],
    ['an identity', keylessKey(), ['SIGSTORE_ID_TOKEN']]
  ])('of %s gets that key and no other', async (_, key, names) => {
    const { commands } = await call([{ bundle: 'b' }], { key })
    expect(Object.keys(commands[0]?.env ?? {}).sort()).toEqual([...COMMON, ...names].sort())
  })

  test('gets a fresh token for each try', async () => {
    const { commands } = await call([{ error: unavailable }, { bundle: 'b' }], { key: keylessKey() })
    expect(commands.map(({ env }) => env['SIGSTORE_ID_TOKEN'])).toEqual(['token 1', 'token 2'])
  })

  test('is told where signatures go, and may log in to both registries', async () => {
    const options = { ...LOGGED, signatureRepository: 'registry.acme.example/signatures' }
    const { commands } = await call([{ bundle: 'b' }], { options })
    expect(commands[0]?.env).toMatchObject({
      COSIGN_REPOSITORY: 'registry.acme.example/signatures',
      HOSTS: 'ghcr.io registry.acme.example'
    })
  })

  test('that asks the registry only has the time that a registry may take', async () => {
    const { limits } = await call([{ bundle: 'b' }], { options: { format: 'bundle', log: false } })
    expect(limits).toEqual([180])
  })
})

describe('the legacy format', () => {
  const options = { format: 'legacy', log: true } as const

  test('has no bundle', async () => {
    expect((await call([{}], { options })).result).toBeUndefined()
  })

  test('is there when its tag moved, although cosign was ended', async () => {
    const { result, commands } = await call([{ bundle: 'x', listed: true, error: ended(15) }], { options })
    expect(result).toBeUndefined()
    expect(commands).toHaveLength(1)
  })
})
