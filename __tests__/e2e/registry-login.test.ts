import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { pushImage } from '../../world/images/images.ts'
import type { StepResult } from '../../world/runner/runner.ts'
import { REGISTRY_USER, type Registry, startRegistryWithPassword } from '../../world/services/registries.ts'
import { theError } from './helpers/expectations.ts'
import { signaturesUnder } from './helpers/registry.ts'
import { type E2eStep, freshFolder, freshRepository, keyInputs, step, world } from './helpers/world.ts'

const { username, password } = REGISTRY_USER
const LOGIN = { 'registry-username': username, 'registry-password': password }
const RUNNER_PATH = '/usr/local/bin:/usr/bin:/bin'

let registry: Registry

beforeAll(async () => {
  registry = await startRegistryWithPassword()
})

afterAll(async () => {
  await registry.close()
})

/** A HOME with a docker config of this content. */
async function homeWith(config: object): Promise<string> {
  const home = await freshFolder()
  await mkdir(join(home, '.docker'))
  await writeFile(join(home, '.docker/config.json'), JSON.stringify(config))
  return home
}

/** A HOME in which docker is logged in to the registry, as `docker login` without a helper leaves it. */
function loggedInHome(): Promise<string> {
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  return homeWith({ auths: { [registry.host]: { auth } } })
}

/** Pushes an image that passes, one manifest only, into the registry with a password. */
async function freshPrivateImage(): Promise<string> {
  const env = { HOME: await loggedInHome() }
  const run = async (file: string, args: readonly string[]) => (await promisify(execFile)(file, args, { env })).stdout
  const repository = `test/empty-${randomBytes(6).toString('hex')}`
  return pushImage({ crane: world().tools.crane, registry: registry.host, name: 'empty', repository, run })
}

async function signingStep(image: string, { inputs = {}, ...rest }: E2eStep = {}): Promise<StepResult> {
  const signing = { 'transparency-log': 'false', 'signature-format': 'bundle', 'code-scanning': 'never' }
  return step({
    eventOptions: { repository: freshRepository() },
    ...rest,
    inputs: { image, ...(await keyInputs()), ...signing, ...inputs }
  })
}

async function bundlesUnder(image: string): Promise<number | undefined> {
  return (await signaturesUnder(image, REGISTRY_USER))[0]?.bundles
}

test('registry-username and registry-password open the registry, and nothing of them stays', async () => {
  const image = await freshPrivateImage()
  const { exitCode, outputs, masked, folders } = await signingStep(image, { inputs: LOGIN })
  expect(exitCode).toBe(0)
  expect(outputs).toMatchObject({ signed: 'true', verified: 'true', image })
  expect(await bundlesUnder(image)).toBe(1)
  expect(masked).not.toContain(password)
  expect((await readdir(folders.temp)).filter(name => !name.startsWith('imgguard-results-'))).toEqual([])
})

test('a wrong password is an error that says where to put the right one, and nothing is signed', async () => {
  const image = await freshPrivateImage()
  const result = await signingStep(image, { inputs: { ...LOGIN, 'registry-password': 'wrong-registry-password' } })
  const error = theError(result)
  expect(error).toContain(`${registry.host} does not let us read ${image} (401)`)
  expect(error).toContain('registry-password')
  expect(await bundlesUnder(image)).toBe(0)
})

test('without any login the error says how to log in', async () => {
  const result = await signingStep(await freshPrivateImage())
  expect(theError(result)).toContain('docker/login-action')
})

test("docker's config in HOME opens the registry", async () => {
  const image = await freshPrivateImage()
  const { exitCode, outputs } = await signingStep(image, { home: await loggedInHome() })
  expect(exitCode).toBe(0)
  expect(outputs).toMatchObject({ signed: 'true', verified: 'true' })
  expect(await bundlesUnder(image)).toBe(1)
})

test('a credential helper is run once, by us, and never sees the key', async () => {
  const image = await freshPrivateImage()
  const folder = await freshFolder()
  const helper = join(folder, 'docker-credential-world')
  const answer = JSON.stringify({ ServerURL: registry.host, Username: username, Secret: password })
  const dump = join(folder, 'dump')
  await writeFile(helper, `#!/bin/sh\n{ echo "asked: $1 for $(cat)"; env; } >> '${dump}'\necho '${answer}'\n`)
  await chmod(helper, 0o755)

  const { exitCode, outputs } = await signingStep(image, {
    home: await homeWith({ credHelpers: { [registry.host]: 'world' } }),
    env: { PATH: `${folder}:${RUNNER_PATH}`, AWS_PROFILE: 'builds' }
  })
  expect(exitCode).toBe(0)
  expect(outputs).toMatchObject({ signed: 'true', verified: 'true' })
  expect(await bundlesUnder(image)).toBe(1)

  const seen = await readFile(dump, 'utf8')
  expect(seen.match(/^asked: .*$/gm)).toEqual([`asked: get for ${registry.host}`])
  expect(seen).toContain('AWS_PROFILE=builds')
  const { 'cosign-key': key, 'cosign-password': keyPassword } = await keyInputs()
  for (const secret of [key.split('\n')[1] ?? '', keyPassword]) {
    expect(secret).not.toBe('')
    expect(seen).not.toContain(secret)
  }
  expect(seen).not.toMatch(/^(INPUT_|COSIGN_|GITHUB_)/m)
})

test('registry-username for two registries is an error that names both', async () => {
  const images = `${registry.host}/test/one:v1\n${world().registry}/test/two:v1`
  const result = await signingStep(images, { inputs: LOGIN })
  expect(theError(result)).toBe(
    `registry-username is for one registry, but image names 2: ${registry.host}, ${world().registry}; ` +
      'use docker/login-action for each of them instead'
  )
})
