import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Builder, startBuilder } from '../../world/images/builder.ts'
import { contextOf } from '../../world/images/context.ts'
import { IMAGES, layoutOf, platformsOf, pushLayout } from '../../world/images/images.ts'
import { mayMount } from '../../world/images/mounts.ts'
import { RECIPES } from '../../world/images/recipes.ts'
import { type Descriptor, freshPlace, getManifest, pushIndex, pushWithLostLayer } from './helpers/built-image.ts'
import { githubState } from './helpers/github.ts'
import { runsOf, stepAnywhere, stepIn, type UploadedRun } from './helpers/judgement.ts'
import { crane, freshFolder, freshImage, freshRepository, world } from './helpers/world.ts'

/** BuildKit is built by Go where it is not there yet. */
const BUILDER_LIMIT_MS = 600_000

/** What makes an alert the same one in code scanning, and where it is shown. */
interface Alert {
  readonly rule: string
  readonly fingerprint: string
  readonly file: string
  readonly line: number
}

function alertsOf(run: UploadedRun | undefined): readonly Alert[] {
  const alerts = (run?.results ?? []).map(({ ruleId = '', partialFingerprints, locations }) => ({
    rule: ruleId,
    fingerprint: partialFingerprints?.['primaryLocationLineHash'] ?? '',
    file: locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? '',
    line: locations?.[0]?.physicalLocation?.region?.startLine ?? 0
  }))
  return alerts.toSorted((one, other) => (one.rule < other.rule ? -1 : 1))
}

const identities = (alerts: readonly Alert[]) => alerts.map(({ rule, fingerprint }) => [rule, fingerprint])
const isOf = (name: string) => (alert: Alert) => alert.rule.endsWith(`/${name}`)

// What may mount is a platform of its own in skips.json.
const describeBuilt = mayMount() ? describe : describe.skip

