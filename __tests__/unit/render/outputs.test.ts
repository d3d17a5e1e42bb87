import { describe, expect, test } from '@jest/globals'
import type { Baseline, ImageOutcome } from '../../../src/render/outcome.ts'
import { RESULTS_LIMIT, renderOutputs } from '../../../src/render/outputs.ts'
import { renderReport } from '../../../src/render/report.ts'
import { critical, onPlatforms, scanned } from '../../fixtures/findings.ts'
import { aFailedImage, anImage, aSecret, aVulnerability, runFacts } from '../../fixtures/outcome.ts'

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
  test('has everything once: no finding of the baseline, no text twice', () => {
    const text = 'a description that stands once'
    const finding = aVulnerability({ description: text })
    const platforms = ['linux/amd64', 'linux/arm64'].map(name => scanned(name, { findings: [finding, aSecret()] }))
    const findings = [finding, aSecret()].map(one => onPlatforms(one, 'linux/amd64', 'linux/arm64'))
    const whole = { ...baseline, added: findings, before: [gone, ...findings] }
    const rebuild = { state: 'newer', base: 'debian:12', fixes: findings } as const
    const report = renderReport([aFailedImage([], { platforms, findings, baseline: whole, rebuild })], runFacts())
    expect(report.split(text)).toHaveLength(2)
    const [image] = JSON.parse(report).images
    expect(image.baseline).toMatchObject({ before: 3, added: [{ id: finding.id }, { path: 'srv/app/.env' }] })
    expect(image.baseline.fixed).toHaveLength(2)
    expect(image.rebuild.fixes[0]).toMatchObject({ id: finding.id, platforms: ['linux/amd64', 'linux/arm64'] })
    expect(image.platforms[1].result.report.findings[0]).toMatchObject({ id: finding.id, occurrences: [{}] })
    expect(image.gate).toEqual({ scope: 'all', reasons: expect.any(Array) })
  })
})
