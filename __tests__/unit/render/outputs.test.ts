import { describe, expect, test } from '@jest/globals'
import type { Baseline, ImageOutcome } from '../../../src/render/outcome.ts'
import { RESULTS_LIMIT, renderOutputs } from '../../../src/render/outputs.ts'
import { renderReport } from '../../../src/render/report.ts'
import { critical, onPlatforms, scanned } from '../../fixtures/findings.ts'
import {
  aFailedImage,
  anAcceptedRisk,
  anImage,
  anOccurrence,
  aScan,
  aSecret,
  aVulnerability,
  runFacts
} from '../../fixtures/outcome.ts'

const fresh = onPlatforms(critical({ id: 'CVE-2024-2', knownExploited: true }))
const gone = onPlatforms(critical({ id: 'CVE-2024-7' }))

const baseline: Baseline = {
  state: 'compared',
  reference: 'ghcr.io/acme/app:main',
  digest: 'sha256:0',
  added: [fresh],
  fixed: [gone, gone],
  before: [gone]
}

function resultsOf(images: readonly ImageOutcome[]): Record<string, unknown>[] {
  return JSON.parse(renderOutputs(images, runFacts(), {})['results'] ?? '')
}

describe('outputs', () => {
  test('new and fixed are sums over the images that were compared, and empty where none was', () => {
    const one = aFailedImage([fresh.finding], { baseline })
    expect(renderOutputs([one, one, anImage()], runFacts(), {})).toMatchObject({ new: '2', fixed: '4' })
    const none = anImage({ baseline: { state: 'none', reason: 'x' } })
    expect(renderOutputs([none, anImage()], runFacts(), {})).toMatchObject({ new: '', fixed: '' })
  })

  test('counts are sums, everything else the first image has', () => {
    const { verifyCommand: _, digest: __, ...file } = anImage({ name: 'file' })
    const failed = aFailedImage([critical(), critical({ id: 'CVE-2024-3' })])
    const images = [anImage(), failed, aFailedImage([aSecret()]), file]
    const outputs = renderOutputs(images, runFacts(), { sarifId: '42' })
    const first = { verdict: 'pass', signed: 'true', verified: 'true', image: `ghcr.io/acme/app@${anImage().digest}` }
    expect(outputs).toMatchObject({ ...first, critical: '3', fixable: '2', high: '0', 'sarif-id': '42' })
    const results = resultsOf(images)
    expect(results.map(({ verdict }) => verdict)).toEqual(['pass', 'fail', 'fail', 'pass'])
    expect(results[3]).toMatchObject({ name: 'file', image: '' })
  })

  test('results of 300 images stay JSON within the limit', () => {
    const findings = Array.from({ length: 300 }, (_, index) => critical({ id: `CVE-2024-${index}` }))
    const images = Array.from({ length: 300 }, (_, index) => aFailedImage(findings, { name: `ghcr.io/acme/${index}` }))
    const results = renderOutputs(images, runFacts(), {})['results'] ?? ''
    expect(Buffer.byteLength(results)).toBeLessThanOrEqual(RESULTS_LIMIT)
    expect(JSON.parse(results)).toHaveLength(300)
  })

  test('the page is named where there is one', () => {
    expect(renderOutputs([anImage()], runFacts(), { html: '/tmp/page.html' })['html']).toBe('/tmp/page.html')
    expect(renderOutputs([anImage()], runFacts(), {})['html']).toBe('')
  })

  test('results tell comparison, gate and rebuild in short', () => {
    const gate = { scope: 'new', reasons: ['1 new'] } as const
    const rebuild = { state: 'newer', base: 'debian:12', fixes: [fresh] } as const
    const [result] = resultsOf([aFailedImage([fresh.finding], { baseline, gate, rebuild })])
    expect(result).toMatchObject({
      baseline: { reference: 'ghcr.io/acme/app:main', digest: 'sha256:0' },
      new: 1,
      fixed: 2,
      gate,
      rebuild: { state: 'newer', base: 'debian:12', fixes: 1 },
      failing: [{ id: 'CVE-2024-2', knownExploited: true }]
    })
    const [alone] = resultsOf([anImage({ baseline: { state: 'none', reason: 'no tag' } })])
    expect(alone).toMatchObject({ baseline: { reason: 'no tag' } })
    expect(alone).not.toHaveProperty('new')
  })

  test('results with 100,000 findings against a baseline stay within the limit', () => {
    const findings = Array.from({ length: 100_000 }, (_, index) => critical({ id: `CVE-2024-${index}` }))
    const added = findings.map(finding => onPlatforms(finding))
    const image = aFailedImage(findings, { baseline: { ...baseline, added, before: added } })
    const results = renderOutputs([image], runFacts(), {})['results'] ?? ''
    expect(Buffer.byteLength(results)).toBeLessThanOrEqual(RESULTS_LIMIT)
    expect(JSON.parse(results)).toHaveLength(1)
  })
})

