import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ToolManifest } from '../../src/tools/manifest.ts'
import { platformOf } from '../../src/tools/platform.ts'
import type { StepResult } from '../../world/runner/runner.ts'
import { expectNothingAdded, theError } from './helpers/expectations.ts'
import { type Listener, startListener } from './helpers/listener.ts'
import { signaturesUnder } from './helpers/registry.ts'
import { freshFolder, freshImage, freshRepository, keyInputs, step, world } from './helpers/world.ts'

const PLATFORM = platformOf(process.platform, process.arch)

let outside: Listener
let manifest: ToolManifest

beforeAll(async () => {
  outside = await startListener()
  manifest = JSON.parse(await readFile(world().toolsManifest, 'utf8'))
})

afterAll(() => outside.close())

async function signingStep(
  inputs: Record<string, string>,
  toolCache?: string
): Promise<StepResult & { image: string }> {
  const image = await freshImage('clean')
  const result = await step({
    eventOptions: { repository: freshRepository() },
    inputs: { ...(await keyInputs()), 'transparency-log': 'false', 'signature-format': 'bundle', image, ...inputs },
    ...(toolCache === undefined ? { emptyToolCache: true } : { toolCache })
  })
  return { ...result, image }
}

/** The step failed before Trivy could ask for a database and before anything was signed. */
async function expectNothingRun(result: StepResult & { image: string }): Promise<void> {
  expect(outside.requests.filter(({ path }) => path.startsWith('/v2/'))).toEqual([])
  await expectNothingAdded(result.image)
  expect(result.outputs).toEqual({})
  expect(await readdir(result.folders.temp)).toEqual([])
}

/** Replaces a tool in the runner's tool cache by a program that leaves a trace when it is run. */
async function plantInToolCache(toolCache: string, tool: 'cosign' | 'trivy', trace: string): Promise<string> {
  const [version = ''] = await readdir(join(toolCache, `imgguard-${tool}`))
  const [arch = ''] = await readdir(join(toolCache, `imgguard-${tool}`, version))
  const file = join(toolCache, `imgguard-${tool}`, version, arch, manifest[tool].assets[PLATFORM]?.name ?? '')
  await writeFile(file, `#!/bin/sh\nenv > ${trace}\n`)
  await chmod(file, 0o755)
  return file
}

describe('the tools', () => {
  test('are downloaded, kept in the tool cache, and never taken from it unchecked', async () => {
    const folder = await freshFolder()
    const toolCache = await freshFolder()
    const trace = join(folder, 'was-run')

    const first = await signingStep({ 'tools-manifest': JSON.stringify(manifest) }, toolCache)
    expect(first.exitCode).toBe(0)
    expect(await signaturesUnder(first.image)).toContainEqual({ of: 'index', bundles: 1, legacy: 0 })

    const before = outside.requests.length
    const second = await signingStep({ 'tools-mirror': outside.url }, toolCache)
    expect(second.exitCode).toBe(0)
    expect(outside.requests).toHaveLength(before)

    const file = await plantInToolCache(toolCache, 'cosign', trace)
    const third = await signingStep({}, toolCache)
    expect(third.exitCode).toBe(0)
    expect(third.annotations).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        message: expect.stringMatching(/^The tool cache holds a cosign .* is downloaded anew\.$/)
      })
    )
    expect(await signaturesUnder(third.image)).toContainEqual({ of: 'index', bundles: 1, legacy: 0 })

    await plantInToolCache(toolCache, 'cosign', trace)
    const fourth = await signingStep({ 'tools-mirror': `${world().toolsMirror}fault/flipped/` }, toolCache)
    expect(theError(fourth)).toMatch(/cosign-.* has SHA-256 [0-9a-f]{64}, but [0-9a-f]{64} is pinned/)
    await expectNothingAdded(fourth.image)
    await expect(readFile(trace)).rejects.toThrow('ENOENT')
    expect(await readFile(file, 'utf8')).toContain('was-run')
  })
})

describe('a mirror that', () => {
  test.each([
    [
      'flips one bit',
      'flipped',
      /has SHA-256 [0-9a-f]{64}, but [0-9a-f]{64} is pinned\. It was deleted and nothing of it was run\. Find out why/
    ],
    [
      'serves half of the file',
      'short',
      /has SHA-256 [0-9a-f]{64}, but [0-9a-f]{64} is pinned\. It was deleted and nothing of it was run\. Find out why/
    ],
    [
      'has no such file',
      '404',
      /^The asset \S+ is not at \S+ \(404\)\. Put it there, use tools-mirror, or name another version in tools-manifest\.$/
    ]
  ])('%s ends the step, and nothing is run', async (_, fault, expected) => {
    const result = await signingStep({
      'tools-mirror': `${world().toolsMirror}fault/${fault}/`,
      'db-repositories': `${outside.host}/db:2`
    })
    expect(theError(result)).toMatch(expected)
    await expectNothingRun(result)
  })
})

describe('a tools-manifest', () => {
  const changed = (change: (release: ToolManifest['cosign']) => object, tool: 'cosign' | 'trivy' = 'trivy') =>
    JSON.stringify({ ...manifest, [tool]: change(manifest[tool]) })
  const withDigest = (sha256: string) => (release: ToolManifest['cosign']) => ({
    ...release,
    assets: { [PLATFORM]: { ...release.assets[PLATFORM], sha256 } }
  })

  test.each<[string, () => string, RegExp]>([
    [
      'that is not JSON',
      () => '{"cosign": secret-by-mistake}',
      /^tools-manifest: the whole: found text that is not JSON; allowed: /
    ],
    [
      'that is a path to nothing',
      () => 'no/such.json',
      /^tools-manifest cannot be read: .*no such file.*; give JSON, or the path of a file in the workspace$/
    ],
    ['with another digest', () => changed(withDigest('0'.repeat(64))), /has SHA-256 [0-9a-f]{64}, but 0{64} is pinned/],
    [
      'with the malicious Trivy’s version',
      () => changed(release => ({ ...release, version: '0.69.4' })),
      /^trivy 0\.69\.4 is refused: it was published by an attacker\. See GHSA-/
    ],
    [
      'with the malicious Trivy’s digest',
      () => changed(withDigest('385d498d18a3a7c67878ca7322716f9da25683eb1a4bf9e9592da0d5f2ab09f6')),
      /^trivy \S+ is refused: SHA-256 385d498d\S+ is that of a malicious Trivy/
    ],
    [
      'with a cosign below the advisory',
      () => changed(release => ({ ...release, version: '3.1.2' }), 'cosign'),
      /^cosign 3\.1\.2 is refused: it has a known vulnerability, fixed in 3\.1\.3\. See GHSA-/
    ],
    [
      'with a field that nobody knows',
      () => changed(release => ({ ...release, sha512: 'x' })),
      /^tools-manifest: trivy\.sha512: found a field that is not known; allowed: version, url, assets$/
    ],
    [
      'with latest',
      () => changed(release => ({ ...release, version: 'latest' })),
      /^tools-manifest: trivy\.version: found "latest"; allowed: a plain version/
    ]
  ])('%s is one sentence, and nothing is run', async (_, given, expected) => {
    const result = await signingStep({ 'tools-manifest': given(), 'db-repositories': `${outside.host}/db:2` })
    expect(theError(result)).toMatch(expected)
    expect(result.log).not.toContain('secret-by-mistake')
    await expectNothingRun(result)
  })
})
