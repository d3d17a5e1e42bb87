import { describe, expect, test } from '@jest/globals'
import { renderComment } from '../../../src/render/comment.ts'
import type { ImageOutcome } from '../../../src/render/outcome.ts'
import { effectInWords, stepsOf } from '../../../src/render/steps.ts'
import { critical, onPlatforms } from '../../fixtures/findings.ts'
import { aFailedImage, anOccurrence, aSecret, aVulnerability, runFacts } from '../../fixtures/outcome.ts'

const vulnerability = (id: string, severity: 'critical' | 'high' | 'low') =>
  aVulnerability({ id, severity, package: id, occurrences: [anOccurrence({ fixed: '9' })] })

const [worst, old, fresh] = [
  vulnerability('worst', 'critical'),
  vulnerability('old', 'high'),
  vulnerability('new', 'low')
]

function compared(overrides: Partial<ImageOutcome> = {}): ImageOutcome {
  return aFailedImage([worst, old, fresh, aSecret()], {
    baseline: {
      state: 'compared',
      reference: 'ghcr.io/acme/app:main',
      digest: 'sha256:0',
      added: [onPlatforms(fresh)],
      fixed: [],
      before: []
    },
    ...overrides
  })
}

describe('steps', () => {
  const steps = stepsOf([compared(), compared({ name: 'ghcr.io/acme/worker' })], runFacts())

  test('begin with secrets, then what fails the gate, what is new, and the rest, of all images', () => {
    const names = steps.map(({ step }) => (step.kind === 'raise' ? step.package : step.kind))
    expect(names).toEqual(['revoke', 'worst', 'new', 'old'].flatMap(name => [name, name]))
    expect(steps[1]?.image.name).toBe('ghcr.io/acme/worker')
  })

  test('say what they fix, and what of it is new', () => {
    expect(steps.filter((_, i) => i % 2 === 0).map(effectInWords)).toEqual([
      '',
      'fixes 1 critical',
      'fixes 1 low, new in this change',
      'fixes 1 high'
    ])
  })
})

describe('a comment', () => {
  const planOf = (image: ImageOutcome) => renderComment([image], runFacts()).match(/^- .*/gm)

  test('tells to raise a digest where FROM has one, as a rebuild alone changes nothing', () => {
    const fixes = [onPlatforms(critical())]
    const image = (pinned: { pinned?: true }, fixed = fixes) =>
      aFailedImage([critical()], { rebuild: { state: 'newer', base: 'debian:12', ...pinned, fixes: fixed } })
    expect(planOf(image({}))).toEqual(["- Rebuild on today's `debian:12`: fixes 1 critical"])
    expect(planOf(image({ pinned: true }))).toEqual([
      '- Raise the digest of `debian:12` in FROM and rebuild: fixes 1 critical'
    ])
    expect(planOf(image({ pinned: true }, []))).toContain(
      "- A rebuild with today's digest of `debian:12` in FROM fixes nothing"
    )
  })

  test('tells secrets apart by their paths, of which the ends are kept', () => {
    const long = `srv/${'deep/'.repeat(30)}`
    const image = aFailedImage(
      ['srv/app/one/settings/.env', 'srv/app/two/settings/.env', `${long}.env`].map(path => aSecret({ path }))
    )
    const comment = renderComment([image], runFacts())
    expect(comment).toContain('`srv/app/one/settings/.env`')
    expect(comment).toContain('`srv/app/two/settings/.env`')
    expect(comment).toContain(`\`…${`${long}.env`.slice(-79)}\``)
  })

  test('shows code in a remedy as code', () => {
    const skipped = [{ what: 'comment', reason: 'no `token`', remedy: 'leave `github-token` out of <b>' }]
    const comment = renderComment([aFailedImage([])], runFacts({ skipped }))
    expect(comment).toContain('no `token`. Leave `github-token` out of &#60;b&#62;')
  })
})
