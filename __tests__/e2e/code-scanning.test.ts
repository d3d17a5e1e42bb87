import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { SHA } from '../../world/runner/payloads.ts'
import { type Descriptor, freshPlace, getManifest, pushIndex, pushWithLostLayer } from './helpers/built-image.ts'
import { expectNothingAdded } from './helpers/expectations.ts'
import { githubState, setFaults } from './helpers/github.ts'
import { resultsOf, runsOf, stepAnywhere, stepIn, type UploadedRun } from './helpers/judgement.ts'
import { crane, freshFolder, freshImage, freshRepository, keyInputs } from './helpers/world.ts'

const nameOf = (reference: string) => reference.split('@')[0] ?? ''

/** Copies an image of the world to a place, and returns what its index says of its platforms. */
async function platformsUnder(place: string, name: 'index' | 'vulnerable'): Promise<readonly Descriptor[]> {
  await crane('copy', await freshImage(name), `${place}:${name}`)
  const { manifests } = (await getManifest(place, name)) as { manifests: Descriptor[] }
  return manifests.filter(({ platform }) => platform?.os === 'linux')
}

const rulesOf = (run: UploadedRun | undefined) => (run?.results ?? []).map(({ ruleId }) => ruleId)

describe('several images in one step', () => {
  let images: readonly string[]
  let result: Awaited<ReturnType<typeof stepAnywhere>>
  let runs: readonly UploadedRun[]

  beforeAll(async () => {
    const workspace = await freshFolder()
    await writeFile(join(workspace, '.trivyignore'), 'CVE-2024-2398\n')
    images = await Promise.all([freshImage('vulnerable'), freshImage('index'), freshImage('clean')])
    const inputs = { image: images.join(', '), sign: 'never', 'code-scanning': 'required', 'min-severity': 'medium' }
    result = await stepAnywhere({ workspace, inputs })
    const { uploads } = await githubState(result.repository)
    expect(uploads.map(({ ref, commitSha, errors }) => [ref, commitSha, errors])).toEqual([
      ['refs/heads/main', SHA.main, []]
    ])
    expect(result.outputs['sarif-id']).toBe(uploads[0]?.id)
    runs = runsOf(uploads[0])
  })

  test('are one run for each platform, and its category holds no tag and no digest', () => {
    const [vulnerable = '', index = '', clean = ''] = images.map(nameOf)
    expect(runs.map(run => run.automationDetails?.id)).toEqual(
      [
        [vulnerable, 'linux-amd64'],
        [index, 'linux-amd64'],
        [index, 'linux-arm64'],
        [clean, 'linux-amd64']
      ].map(([image = '', platform]) => `imgguard/build.yml/build/${image.replace(':', '-')}/${platform}/`)
    )
  })

  test('have each finding once, without what is accepted, has no fix or is below min-severity', () => {
    const [vulnerable, amd64, arm64] = runs
    // 2 secrets; of the fixable vulnerabilities 1 critical, 15 high less 2 that are accepted, 16 medium.
    expect(vulnerable?.results).toHaveLength(2 + 1 + 13 + 16)
    expect(new Set(rulesOf(vulnerable)).size).toBe(vulnerable?.results.length)
    expect(rulesOf(vulnerable)).toContain('CVE-2021-44906/npm/minimist')
    for (const left of ['CVE-2024-2398/debian/curl', 'CVE-2023-45853/debian/zlib1g', 'CVE-2024-47764/npm/cookie'])
      expect(rulesOf(vulnerable)).not.toContain(left)
    expect(rulesOf(amd64)).toContain('CVE-2025-9230/debian/libssl3')
    expect(rulesOf(arm64)).not.toContain('CVE-2025-9230/debian/libssl3')
    expect(rulesOf(arm64)).toContain('CVE-2025-59375/debian/libexpat1')
    expect(rulesOf(amd64)).not.toContain('CVE-2025-59375/debian/libexpat1')
  })

  test('are uploaded without results where nothing was found, so that alerts close', () => {
    expect(runs[3]?.results).toEqual([])
  })

  test('have severities in the bands of code scanning, fingerprints, and places that name neither tag nor digest', () => {
    const rules = runs[0]?.tool.driver.rules ?? []
    const bands = { critical: [9, 10], high: [7, 8.9], medium: [4, 6.9] } as const
    for (const [id, severity] of [
      ['CVE-2021-44906/npm/minimist', 'critical'],
      ['CVE-2025-4802/debian/libc6', 'high'],
      ['CVE-2025-9714/debian/libxml2', 'medium']
    ] as const) {
      const score = Number(rules.find(rule => rule.id === id)?.properties?.['security-severity'])
      expect(score).toBeGreaterThanOrEqual(bands[severity][0])
      expect(score).toBeLessThanOrEqual(bands[severity][1])
    }
    const prints = runs.flatMap(run => run.results.map(found => found.partialFingerprints?.['primaryLocationLineHash']))
    expect(prints.every(print => /^[0-9a-f]{16}:1$/.test(print ?? ''))).toBe(true)
    expect(new Set(prints).size).toBe(prints.length)
    const uris = JSON.stringify(runs.map(run => run.results.map(({ locations }) => locations)))
    expect(uris).toContain('/srv/shop/node_modules/lodash/package.json')
    expect(uris).not.toMatch(/sha256|latest|127\.0\.0\.1/)
  })

  test('are uploaded as the file in the output "sarif" has them', async () => {
    const file = JSON.parse(await readFile(result.outputs['sarif'] ?? '', 'utf8')) as { runs: unknown }
    expect(file.runs).toEqual(runs)
  })

  test('stand in one summary, each with its verdict, and the outputs add up', () => {
    const headings = result.summary.split('\n').filter(line => /^###? /.test(line))
    expect(headings[0]).toMatch(/^## ❌ imgguard: 3 images: 1 failed, 2 passed$/)
    expect(headings.slice(1).map(line => line.replace(/:[^:]*$/, ''))).toEqual([
      expect.stringContaining(`❌ \`${nameOf(images[0] ?? '')}\``),
      expect.stringContaining(`✅ \`${nameOf(images[1] ?? '')}\``),
      expect.stringContaining(`✅ \`${nameOf(images[2] ?? '')}\``)
    ])
    expect(result.exitCode).toBe(1)
    const results = resultsOf(result)
    expect(results.map(({ verdict }) => verdict)).toEqual(['fail', 'pass', 'pass'])
    expect(result.outputs['verdict']).toBe('fail')
    expect(result.outputs['suppressed']).toBe('2')
    expect(result.outputs['high']).toBe(`${results.reduce((sum, { counts }) => sum + counts.high, 0)}`)
  })
})

test('a platform whose layer the registry has lost is not uploaded, the verdict is incomplete, and nothing is signed', async () => {
  const place = freshPlace()
  const [amd64, arm64] = (await platformsUnder(place, 'index')) as [Descriptor, Descriptor]
  const lost = await pushWithLostLayer(place, arm64.digest)
  const { digest } = await pushIndex(place, [amd64, { ...lost, platform: { os: 'linux', architecture: 'arm64' } }])

  const image = `${place}@${digest}`
  const signing = { ...(await keyInputs()), sign: 'always', 'transparency-log': 'false' }
  const result = await stepAnywhere({ inputs: { ...signing, image, 'on-fail': 'warn' } })
  expect(result.exitCode).toBe(1)
  expect(result.outputs).toMatchObject({ verdict: 'incomplete', signed: 'false' })
  expect(resultsOf(result)[0]?.reasons[0]).toMatch(/^linux\/arm64 not scanned: .*lost a part of it/)
  expect(result.summary).toContain('❌ linux/arm64 not scanned')

  const { uploads } = await githubState(result.repository)
  const ids = runsOf(uploads[0]).map(run => run.automationDetails?.id)
  expect(ids).toEqual([expect.stringMatching(/\/linux-amd64\/$/)])
  for (const left of [image, `${place}@${amd64.digest}`, `${place}@${lost.digest}`]) await expectNothingAdded(left)
})

describe('one build after the other', () => {
  const repository = freshRepository()
  const noted = new Set<string>()

  /** Scans, and returns the last steps of the categories that were uploaded, each with whether there are results. */
  async function scan(image: string, inputs: Readonly<Record<string, string>> = {}) {
    const { log } = await stepIn(repository, { inputs: { image, sign: 'never', 'on-fail': 'warn', ...inputs } })
    const { uploads } = await githubState(repository)
    const fresh = uploads.filter(({ id }) => !noted.has(id))
    for (const { id } of fresh) noted.add(id)
    const runs = fresh.flatMap(runsOf)
    const uploaded = runs.map(run => [run.automationDetails?.id?.split('/').at(-2), run.results.length > 0])
    return { log, runs, uploaded }
  }

  test('a platform that is gone gets one empty run, but not one that is left out or of another leg of a matrix', async () => {
    const place = freshPlace()
    const pair = await platformsUnder(place, 'index')
    const [other] = (await platformsUnder(place, 'vulnerable')) as [Descriptor]
    const third = { ...other, platform: { os: 'linux', architecture: 's390x' } }
    const [three, two] = await Promise.all([[...pair, third], pair].map(platforms => pushIndex(place, platforms)))
    const [amd64, arm64, s390x] = ['amd64', 'arm64', 's390x'].map(name => [`linux-${name}`, true])

    expect((await scan(`${place}@${three?.digest}`)).uploaded).toEqual([amd64, arm64, s390x])
    const leftOut = await scan(`${place}@${three?.digest}`, { platforms: 'linux/amd64, linux/arm64' })
    expect(leftOut.uploaded).toEqual([amd64, arm64])
    expect((await scan(`${place}@${pair[0]?.digest}`)).uploaded).toEqual([amd64])
    expect((await scan(`${place}@${two?.digest}`)).uploaded).toEqual([amd64, arm64, ['linux-s390x', false]])
    expect((await scan(`${place}@${two?.digest}`)).uploaded).toEqual([amd64, arm64])
  })

  test('one in which nothing is recognised is uploaded without results, but not over alerts', async () => {
    const place = freshPlace()
    const scanAs = async (name: 'empty' | 'vulnerable') => {
      await crane('copy', await freshImage(name), `${place}:latest`)
      return scan(`${place}:latest`)
    }
    expect((await scanAs('empty')).uploaded).toEqual([['linux-amd64', false]])
    expect((await scanAs('vulnerable')).uploaded).toEqual([['linux-amd64', true]])
    const { log, uploaded } = await scanAs('empty')
    expect(uploaded).toEqual([])
    expect(log).toContain(`Nothing was recognised in ${place} (linux/amd64): its code-scanning alerts are left as they`)
  })

  test('an upload that GitHub finds too large is made with the more severe half of its results', async () => {
    const image = await freshImage('vulnerable')
    const whole = (await scan(image)).runs[0]?.results ?? []
    await setFaults(repository, { method: 'POST', path: '/sarifs', status: 413, times: 1 })
    const { log, runs } = await scan(image)
    expect(whole.length).toBeGreaterThan(2)
    expect(runs[0]?.results).toEqual(whole.slice(0, Math.ceil(whole.length / 2)))
    expect(log).toMatch(/::notice::GitHub finds the SARIF upload too large/)
  })
})
