import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import type { Log, Run } from 'sarif'
import { categoryOf } from '../../../src/render/category.ts'
import type { ImageOutcome, RunFacts } from '../../../src/render/outcome.ts'
import { renderSarif, SARIF_LIMITS, type SarifOptions, type SarifUploads } from '../../../src/render/sarif.ts'
import type { Vulnerability } from '../../../src/report/model.ts'
import { SCENES } from '../../fixtures/gallery.ts'
import {
  aFailedImage,
  anAcceptedRisk,
  anImage,
  anOccurrence,
  aPolicy,
  aScan,
  aSecret,
  aVulnerability,
  imageFindings,
  runFacts
} from '../../fixtures/outcome.ts'

const MULTITOOL = join(import.meta.dirname, '../../../node_modules/@microsoft/sarif-multitool-linux')
const OPTIONS: SarifOptions = {
  version: '0.1.0',
  categoryOf: (name, platform) => categoryOf({ workflowFile: 'release.yml', job: 'image' }, name, platform)
}

const GONE = { category: 'a/b/linux-s390x/', imageName: 'ghcr.io/acme/app', platform: 'linux-s390x' }

function render(
  images: readonly ImageOutcome[],
  run: RunFacts = runFacts(),
  options: Partial<SarifOptions> = {}
): SarifUploads {
  return renderSarif(images, run, { ...OPTIONS, ...options })
}

function runsOf({ logs }: SarifUploads): Run[] {
  return logs.flatMap(log => log.runs)
}

/** Rule ids of all runs, in order. */
function idsOf(uploads: SarifUploads): (string | undefined)[] {
  return runsOf(uploads).flatMap(run => (run.results ?? []).map(result => result.ruleId))
}

function hostileFinding(text: string): Vulnerability {
  return aVulnerability({
    id: `CVE-${text}`,
    severity: 'critical',
    package: text,
    ecosystem: text,
    title: text,
    description: text,
    url: `https://nvd.nist.gov/${text}`,
    occurrences: [
      anOccurrence({
        path: text,
        installed: text,
        fixed: `1${text}`,
        source: { file: text, line: 1, base: true, from: text }
      })
    ]
  })
}

