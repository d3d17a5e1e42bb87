import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Command } from '../../../src/process/command.ts'
import { downloadDatabase } from '../../../src/trivy/database.ts'
import type { Trivy } from '../../../src/trivy/trivy.ts'
import { aCommandError } from '../../fixtures/command-error.ts'

// As Trivy 0.74.0 says it.
const GONE =
  'FATAL\tFatal error\tOCI repository error: 1 error occurred:\n\t* GET http://x/v2/nothing/x/manifests/2: NAME_UNKNOWN: Unknown name'
const BUSY = 'FATAL\tFatal error\tOCI repository error: GET https://x: TOOMANYREQUESTS: quota'

let cache: string
let commands: Command[]
let waited: number[]
let said: string[]

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'database-'))
  commands = []
  waited = []
  said = []
})

afterEach(() => rm(cache, { recursive: true, force: true }))

/** Downloads with a Trivy that says of each repository, try by try, one of the errors, or nothing and delivers. */
function download(
  answers: Readonly<Record<string, readonly string[]>>,
  metadata = '{"UpdatedAt":"2026-11-20T00:00:00Z"}',
  digestOf?: (repository: string) => Promise<string | undefined>
) {
  const left = new Map(Object.entries(answers).map(([repository, errors]) => [repository, [...errors]]))
  const trivy: Trivy = {
    run: async command => {
      commands.push(command)
      const stderr = left.get(command.args.at(-1) ?? '')?.shift() ?? ''
      if (stderr !== '') throw aCommandError({ stderr })
      await mkdir(join(cache, 'db'))
      await writeFile(join(cache, 'db', 'metadata.json'), metadata)
      return { exitCode: 0, stdout: '', stderr: '' }
    },
    file: '/trivy',
    version: '0.74.0',
    environment: (_, host) => ({ HOST: host ?? 'none' }),
    emptyDirectory: async () => cache
  }
  const wait = async (milliseconds: number) => void waited.push(milliseconds)
  return downloadDatabase(trivy, 'vulnerability', Object.keys(answers), {
    cache,
    wait,
    say: line => void said.push(line),
    ...(digestOf && { digestOf })
  })
}

const asked = () => commands.map(({ args }) => args.at(-1))

describe('downloadDatabase', () => {
  test('takes the first repository that delivers, and says what the others said', async () => {
    expect(await download({ a: [GONE], b: [BUSY], c: [], d: [] })).toEqual({
      repository: 'c',
      updatedAt: '2026-11-20T00:00:00Z'
    })
    expect(asked()).toEqual(['a', 'b', 'c'])
    expect(said).toEqual([
      'vulnerability database: a: there is no such repository there',
      'vulnerability database: b: the registry answers too many requests (429)'
    ])
    expect(waited).toEqual([])
  })

  test('comes back to a repository whose trouble may pass, and not to one where it does not', async () => {
    expect(await download({ a: [GONE], b: [BUSY, BUSY] })).toMatchObject({ repository: 'b' })
    expect(asked()).toEqual(['a', 'b', 'b', 'b'])
    expect(waited).toEqual([2000, 8000])
  })

  test('gives up in the end, and names every repository with what it said last', async () => {
    await expect(download({ a: [GONE], b: [BUSY, BUSY, 'FATAL\tno such host'] })).rejects.toThrow(
      'the vulnerability database could not be downloaded (a: there is no such repository there; b: the host name cannot be resolved); name repositories that can be read without a login in db-repositories'
    )
    expect(asked()).toHaveLength(4)
  })

  test('does not wait when nobody is left to ask', async () => {
    await expect(download({ a: [GONE] })).rejects.toThrow('a: there is no such repository there')
    expect(waited).toEqual([])
  })

  test('sends nobody a login', async () => {
    await download({ a: [GONE], b: [] })
    expect(commands.map(({ env }) => env)).toEqual([{ HOST: 'none' }, { HOST: 'none' }])
  })

  test('refuses a database that does not say when it was made', async () => {
    await expect(download({ a: [] }, 'nonsense')).rejects.toThrow('the database has no readable metadata')
  })

  test('says so when there is no repository at all', async () => {
    await expect(download({})).rejects.toThrow('(no repository is given)')
  })
})

describe('the digest of the database', () => {
  const METADATA = '{"UpdatedAt":"2026-11-20T00:00:00Z"}'

  /** A repository whose tag points at these digests, one after the other. */
  function moving(...digests: readonly (string | undefined)[]) {
    const asked: string[] = []
    const digestOf = async (repository: string) => {
      asked.push(repository)
      return digests[asked.length - 1]
    }
    return { asked, digestOf }
  }

  test('is what the tag pointed at before and after the download', async () => {
    const { digestOf, asked } = moving('sha256:x', 'sha256:a', 'sha256:a')
    expect(await download({ gone: [GONE], here: [] }, METADATA, digestOf)).toMatchObject({ digest: 'sha256:a' })
    expect(asked).toEqual(['gone', 'here', 'here'])
  })

  test.each([
    ['the tag moved meanwhile', ['sha256:a', 'sha256:b']],
    ['nobody said before', [undefined, 'sha256:a']],
    ['nobody says afterwards', ['sha256:a', undefined]]
  ])('is not known when %s', async (_, digests) => {
    const { digestOf } = moving(...digests)
    expect(await download({ here: [] }, METADATA, digestOf)).toEqual({
      repository: 'here',
      updatedAt: '2026-11-20T00:00:00Z'
    })
  })
})