describe('the report', () => {
  const reportOf = (image: ImageOutcome) => JSON.parse([...renderReport([image], runFacts())].join('')).images[0]

  test('has everything once: no finding of the baseline, no text and no place twice', () => {
    const text = 'a description that stands once'
    const finding = aVulnerability({
      description: text,
      occurrences: [anOccurrence({ path: 'a path that stands once' })]
    })
    const findings = [finding, aSecret()]
    const amd64 = scanned('linux/amd64', { findings })
    const arm64 = scanned('linux/arm64', { findings: [aSecret()] })
    const platforms = [
      amd64,
      arm64,
      aScan({ platform: 'linux/s390x', result: { complete: false, reason: 'no answer' } })
    ]
    const found = [onPlatforms(finding, 'linux/amd64'), onPlatforms(aSecret(), 'linux/amd64', 'linux/arm64')]
    const whole = { ...baseline, added: found, before: [gone, ...found] }
    const rebuild = { state: 'newer', base: 'debian:12', fixes: found } as const
    const image = reportOf(aFailedImage([], { platforms, findings: found, baseline: whole, rebuild }))

    const written = JSON.stringify(image)
    expect(written.split(text)).toHaveLength(2)
    expect(written.split('a path that stands once')).toHaveLength(2)
    expect(image.findings).toMatchObject([
      { id: finding.id, title: finding.title, fixable: true, platforms: ['linux/amd64'] },
      { path: 'srv/app/.env', platforms: ['linux/amd64', 'linux/arm64'] }
    ])
    expect(image.platforms).toMatchObject([
      { platform: 'linux/amd64', complete: true, findings: [{ id: finding.id, occurrences: [{}] }, {}] },
      { platform: 'linux/arm64', complete: true, findings: [{ kind: 'secret' }] },
      { platform: 'linux/s390x', complete: false, reason: 'no answer' }
    ])
    expect(image.baseline).toEqual({
      state: 'compared',
      reference: baseline.reference,
      digest: baseline.digest,
      before: 3
    })
    expect(image.new).toMatchObject([{ id: finding.id }, { path: 'srv/app/.env' }])
    expect(image.fixed).toHaveLength(2)
    expect(image.rebuild).toEqual({ state: 'newer', base: 'debian:12' })
    expect(image.fixedByRebuild).toHaveLength(2)
    expect(image.gate).toEqual({ scope: 'all', reasons: expect.any(Array) })
  })

  test('says what hides a finding, and leaves out what nobody asked for', () => {
    const hidden = aVulnerability({ id: 'CVE-2011-3374' })
    const image = reportOf(
      anImage({ suppressed: [{ finding: hidden, by: anAcceptedRisk(), platforms: ['linux/amd64'] }] })
    )
    expect(image.suppressed).toMatchObject([{ id: 'CVE-2011-3374', title: hidden.title, by: anAcceptedRisk() }])
    expect(image.findings).toEqual([])
    for (const name of ['baseline', 'new', 'fixed', 'rebuild', 'fixedByRebuild']) expect(image).not.toHaveProperty(name)
  })

  test('has a description of the 20,000 most severe findings, and no longer ones than alerts have', () => {
    const findings = Array.from({ length: 20_001 }, (_, index) =>
      critical({ id: `CVE-2024-${index}`, description: 'x'.repeat(2_001) })
    )
    const image = reportOf(aFailedImage(findings))
    expect(image.findings).toHaveLength(20_001)
    expect(image.findings[19_999].description).toHaveLength(2_000)
    expect(image.findings[20_000]).not.toHaveProperty('description')
  })
})
