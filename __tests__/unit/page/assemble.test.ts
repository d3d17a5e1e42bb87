import { describe, expect, test } from '@jest/globals'
import { assemble } from '../../../src/page/assemble.ts'
import type { PageData, PageRow } from '../../../src/page/data.ts'
import type { ImageOutcome, RunFacts } from '../../../src/render/outcome.ts'
import { stepsOf } from '../../../src/render/steps.ts'
import { aFailedImage, anImage, anOccurrence, aVulnerability, imageFindings, runFacts } from '../../fixtures/outcome.ts'
import { imageOf, lodash, pageScene, secret } from '../../fixtures/page.ts'

function dataOf(images: readonly ImageOutcome[], run: RunFacts): PageData {
  return assemble(images, run, stepsOf(images, run)).data
}

function rowOf(data: PageData, id: string): PageRow {
  const row = data.rows.find(row => row.id === id)
  if (row === undefined) throw new Error(`no row ${id}`)
  return row
}

describe('rows', () => {
  const { images, run } = pageScene()
  const data = dataOf(images, run)

  test('a vulnerability with all that is known of it', () => {
    expect(rowOf(data, lodash.id)).toEqual({
      list: 'open',
      kind: 'vulnerability',
      severity: 0,
      image: 0,
      id: 'CVE-2019-10744',
      url: 'https://avd.aquasec.com/nvd/cve-2019-10744',
      subject: 'lodash',
      ecosystem: 'npm',
      change: '4.17.4 → 4.17.12, 4.17.11 → 4.17.12',
      places: [
        {
          path: 'srv/app/node_modules/lodash/package.json',
          installed: '4.17.4',
          fixed: '4.17.12',
          source: 'Dockerfile:6',
          layer: `sha256:${'2'.repeat(64)}`,
          purl: 'pkg:npm/lodash@4.17.4'
        },
        {
          path: 'srv/app/node_modules/@acme/ui/node_modules/lodash/package.json',
          installed: '4.17.11',
          fixed: '4.17.12',
          source: 'Dockerfile:6',
          layer: `sha256:${'2'.repeat(64)}`,
          purl: 'pkg:npm/lodash@4.17.11'
        }
      ],
      layers: [data.layers.indexOf('Dockerfile:6')],
      platforms: [0, 1],
      title: data.texts.indexOf(lodash.title),
      description: data.texts.indexOf(lodash.description),
      group: 1,
      published: '2019-07-26',
      fixable: true,
      exploited: true,
      gate: true,
      fresh: [0, 1]
    })
    expect(data.groups[1]?.title).toBe('Raise lodash 4.17.4, 4.17.11 → 4.17.12')
  })

  test('a secret is its rule and its place', () => {
    const row = rowOf(data, secret.id)
    expect(row).toMatchObject({ kind: 'secret', subject: 'srv/app/.env:3', gate: true })
    expect(row.fresh?.map(platform => data.platforms[platform])).toEqual(['linux/arm64'])
    expect(data.groups[row.group]?.title).toBe('Revoke 1 secret and keep it out of the build')
  })

  test('grace, acceptance, what is fixed and remarks', () => {
    expect(rowOf(data, 'CVE-2023-5678').due).toBe('due in 4 days')
    expect(rowOf(data, 'CVE-2023-5678').gate).toBeUndefined()
    const accepted = rowOf(data, 'CVE-2011-3374')
    expect(accepted).toMatchObject({
      list: 'accepted',
      accepted: { source: '.trivyignore.yaml', expires: '2026-12-01' }
    })
    expect(data.texts[accepted.accepted?.reason ?? -1]).toBe('apt-key is not in the image')
    expect(rowOf(data, 'CVE-2023-7008')).toMatchObject({ list: 'fixed', platforms: [0, 1] })
    expect(rowOf(data, 'DS-0002')).toMatchObject({ list: 'remark', kind: 'misconfiguration', platforms: [0, 1] })
    expect(rowOf(data, 'GPL-3.0-only')).toMatchObject({ list: 'remark', kind: 'license', subject: 'bash' })
    expect(data.totals).toEqual({ open: 6, accepted: 1, fixed: 1, remark: 2 })
  })

  test('without a link to anywhere else, an id leads to its own page', () => {
    expect(rowOf(data, 'CVE-2023-7008').url).toBe('https://avd.aquasec.com/nvd/cve-2023-5678')
    const finding = aVulnerability({ id: 'CVE-2024-12345', url: 'https://evil.example/?a=1&b=2' })
    const { rows } = dataOf([aFailedImage([finding])], runFacts())
    expect(rows[0]?.url).toBe('https://nvd.nist.gov/vuln/detail/CVE-2024-12345')
  })

  test('an address with several parameters keeps them', () => {
    const url = 'https://security-tracker.debian.org/tracker?a=1&b=2'
    expect(dataOf([aFailedImage([aVulnerability({ url })])], runFacts()).rows[0]?.url).toBe(url)
  })

  test('the same package in two images is a row of each', () => {
    const two = [anImage(imageFindings([lodash])), anImage({ ...imageFindings([lodash]), name: 'ghcr.io/acme/worker' })]
    expect(dataOf(two, runFacts()).rows.map(({ image }) => image)).toEqual([0, 1])
  })
})

describe('order and bounds', () => {
  test('what is exploited stands first, then the most severe', () => {
    const exploited = aVulnerability({ id: 'CVE-1', severity: 'low', knownExploited: true })
    const critical = aVulnerability({ id: 'CVE-2', severity: 'critical' })
    const { rows } = dataOf([aFailedImage([exploited]), aFailedImage([critical])], runFacts())
    expect(rows.map(({ id }) => id)).toEqual(['CVE-1', 'CVE-2'])
  })

  test('below min-severity only what fails the gate is shown', () => {
    const low = aVulnerability({ severity: 'low' })
    const secretLow = { ...secret, severity: 'low' as const }
    const run = runFacts({ minSeverity: 'high', policy: { ...runFacts().policy, failOnSecret: 'low' } })
    expect(dataOf([aFailedImage([low, secretLow])], run).rows.map(({ kind }) => kind)).toEqual(['secret'])
  })

  test('the least severe are left out and counted', () => {
    const { rows, totals } = dataOf([imageOf(24_000)], runFacts())
    expect(rows).toHaveLength(20_000)
    expect(totals.open).toBe(24_000)
    expect(Math.max(...rows.map(({ severity }) => severity))).toBe(3)
    expect(rows.filter(({ severity }) => severity < 3)).toHaveLength(18_000)
  })

  test('texts are cut, places of one finding are counted, and the whole is bounded', () => {
    const occurrences = Array.from({ length: 60 }, (_, i) => anOccurrence({ path: `${i}/${'x'.repeat(5000)}` }))
    const findings = Array.from({ length: 2000 }, (_, i) =>
      aVulnerability({ id: `CVE-${i}`, package: `p${i}`, description: `${i} ${'y'.repeat(100_000)}`, occurrences })
    )
    const data = dataOf([aFailedImage(findings)], runFacts())
    expect(data.rows[0]?.places).toHaveLength(50)
    expect(data.rows[0]?.morePlaces).toBe(10)
    expect(data.rows.length).toBeGreaterThan(500)
    expect(JSON.stringify(data).length).toBeLessThan(26_000_000)
  })
})
