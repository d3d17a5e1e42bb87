import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { StepResult } from '../../world/runner/runner.ts'
import { kmsStep } from './helpers/kms.ts'
import { type RecordedProcess, type Recording, recording } from './helpers/recording.ts'
import { keylessStep } from './helpers/sigstore.ts'
import { publicKey, verifyStep } from './helpers/verify.ts'
import { filesUnder } from './helpers/watch.ts'
import { freshFolder, freshImage, freshRepository, keyInputs, step, world } from './helpers/world.ts'

// What this file proves: of each child that a step starts, the arguments and the environment that the kernel gave it, read in /proc before the
// step itself goes on (helpers/recorder.mjs), so none is missed; the same of grandchildren as far as they are seen; and every file that is left,
// or that the step removed, or that was seen while it was there. It does not prove what a tool keeps in memory or sends over the network.

/** Secrets of a job of which a step uses some and needs none of the others. */
const REGISTRY_PASSWORD = 'registry-password-of-a-robot'
const OTHERS = {
  AWS_SECRET_ACCESS_KEY: 'aws-secret-access-key-0123456789',
  AZURE_CLIENT_SECRET: 'azure-client-secret-0123456789',
  GITHUB_TOKEN: 'ghs_tokenofanotherstep0123456789',
  COSIGN_PASSWORD: 'cosign-password-of-another-step'
}

/** What every child may have. */
const COMMON = ['PATH', 'HOME', 'USERPROFILE', 'TMPDIR', 'TMP', 'TEMP', 'DOCKER_CONFIG']
const LENGTH = 12

type Named = Readonly<Record<string, string>>

/** By name: everything that is secret in a job, the tokens of Vault and of GitHub's token service among it. */
let secrets: Named

/** A step and what was recorded of it. */
interface Case extends Recording {
  readonly result: StepResult
}

/** The folders of a step, which are known before it begins. */
async function foldersOf() {
  const [temp, home, workspace, toolCache] = await Promise.all([0, 1, 2, 3].map(freshFolder))
  return { temp: temp ?? '', home: home ?? '', workspace: workspace ?? '', toolCache: toolCache ?? '' }
}

async function recorded(
  run: (options: Awaited<ReturnType<typeof foldersOf>> & { readonly env: Named }) => Promise<StepResult>
): Promise<Case> {
  const folders = await foldersOf()
  const { vault, sigstore } = world()
  const everything = {
    ...OTHERS,
    VAULT_ADDR: vault.address,
    VAULT_TOKEN: vault.token,
    ACTIONS_ID_TOKEN_REQUEST_URL: sigstore.oidc.requestUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: sigstore.oidc.requestToken
  }
  const watched = Object.entries(secrets).flatMap(([name, secret]) => (name === 'registry' ? [] : formsOf(secret)))
  return recording({ roots: Object.values(folders), secrets: watched }, env =>
    run({ ...folders, env: { ...everything, ...env } })
  )
}

/** How a secret may stand in a file: each long line of it, plain and in base64. */
function formsOf(secret: string): string[] {
  const lines = secret.split('\n').filter(line => line.length >= LENGTH && !line.startsWith('-----'))
  return lines.flatMap(line => [line, Buffer.from(line).toString('base64').slice(0, -4)])
}

/** The names of those secrets of which twelve characters in a row stand in a text. */
function leaksIn(text: string): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    piecesOf(secret).some(piece => text.includes(piece)) ? [name] : []
  )
}

function piecesOf(secret: string): string[] {
  const text = secret.replaceAll(/^-----.*$|\n/gm, '')
  return Array.from({ length: text.length - LENGTH + 1 }, (_, start) => text.slice(start, start + LENGTH))
}

/** `cosign sign`: the program and the first of its arguments that is neither a flag nor a path. */
function programOf({ args: [file = '', ...args] }: RecordedProcess): string {
  return [basename(file), ...args.filter(arg => /^[a-z][a-z-]+$/.test(arg)).slice(0, 1)].join(' ')
}

const namesOf = ({ environment }: RecordedProcess) => environment.map(entry => entry.slice(0, entry.indexOf('=')))
const withoutMasks = (log: string) =>
  log
    .split('\n')
    .filter(line => !line.startsWith('::add-mask::'))
    .join('\n')

/** By program: the variables that it gets beside what every child may have, and the secrets that are in them. */
function gifts({ children, seen }: Recording): Record<string, { variables: string[]; secrets: string[] }> {
  const gifts: Record<string, { variables: string[]; secrets: string[] }> = {}
  for (const process of [...children, ...seen]) {
    const variables = namesOf(process).filter(name => !COMMON.includes(name))
    const gift = { variables: variables.sort(), secrets: leaksIn(process.environment.join('\n')).sort() }
    expect(gifts[programOf(process)] ?? gift).toEqual(gift)
    gifts[programOf(process)] = gift
  }
  return gifts
}