describe('what is in the file', () => {
  test('a vulnerability', () => {
    const finding = aVulnerability({ id: 'CVE-2024-1', package: 'openssl', severity: 'high' })
    const [run] = runsOf(render([aFailedImage([finding])]))
    expect(run?.automationDetails?.id).toBe('imgguard/release.yml/image/ghcr.io/acme/app/linux-amd64/')
    expect(run?.tool.driver.rules?.[0]?.properties).toMatchObject({ 'security-severity': '8.0' })
    expect(run?.results?.[0]).toMatchObject({
      ruleId: 'CVE-2024-1/debian/openssl',
      ruleIndex: 0,
      level: 'error',
      // First 16 digits of sha256sum of ["ghcr.io/acme/app","linux/amd64","debian","openssl","CVE-2024-1"]
      partialFingerprints: { primaryLocationLineHash: 'f14c249d76cc672a:1' },
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'acme/app/os-packages/openssl' }, region: { startLine: 1 } } }
      ]
    })
  })

  test('only what is severe enough, can be mended and was not accepted, on its own platform', () => {
    const shown = aVulnerability({ id: 'CVE-2024-1', severity: 'low' })
    const unfixable = aVulnerability({
      id: 'CVE-2024-2',
      severity: 'critical',
      occurrences: [anOccurrence({ fixed: '' })]
    })
    const unknown = aVulnerability({ id: 'CVE-2024-3', severity: 'unknown' })
    const image = anImage({
      ...imageFindings(
        [shown, unfixable, unknown, aVulnerability({ id: 'CVE-2024-4' })],
        ['linux/amd64', 'linux/arm64']
      ),
      findings: [shown, unfixable, unknown].map(finding => ({ finding, platforms: ['linux/arm64'] }))
    })
    const uploads = render([image])
    expect(runsOf(uploads).map(run => run.results?.length)).toEqual([0, 1])
    expect(idsOf(uploads)).toEqual(['CVE-2024-1/debian/openssl'])
    const strict = runFacts({ policy: aPolicy({ ignoreUnfixed: false }), minSeverity: 'unknown' })
    expect(idsOf(render([image], strict))).toHaveLength(3)
  })

  test('what a dismissed alert accepts, so that it stays dismissed, and not what a file accepts', () => {
    const dismissed = aVulnerability({ id: 'CVE-2024-1' })
    const accepted = aVulnerability({ id: 'CVE-2024-2' })
    const alert = {
      image: 'ghcr.io/acme/app',
      platform: 'linux/arm64',
      ecosystem: 'debian',
      package: 'openssl',
      url: ''
    }
    const image = anImage({
      ...imageFindings([dismissed, accepted], ['linux/amd64', 'linux/arm64']),
      findings: [],
      suppressed: [
        { finding: dismissed, platforms: ['linux/arm64'], by: anAcceptedRisk({ source: 'code scanning', alert }) },
        { finding: accepted, platforms: ['linux/amd64', 'linux/arm64'], by: anAcceptedRisk() }
      ]
    })
    const uploads = render([image])
    expect(runsOf(uploads).map(run => run.results?.length)).toEqual([0, 1])
    expect(idsOf(uploads)).toEqual(['CVE-2024-1/debian/openssl'])
  })

  test('versions and paths of the platform itself', () => {
    const amd = aVulnerability({ occurrences: [anOccurrence({ installed: '1.0', path: 'usr/lib/a' })] })
    const arm = aVulnerability({ occurrences: [anOccurrence({ installed: '2.0', path: 'opt/b' })] })
    const merged = aVulnerability({ occurrences: [...arm.occurrences, ...amd.occurrences] })
    const image = anImage({
      platforms: [
        aScan({
          platform: 'linux/amd64',
          result: { complete: true, report: { packages: { npm: 1 }, findings: [amd] } }
        }),
        aScan({
          platform: 'linux/arm64',
          result: { complete: true, report: { packages: { npm: 1 }, findings: [arm] } }
        })
      ],
      findings: [{ finding: merged, platforms: ['linux/amd64', 'linux/arm64'] }]
    })
    const messages = runsOf(render([image])).map(run => run.results?.[0]?.message.text)
    expect(messages[0]).toContain('usr/lib/a (1.0)')
    expect(messages[0]).not.toContain('opt/b')
    expect(messages[1]).toContain('opt/b (2.0)')
  })

  test('the line of the repository where it is known, and words that say what stands there', () => {
    const base = { file: 'docker/my app.Dockerfile', line: 1, base: true, from: 'debian:12' }
    const own = { file: 'docker/my app.Dockerfile', line: 6, base: false }
    const library = aVulnerability({
      package: 'lodash',
      occurrences: [
        anOccurrence({ path: 'a' }),
        anOccurrence({ path: 'b', source: own }),
        anOccurrence({ path: 'c', source: base })
      ]
    })
    const system = aVulnerability({ occurrences: [anOccurrence({ source: base })] })
    const [run] = runsOf(render([aFailedImage([aSecret({ source: own }), library, system])]))
    const places = run?.results?.map(result => result.locations?.[0]?.physicalLocation)
    expect(places?.map(place => [place?.artifactLocation?.uri, place?.region?.startLine])).toEqual([
      ['docker/my%20app.Dockerfile', 6],
      ['docker/my%20app.Dockerfile', 6],
      ['docker/my%20app.Dockerfile', 1]
    ])
    const messages = run?.results?.map(({ message }) => message.text)
    expect(messages?.[0]).toContain('Brought in by docker/my app.Dockerfile line 6.')
    expect(messages?.[1]).toContain(
      'Brought in by docker/my app.Dockerfile line 6. Part of the base image debian:12 (docker/my app.Dockerfile line 1).'
    )
    const help = run?.tool.driver.rules?.map(rule => rule.help?.markdown ?? '')
    expect(help?.[2]).toContain('**Came from**: part of the base image debian:12 (docker/my app.Dockerfile line 1)')
  })

  test('each platform has its own line', () => {
    const at = (line: number) => ({ source: { file: 'Dockerfile', line, base: false } })
    const found = (line: number) => [aSecret(at(line)), aVulnerability({ occurrences: [anOccurrence(at(line))] })]
    const platforms = [2, 3].map(line =>
      aScan({
        platform: `linux/arm/v${line}`,
        result: { complete: true, report: { packages: { npm: 1 }, findings: found(line) } }
      })
    )
    const findings = found(2).map(finding => ({ finding, platforms: platforms.map(({ platform }) => platform) }))
    const runs = runsOf(render([anImage({ platforms, findings })]))
    const lines = runs.map(run => run.results?.map(one => one.locations?.[0]?.physicalLocation?.region?.startLine))
    expect(lines).toEqual([
      [2, 2],
      [3, 3]
    ])
  })

  test('a run without results for a clean image, so that its alerts close', () => {
    expect(runsOf(render([anImage()])).map(run => run.results)).toEqual([[]])
  })

  test('nothing of a platform whose scan is not complete, nor of its namesake in another image', () => {
    const broken = aScan({ platform: 'linux/arm64', result: { complete: false, reason: 'killed' } })
    expect(runsOf(render([anImage({ platforms: [aScan(), broken] })]))).toHaveLength(1)
    expect(render([anImage({ platforms: [broken] })]).logs).toEqual([])
    const namesake = anImage({ platforms: [aScan({ platform: 'linux/arm64' })] })
    expect(render([anImage({ platforms: [broken] }), namesake]).logs).toEqual([])
  })

  test('nothing of a platform in which nothing is recognised, unless no alert can close', () => {
    const secret = aSecret()
    const nothing = aScan({ result: { complete: true, report: { packages: {}, findings: [secret] } } })
    const image = anImage({ platforms: [nothing], findings: [{ finding: secret, platforms: ['linux/amd64'] }] })
    expect(render([image])).toMatchObject({ logs: [], unrecognised: ['ghcr.io/acme/app (linux/amd64)'] })
    const category = OPTIONS.categoryOf(image.name, 'linux/amd64')
    const uploads = render([image], runFacts(), { followUp: { empty: new Set([category]), gone: [] } })
    expect(uploads.unrecognised).toEqual([])
    expect(runsOf(uploads).map(run => [run.automationDetails?.id, run.results?.length])).toEqual([[category, 1]])
  })

  test('last, a run without results for each platform that is gone', () => {
    const runs = runsOf(render([anImage()], runFacts(), { followUp: { empty: new Set(), gone: [GONE] } }))
    expect(runs.map(run => run.automationDetails?.id)).toEqual([
      OPTIONS.categoryOf('ghcr.io/acme/app', 'linux/amd64'),
      GONE.category
    ])
    expect(runs[1]).toMatchObject({ results: [], tool: { driver: { name: 'imgguard', rules: [] } } })
  })

  test('images of one name share one run', () => {
    const one = aFailedImage([aVulnerability({ id: 'CVE-2024-1' }), aVulnerability({ id: 'CVE-2024-2' })])
    const two = aFailedImage([
      aVulnerability({ id: 'CVE-2024-2' }),
      aVulnerability({ id: 'CVE-2024-3', severity: 'critical' })
    ])
    const uploads = render([one, two])
    expect(runsOf(uploads)).toHaveLength(1)
    expect(idsOf(uploads).map(id => id?.slice(0, 10))).toEqual(['CVE-2024-3', 'CVE-2024-1', 'CVE-2024-2'])
  })

  test('no tag, digest or date anywhere but in messages and help', () => {
    const [run] = runsOf(render(SCENES['gate-failed']?.images ?? []))
    const stable = JSON.stringify(run, (key, value) =>
      ['message', 'help', 'shortDescription', 'fullDescription'].includes(key) ? 0 : value
    )
    expect(stable).not.toMatch(/sha256:|1a2b3c4d|1\.4\.2|20\d\d-\d\d-\d\d|\/tmp/)
  })
})