describeBuilt('built by BuildKit', () => {
  let builder: Builder

  beforeAll(async () => {
    builder = await startBuilder()
  }, BUILDER_LIMIT_MS)
  afterAll(() => builder?.close())

  test('every image of the world has the platform digests that lie in the repository', async () => {
    for (const name of IMAGES) {
      const built = await platformsOf(await builder.buildImage(name))
      expect({ name, built }).toEqual({ name, built: await platformsOf(layoutOf(name)) })
    }
  })

  describe('an image in variants', () => {
    /** Changes of `vulnerable`'s files, by name of the variant; the tag it is pushed under is that name. */
    const VARIANTS: Readonly<Record<string, Readonly<Record<string, (text: string) => string>>>> = {
      original: {},
      relabelled: { Dockerfile: text => text.replace('version=2.4.0', 'version=2.4.1') },
      unaffected: { 'packages.status': text => raised(text, 'libnghttp2-14', '1.52.0-1+deb12u2') },
      affected: { 'packages.status': text => raised(text, 'libcurl4', '7.88.1-10+deb12u4') },
      shifted: { Dockerfile: text => `# One line more.\n\n# And another.\n${text}` },
      fixed: { 'packages.status': text => raised(text, 'libexpat1', '2.5.0-1+deb12u5') }
    }

    const alerts: Record<string, readonly Alert[]> = {}
    let dockerfile: readonly string[]

    beforeAll(async () => {
      await builder.takeImage('base')
      const source = await contextOf('vulnerable', join(await freshFolder(), 'context'))
      dockerfile = (await readFile(join(source, 'Dockerfile'), 'utf8')).split('\n')
      const place = freshPlace()
      const built = []
      for (const [tag, changes] of Object.entries(VARIANTS))
        built.push({ tag, workspace: await buildVariant(source, changes, `${place}:${tag}`) })
      const ran = built.map(async ({ tag, workspace }) => [tag, await alertsAfter(`${place}:${tag}`, workspace)])
      Object.assign(alerts, Object.fromEntries(await Promise.all(ran)))
    }, BUILDER_LIMIT_MS)

    /** Builds the image with changed files, pushes it, and gives the folder with its files. */
    async function buildVariant(source: string, changes: (typeof VARIANTS)[string], reference: string) {
      const workspace = join(await freshFolder(), 'checkout')
      await cp(source, workspace, { recursive: true })
      for (const [name, change] of Object.entries(changes)) {
        const text = await readFile(join(source, name), 'utf8')
        expect(change(text)).not.toBe(text)
        await writeFile(join(workspace, name), change(text))
      }
      const layout = await builder.buildContext(workspace, RECIPES.vulnerable)
      const [registry = '', repository = '', tag = ''] = /^([^/]+)\/(.+):(.+)$/.exec(reference)?.slice(1) ?? []
      await pushLayout({ crane: world().tools.crane, registry, repository, tag, layout })
      return workspace
    }

    /** What a step that scans the image uploads. */
    async function alertsAfter(image: string, workspace: string): Promise<readonly Alert[]> {
      const inputs = { image, sign: 'never', 'fail-on': 'none', 'fail-on-secret': 'none', 'code-scanning': 'required' }
      const result = await stepAnywhere({ workspace, inputs })
      expect(result.exitCode).toBe(0)
      const { uploads } = await githubState(result.repository)
      return alertsOf(runsOf(uploads[0])[0])
    }

    test('has findings from the base, from packages installed, from npm, and a secret', () => {
      const rules = (alerts['original'] ?? []).map(({ rule }) => rule)
      for (const part of ['/debian/libc6', '/debian/libexpat1', '/npm/lodash', 'aws-'])
        expect(rules.filter(rule => rule.includes(part))).not.toEqual([])
    })

    test.each([
      ['under another tag and with another label', 'relabelled'],
      ['with another version of a package without findings', 'unaffected'],
      ['with another version of a package that has the same findings', 'affected'],
      ['with its Dockerfile’s lines moved', 'shifted']
    ])('%s has the same alerts', (_, variant) => {
      expect(identities(alerts[variant] ?? [])).toEqual(identities(alerts['original'] ?? []))
    })

    test('with a fixed package has all alerts but that package’s', () => {
      const before = alerts['original'] ?? []
      expect(before.filter(isOf('libexpat1')).length).toBeGreaterThan(2)
      const left = before.filter(alert => !isOf('libexpat1')(alert))
      expect(identities(alerts['fixed'] ?? [])).toEqual(identities(left))
    })

    test('has its alerts at the lines that brought them in, wherever those move', () => {
      const lineOf = (name: string) => (alerts['original'] ?? []).find(({ rule }) => rule.includes(name))?.line ?? 0
      expect(dockerfile[lineOf('/debian/libc6') - 1]).toMatch(/^FROM /)
      expect(dockerfile[lineOf('/debian/libexpat1') - 1]).toMatch(/^RUN .*packages\.status/)
      expect(dockerfile[lineOf('aws-') - 1]).toMatch(/^COPY \.env/)
      const moved = (alerts['original'] ?? []).map(alert => ({
        ...alert,
        line: alert.line + (alert.file === 'Dockerfile' ? 3 : 0)
      }))
      expect(alerts['shifted']).toEqual(moved)
    })
  })
})

/** dpkg's database with another version of one package. */
function raised(status: string, name: string, version: string): string {
  return status.replace(new RegExp(`(^Package: ${name}\n(?:.+\n)*?Version: ).*`, 'm'), `$1${version}`)
}

test('a platform that can no longer be scanned is not uploaded, so that its alerts stay, and the other has the same ones', async () => {
  const repository = freshRepository()
  const place = freshPlace()
  await crane('copy', await freshImage('index'), `${place}:latest`)
  const { manifests } = (await getManifest(place, 'latest')) as { manifests: Descriptor[] }
  const [amd64, arm64] = manifests.filter(({ platform }) => platform?.os === 'linux') as [Descriptor, Descriptor]
  const lost = { ...(await pushWithLostLayer(place, arm64.digest)), platform: { os: 'linux', architecture: 'arm64' } }
  const { digest } = await pushIndex(place, [amd64, lost])

  const uploaded = async (image: string) => {
    await stepIn(repository, { inputs: { image, sign: 'never', 'fail-on': 'none' } })
    const { uploads } = await githubState(repository)
    return runsOf(uploads.at(-1))
  }
  const whole = await uploaded(`${place}:latest`)
  const half = await uploaded(`${place}@${digest}`)
  const idsOf = (runs: readonly UploadedRun[]) => runs.map(({ automationDetails }) => automationDetails?.id)
  expect(idsOf(whole)).toEqual([expect.stringMatching(/linux-amd64\/$/), expect.stringMatching(/linux-arm64\/$/)])
  expect(idsOf(half)).toEqual(idsOf(whole).slice(0, 1))
  expect(identities(alertsOf(half[0]))).toEqual(identities(alertsOf(whole[0])))
})