/** Names of files, of all that a step left or removed, in which secrets stand, with their names. */
async function filesWithSecrets({ result, removed }: Case): Promise<[string, string[]][]> {
  const { temp, home, workspace, toolCache, files } = result.folders
  const left = (await Promise.all([temp, home, workspace, toolCache, files].map(filesUnder))).flat()
  const found: [string, string[]][] = []
  // The log has the masks, and is looked at by itself.
  for (const file of [...left, ...removed].filter(file => !file.endsWith('/log.txt'))) {
    const content = await readFile(file)
    const names = Object.entries(secrets).flatMap(([name, secret]) =>
      formsOf(secret).some(form => content.includes(form)) ? [name] : []
    )
    if (names.length > 0) found.push([basename(file), names])
  }
  return found
}

/** What holds for every step, whatever it signs with. */
async function expectNoLeak(one: Case, allowedFiles: readonly [string, string[]][] = []): Promise<void> {
  const { result, children, seen, leaks } = one
  for (const process of [...children, ...seen])
    expect([programOf(process), leaksIn(process.args.join('\n'))]).toEqual([programOf(process), []])
  for (const { environment, given } of children) expect([...environment].sort()).toEqual([...given].sort())
  // Both ways of looking agree where both saw a child.
  const byPid = new Map(children.map(child => [child.pid, child]))
  for (const { pid, args, environment } of seen) {
    const known = byPid.get(pid)
    if (known !== undefined) expect({ args, environment }).toEqual({ args: known.args, environment: known.environment })
  }
  expect(seen.some(({ pid }) => byPid.has(pid))).toBe(true)

  expect(leaks).toEqual([])
  expect(await filesWithSecrets(one)).toEqual(allowedFiles)
  for (const text of [withoutMasks(result.log), result.masked, result.summary, JSON.stringify(result.outputs)])
    expect(leaksIn(text)).toEqual([])
}

const KEY = { variables: ['COSIGN_PASSWORD', 'COSIGN_PRIVATE_KEY'], secrets: ['key', 'password'] }
const PUBLIC = { variables: ['COSIGN_PUBLIC_KEY'], secrets: [] }
const NOTHING = { variables: [], secrets: [] }

beforeAll(async () => {
  const { 'cosign-key': key, 'cosign-password': password } = await keyInputs()
  const { vault, sigstore } = world()
  const tokens = { vault: vault.token, 'id-token request': sigstore.oidc.requestToken }
  secrets = { key, password, registry: REGISTRY_PASSWORD, ...tokens, ...OTHERS }
})

describe('a step that signs, attests and promotes with a key', () => {
  let one: Case

  beforeAll(async () => {
    one = await recorded(async options =>
      step({
        ...options,
        eventOptions: { repository: freshRepository() },
        inputs: {
          ...(await keyInputs()),
          ...{ image: await freshImage('clean'), 'transparency-log': 'false', attest: 'sbom, vuln', promote: 'stable' },
          ...{ 'registry-username': 'robot', 'registry-password': REGISTRY_PASSWORD }
        }
      })
    )
  })

  test('gives it to those children that sign, attest and read the public half, and to no other', () => {
    expect(one.result).toMatchObject({ exitCode: 0, outputs: { signed: 'true', verified: 'true' } })
    expect(gifts(one)).toEqual({
      'cosign public-key': KEY,
      'cosign sign': KEY,
      'cosign attest': KEY,
      'cosign verify': PUBLIC,
      'cosign verify-attestation': PUBLIC,
      'trivy image': NOTHING,
      'trivy convert': NOTHING
    })
  })

  test('leaves no secret anywhere, but the registry’s password in docker configs that go with it', async () => {
    const configs = one.removed.filter(file => basename(file) === 'config.json')
    const withPassword: [string, string[]][] = []
    for (const file of configs)
      if ((await readFile(file, 'utf8')).includes('auth"')) withPassword.push(['config.json', ['registry']])
    expect(withPassword.length).toBeGreaterThan(0)
    for (const file of configs) expect((await stat(file)).mode & 0o777).toBe(0o600)
    await expectNoLeak(one, withPassword)
  })
})