// Alerts, and what people have said of them, hang on these values: a change closes all alerts and opens them anew.
describe('identities that never change', () => {
  const finding = {
    vulnerability: aVulnerability({ id: 'CVE-2024-1', package: 'openssl' }),
    library: aVulnerability({
      id: 'GHSA-aaaa-bbbb-cccc',
      ecosystem: 'npm',
      package: '@scope/a b',
      occurrences: [anOccurrence({ path: 'srv/app/node_modules/@scope/a b/package.json' })]
    }),
    binary: aVulnerability({
      id: 'CVE-2024-34156',
      ecosystem: 'golang',
      package: 'stdlib',
      occurrences: [anOccurrence({ path: 'usr/bin/tool' })]
    }),
    secret: aSecret()
  }

  test.each([
    // The fingerprint is the first 16 digits of the SHA-256 of ["<image>","<platform>","<ecosystem>","<package>","<id>"], then ":1".
    [
      'vulnerability',
      'linux/amd64',
      'CVE-2024-1/debian/openssl',
      'f14c249d76cc672a:1',
      'imgguard/release.yml/image/ghcr.io/acme/app/linux-amd64/',
      'acme/app/os-packages/openssl',
      1
    ],
    [
      'library',
      'linux/amd64',
      'GHSA-aaaa-bbbb-cccc/npm/@scope/a b',
      '4d20987bd7ab167c:1',
      'imgguard/release.yml/image/ghcr.io/acme/app/linux-amd64/',
      'acme/app/srv/app/node_modules/%40scope/a%20b/package.json',
      1
    ],
    [
      'binary',
      'linux/arm64/v8',
      'CVE-2024-34156/golang/stdlib',
      '76de5640c1c07659:1',
      'imgguard/release.yml/image/ghcr.io/acme/app/linux-arm64-v8/',
      'acme/app/usr/bin/tool',
      1
    ],
    // Of a secret: ["<image>","<platform>","secret","<path>","<rule>"].
    [
      'secret',
      'linux/amd64',
      'secret/aws-access-key-id/srv/app/.env',
      'e3a3a46549f05cb5:1',
      'imgguard/release.yml/image/ghcr.io/acme/app/linux-amd64/',
      'acme/app/srv/app/.env',
      3
    ]
  ] as const)('%s on %s', (name, platform, ruleId, fingerprint, category, uri, line) => {
    const [run] = runsOf(render([aFailedImage([], imageFindings([finding[name]], [platform]))]))
    expect(run?.automationDetails?.id).toBe(category)
    expect(run?.results).toMatchObject([
      {
        ruleId,
        partialFingerprints: { primaryLocationLineHash: fingerprint },
        locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: line } } }]
      }
    ])
  })

  test('neither version, severity, text nor place changes one', () => {
    const one = finding.vulnerability
    const other = aVulnerability({
      id: one.id,
      severity: 'critical',
      title: 'another',
      url: '',
      occurrences: [
        anOccurrence({
          installed: '9',
          fixed: '10',
          path: 'x',
          source: { file: 'Dockerfile', line: 9, base: true, from: 'debian:13' },
          layer: { digest: `sha256:${'d'.repeat(64)}`, diffId: `sha256:${'e'.repeat(64)}` }
        })
      ]
    })
    const prints = [one, other].map(found =>
      runsOf(render([aFailedImage([found], { references: [`ghcr.io/acme/app:${found.severity}`] })])).map(run => [
        run.automationDetails?.id,
        run.results?.map(result => [result.ruleId, result.partialFingerprints])
      ])
    )
    expect(prints[1]).toEqual(prints[0])
  })

  test('the category that an input begins', () => {
    expect(categoryOf({ category: 'nightly/scan' }, 'ghcr.io/acme/app', 'linux/amd64')).toBe(
      'nightly/scan/ghcr.io/acme/app/linux-amd64/'
    )
    expect(
      categoryOf({ workflowFile: '.github/workflows/a b.yml', job: 'x/y' }, '127.0.0.1:5000/app', 'linux/arm/v7')
    ).toBe('imgguard/a-b.yml/x-y/127.0.0.1-5000/app/linux-arm-v7/')
  })
})

