import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isFailing, renderIssue } from '../../../src/render/issue.ts'
import type { ImageOutcome } from '../../../src/render/outcome.ts'
import { aFailedImage, anImage, aSecret, aVulnerability, runFacts } from '../../fixtures/outcome.ts'

const critical = (id: string) => aVulnerability({ id, severity: 'critical' })
const failedSigning: ImageOutcome['signing'] = { state: 'failed', reason: 'the registry refused', done: [] }
const incomplete = aFailedImage([], { verdict: { result: 'incomplete', reasons: ['linux/arm64: no answer'] } })
const outOfSupport = aFailedImage([], { verdict: { result: 'fail', reasons: ['debian 10 is out of support'] } })
const titleOf = (...images: ImageOutcome[]) => renderIssue(images, runFacts()).title

describe('the title names the image and the worst of what is wrong', () => {
  test.each<[string, ImageOutcome]>([
    ['fails: 2 critical', aFailedImage([critical('CVE-1'), critical('CVE-2'), aVulnerability()])],
    ['fails: 1 critical', aFailedImage([aSecret()])],
    ['fails: debian 10 is out of support', outOfSupport],
    ['was not wholly scanned', incomplete],
    ['is not signed as it should be', anImage({ signing: failedSigning })],
    ['passes', anImage()]
  ])('%s', (words, image) => {
    expect(titleOf(image)).toBe(`imgguard: ghcr.io/acme/app ${words}`)
    expect(isFailing(image)).toBe(words !== 'passes')
  })

  test('with all findings of two images of one name', () => {
    const [one, two] = [aFailedImage([critical('CVE-1')]), aFailedImage([critical('CVE-2')])]
    expect(titleOf(one, anImage(), two)).toBe('imgguard: ghcr.io/acme/app fails: 2 critical')
  })

  test('in one line that GitHub takes, whatever the reason is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.string({ unit: 'binary', minLength: 1 }),
        (name, reason) => {
          const image = aFailedImage([], { name, verdict: { result: 'fail', reasons: [reason] } })
          expect(titleOf(image)).toMatch(/^imgguard: .{1,190}$/u)
        }
      )
    )
  })
})

describe('the body', () => {
  test('says what the comment says, and what becomes of the issue', () => {
    const red = renderIssue([aFailedImage([critical('CVE-2024-1')])], runFacts()).body
    expect(red).toContain('CVE-2024-1')
    expect(red).toContain('closes it when the image passes')
    expect(renderIssue([anImage()], runFacts()).body).toContain('<sub>The image passes.')
  })

  test('leaves room for marker and note in what GitHub takes', () => {
    const many = Array.from({ length: 5000 }, (_, index) => critical(`CVE-2024-${10_000 + index}`))
    expect(renderIssue([aFailedImage(many)], runFacts()).body.length).toBeLessThan(61_000)
  })
})