describe('a step that signs and attests with a key in Vault, docker’s login in a helper', () => {
  let one: Case

  beforeAll(async () => {
    const bin = await freshFolder()
    const helper = join(bin, 'docker-credential-world')
    const answer = JSON.stringify({ ServerURL: world().registry, Username: 'robot', Secret: REGISTRY_PASSWORD })
    await writeFile(helper, `#!/bin/sh\n/bin/cat > /dev/null\necho '${answer}'\n`)
    await chmod(helper, 0o755)
    one = await recorded(async options => {
      const config = { credHelpers: { [world().registry]: 'world' } }
      await mkdir(join(options.home, '.docker'))
      await writeFile(join(options.home, '.docker/config.json'), JSON.stringify(config))
      return kmsStep(await freshImage('empty'), {
        ...options,
        env: { ...options.env, PATH: `${bin}:/usr/bin:/bin` },
        inputs: { attest: 'vuln', 'signature-format': 'bundle' }
      })
    })
  })

  test('gives Vault’s variables to those children that use the key, and no other provider’s to any', () => {
    expect(one.result).toMatchObject({ exitCode: 0, outputs: { signed: 'true', verified: 'true' } })
    const { 'sh get': helper, cat, ...others } = gifts(one)
    const vault = { variables: ['VAULT_ADDR', 'VAULT_TOKEN'], secrets: ['vault'] }
    expect(others).toEqual({
      'cosign public-key': vault,
      'cosign sign': vault,
      'cosign attest': vault,
      'cosign verify-attestation': PUBLIC,
      'trivy image': NOTHING
    })
    // What a helper may need to log in to a cloud's registry is its own; nothing that signs is among it.
    for (const { variables, secrets } of [helper, cat].filter(gift => gift !== undefined)) {
      expect(variables.filter(name => /^(INPUT_|COSIGN_|GITHUB_|VAULT_|ACTIONS_)/.test(name))).toEqual([])
      expect(secrets.filter(name => !/^(AWS|AZURE)_/.test(name))).toEqual([])
    }
    expect(helper).toBeDefined()
  })

  test('leaves no secret anywhere', async () => {
    await expectNoLeak(
      one,
      one.removed.filter(isLogin).map(() => ['config.json', ['registry']])
    )
  })

  function isLogin(file: string): boolean {
    return basename(file) === 'config.json'
  }
})

describe('a step that signs and attests as the workflow', () => {
  let one: Case
  let tokens: string[]

  beforeAll(async () => {
    one = await recorded(async ({ env, ...options }) => {
      const { ACTIONS_ID_TOKEN_REQUEST_URL: _, ACTIONS_ID_TOKEN_REQUEST_TOKEN: __, ...others } = env
      return keylessStep(await freshImage('empty'), { ...options, env: others, inputs: { attest: 'vuln' } })
    })
    const entries = one.children.flatMap(({ environment }) => environment)
    tokens = entries.filter(entry => entry.startsWith('SIGSTORE_ID_TOKEN=')).map(entry => entry.slice(18))
    // A JWT's header is no secret, and its claims are in the certificate: the signature is what makes it worth something.
    const signatures = tokens.map((token, index) => [`token ${index}`, token.split('.')[2] ?? ''] as const)
    secrets = { ...secrets, ...Object.fromEntries(signatures) }
  })

  test('gives a token that is good for Sigstore only to those children that sign and attest, a fresh one to each', () => {
    expect(one.result).toMatchObject({ exitCode: 0, outputs: { signed: 'true', verified: 'true' } })
    const variables = Object.entries(gifts({ ...one, children: [], seen: one.children.map(withoutToken) }))
    expect(Object.fromEntries(variables.map(([name, gift]) => [name, gift.variables]))).toEqual({
      'cosign sign': ['SIGSTORE_ID_TOKEN'],
      'cosign attest': ['SIGSTORE_ID_TOKEN'],
      'cosign verify-attestation': [],
      'trivy image': []
    })
    expect(tokens.length).toBeGreaterThan(1)
    for (const token of tokens) {
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { aud: string }
      expect(claims.aud).toBe('sigstore')
    }
  })

  test('leaves no token anywhere', async () => {
    expect(tokens.length).toBeGreaterThan(0)
    await expectNoLeak(one)
  })

  function withoutToken(child: RecordedProcess): RecordedProcess {
    const environment = child.environment.map(entry => entry.replace(/^(SIGSTORE_ID_TOKEN)=.*/, '$1='))
    return { ...child, environment }
  }
})

describe('verify/ in a job that has secrets', () => {
  let byKey: Case
  let byVault: Case

  beforeAll(async () => {
    const image = await freshImage('empty')
    const signed = await kmsStep(image, { inputs: { ...(await keyInputs()) } })
    expect(signed.exitCode).toBe(0)
    byKey = await recorded(async options => verifyStep({ ...options, inputs: { image, key: await publicKey() } }))
    byVault = await recorded(options => verifyStep({ ...options, inputs: { image, key: world().vault.key } }))
  })

  test('gives none of them to any child', async () => {
    expect(byKey.result).toMatchObject({ exitCode: 0, outputs: { verified: 'true' } })
    expect(gifts(byKey)).toEqual({ 'cosign verify': PUBLIC, 'cosign verify-attestation': PUBLIC })
    await expectNoLeak(byKey)
  })

  test('gives Vault’s token to the child that reads the public key from there, and to no other', async () => {
    expect(gifts(byVault)).toEqual({
      'cosign public-key': { variables: ['VAULT_ADDR', 'VAULT_TOKEN'], secrets: ['vault'] },
      'cosign verify': PUBLIC,
      'cosign verify-attestation': PUBLIC
    })
    await expectNoLeak(byVault)
  })
})