describe('within the limits of code scanning', () => {
  test('100,000 findings: the most severe stay and the rest is counted', () => {
    const findings = Array.from({ length: 100_000 }, (_, index) =>
      aVulnerability({
        id: `CVE-2024-${index}`,
        package: `package-${index}`,
        severity: index % 100 === 99 ? 'critical' : 'low'
      })
    )
    const { logs, leftOut } = render([aFailedImage(findings)])
    const results = logs[0]?.runs[0]?.results ?? []
    expect(results).toHaveLength(SARIF_LIMITS.results)
    expect(results.filter(({ level }) => level === 'error')).toHaveLength(1000)
    expect(leftOut).toEqual([{ category: 'imgguard/release.yml/image/ghcr.io/acme/app/linux-amd64/', results: 95_000 }])
  })

  test('more than 20 runs are several files', () => {
    const images = Array.from({ length: 45 }, (_, index) => anImage({ name: `ghcr.io/acme/app-${index}` }))
    const { logs } = render(images)
    expect(logs.map(log => log.runs.length)).toEqual([20, 20, 5])
    const categories = logs.flatMap(log => log.runs.map(run => run.automationDetails?.id))
    expect(new Set(categories).size).toBe(45)
  })

  test('no file is larger than GitHub takes, even of text that cannot be compressed', () => {
    let seed = 1
    const noise = (): string => {
      const points = Array.from({ length: 2000 }, () => {
        seed = (seed * 48271) % 2147483647
        return 0x4e00 + (seed % 20000)
      })
      return String.fromCharCode(...points)
    }
    const findings = Array.from({ length: 3000 }, (_, index) =>
      aVulnerability({ id: `CVE-2024-${index}`, description: noise() })
    )
    const { logs, leftOut } = render([aFailedImage(findings)])
    for (const log of logs) expect(gzipSync(JSON.stringify(log)).length).toBeLessThan(10 * 1024 * 1024)
    expect(leftOut[0]?.results).toBeGreaterThan(0)
  })
})

