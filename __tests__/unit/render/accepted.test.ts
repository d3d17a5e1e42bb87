import { expect, test } from '@jest/globals'
import { MARKING } from '../../../src/policy/brought.ts'
import { renderComment } from '../../../src/render/comment.ts'
import { anAcceptedRisk, anImage, aVulnerability, runFacts } from '../../fixtures/outcome.ts'

const PERHAPS = 'perhaps by this pull request itself'
const unmarked = runFacts({ skipped: [{ what: MARKING, reason: 'the base cannot be read' }] })
const hiding = (by = anAcceptedRisk()) =>
  anImage({ suppressed: [{ finding: aVulnerability(), by, platforms: ['linux/amd64'] }] })

test('where nobody knows what the pull request itself accepts, the top of its comment says that it may be everything', () => {
  const comment = renderComment([hiding()], unmarked)
  expect(comment).toContain(`> [!WARNING]\n> **1 finding is accepted, ${PERHAPS}**`)
  expect(comment.indexOf(PERHAPS)).toBeLessThan(comment.indexOf('Policy:'))
})

test('it is not said of dismissed alerts, of nothing, nor where it is known', () => {
  const alert = { image: 'app', platform: 'linux/amd64', ecosystem: 'npm', package: 'qs', url: '' }
  const comments = [
    renderComment([hiding(anAcceptedRisk({ alert }))], unmarked),
    renderComment([anImage()], unmarked),
    renderComment([hiding()], runFacts())
  ]
  for (const comment of comments) expect(comment).not.toContain(PERHAPS)
})