describe('hostile texts', () => {
  test('give valid places, texts of the allowed length, and a rule of its own for each finding', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('../../x', '/etc', 'C:\\x', 'a:b', '%', '\uD800')
    )
    fc.assert(
      fc.property(text, fc.string({ unit: 'binary' }), (one, two) => {
        const findings = [hostileFinding(one), hostileFinding(`${one}\n`), aSecret({ id: two, path: one, title: two })]
        const [run] = runsOf(render([aFailedImage(findings)]))
        const rules = run?.tool.driver.rules ?? []
        expect(new Set(rules.map(({ id }) => id)).size).toBe(3)
        expect(new Set(run?.results?.map(result => result.partialFingerprints?.['primaryLocationLineHash'])).size).toBe(
          3
        )
        for (const rule of rules) assertRule(rule)
        for (const result of run?.results ?? []) {
          const uri = result.locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? ''
          expect(uri).toMatch(/^[\w.~!*'()%-]+(\/[\w.~!*'()%-]+)*$/)
          expect(uri.split('/')).not.toContain('..')
          expect(decodeURIComponent(uri)).not.toBe('')
          expect(result.message.text).not.toMatch(/(?<!\\)\[/)
          expect(rules[result.ruleIndex ?? -1]?.id).toBe(result.ruleId)
        }
      })
    )
  })
})

function assertRule(rule: NonNullable<Run['tool']['driver']['rules']>[number]): void {
  expect(rule.id).not.toBe('')
  expect(rule.shortDescription?.text.length).toBeGreaterThan(0)
  expect(rule.shortDescription?.text.length).toBeLessThanOrEqual(1024)
  expect(rule.fullDescription?.text.length).toBeGreaterThan(0)
  expect(rule.fullDescription?.text.length).toBeLessThanOrEqual(1024)
  expect(rule.help?.text).not.toBe('')
  expect(rule.properties?.tags?.length).toBeLessThanOrEqual(10)
  const severity = rule.properties?.['security-severity']
  expect(typeof severity).toBe('string')
  expect(Number(severity)).toBeGreaterThan(0)
  expect(Number(severity)).toBeLessThanOrEqual(10)
}

describe('by the validators', () => {
  let directory = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'imgguard-sarif-'))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const lined = aFailedImage([
    aSecret({ source: { file: 'docker/app.Dockerfile', line: 6, base: false } }),
    aVulnerability({
      occurrences: [anOccurrence({ source: { file: 'Dockerfile', line: 1, base: true, from: 'debian:12' } })]
    })
  ])
  const all = { ...SCENES, 'with lines of the repository': { images: [lined], run: runFacts() } }
  const scenes = Object.entries(all).filter(([, { images, run }]) => render(images, run).logs.length > 0)

  test('every scene is valid by the JSON schema', () => {
    const ajv = new Ajv2020({ allErrors: true, strict: false })
    addFormats.default(ajv)
    const validate = ajv.compile(JSON.parse(readFileSync(join(MULTITOOL, 'sarif-2.1.0.json'), 'utf8')))
    for (const [name, { images, run }] of scenes) {
      for (const log of render(images, run, { followUp: { empty: new Set(), gone: [GONE] } }).logs) {
        validate(log)
        expect({ name, errors: validate.errors }).toEqual({ name, errors: null })
      }
    }
  })

  test('every scene passes the multitool, which finds what is wrong', () => {
    const files = scenes.map(([name, { images, run }]) => {
      const file = join(directory, `${name}.sarif`)
      writeFileSync(file, JSON.stringify(render(images, run, { followUp: { empty: new Set(), gone: [GONE] } }).logs[0]))
      return file
    })
    expect(multitoolErrors(files)).toEqual([])

    const [log] = render(SCENES['gate-failed']?.images ?? []).logs
    const broken = join(directory, 'broken.sarif')
    writeFileSync(
      broken,
      JSON.stringify(log, (key, value) => (key === 'locations' ? undefined : value))
    )
    expect(multitoolErrors([broken])).toContain('GH1015')
  }, 60_000)

  function multitoolErrors(files: readonly string[]): string[] {
    const tool = join(MULTITOOL, 'Sarif.Multitool')
    chmodSync(tool, 0o755)
    const output = join(directory, 'validation.sarif')
    execFileSync(tool, [
      'validate',
      ...files,
      '--rule-kind',
      'Sarif;Ghas',
      '--output',
      output,
      '--log',
      'ForceOverwrite'
    ])
    const log = JSON.parse(readFileSync(output, 'utf8')) as Log
    expect(log.runs[0]?.invocations?.[0]?.executionSuccessful).toBe(true)
    const errors = log.runs[0]?.results?.filter(({ level }) => level === 'error') ?? []
    return errors.map(({ ruleId }) => ruleId ?? '')
  }
})
