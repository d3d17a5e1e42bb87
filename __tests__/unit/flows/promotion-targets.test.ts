import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { newestAfter } from '../../../src/flows/promote/newer-run.ts'
import { promotionTargets } from '../../../src/flows/promote/promotion-targets.ts'
import { parseReference, pin } from '../../../src/image/reference.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const at = (name: string) => pin(parseReference(name), DIGEST)
const tagged = (name: string) => ({ reference: { tag: '', ...parseReference(name) } })

describe('promotionTargets', () => {
  test('a tag alone is one in every repository of the image, a reference is itself, each once', () => {
    const wanted = [
      { tag: 'latest' },
      tagged('quay.io/acme/app:1'),
      { tag: 'latest' },
      tagged('ghcr.io/acme/app:latest')
    ]
    const targets = promotionTargets(wanted, [at('ghcr.io/acme/app'), at('acme/app')], DIGEST)
    expect(targets.map(({ title, isOwn }) => [title, isOwn])).toEqual([
      ['ghcr.io/acme/app:latest', true],
      ['docker.io/acme/app:latest', true],
      ['quay.io/acme/app:1', false]
    ])
    expect(targets.map(({ image }) => image.digest)).toEqual([DIGEST, DIGEST, DIGEST])
  })
})

describe('newestAfter', () => {
  const context = {
    serverUrl: 'https://github.com',
    repository: { fullName: 'acme/app', visibility: 'public' },
    runId: 100,
    runAttempt: 2
  } as const
  const url = (id: number | string, attempt: number | string, repository = 'acme/app') =>
    `https://github.com/${repository}/actions/runs/${id}/attempts/${attempt}`
  const newest = (...runs: string[]) => newestAfter(context as Parameters<typeof newestAfter>[0], runs)

  test.each([
    ['an older run', url(99, 9), undefined],
    ['this run', url(100, 2), undefined],
    ['an earlier attempt of it', url(100, 1), undefined],
    ['a later attempt of it', url(100, 3), url(100, 3)],
    ['a newer run', url(101, 1), url(101, 1)],
    ['a run with more digits', url(1000, 1), url(1000, 1)],
    ['a run of another repository', url(101, 1, 'acme/app2'), undefined],
    ['something behind it', `${url(101, 1)}/../x`, undefined],
    ['no number', url('1e9', 1), undefined],
    ['nothing', '', undefined]
  ])('%s', (_, run, expected) => {
    expect(newest(run)).toBe(expected)
  })

  test('is the greatest that is greater than this one, whatever the order', () => {
    const run = fc.tuple(fc.integer({ min: 90, max: 110 }), fc.integer({ min: 1, max: 4 }))
    fc.assert(
      fc.property(fc.array(run), runs => {
        const [first] = [...runs].sort(([a, b], [c, d]) => c - a || d - b)
        const isNewer = first !== undefined && (first[0] > 100 || (first[0] === 100 && first[1] > 2))
        expect(newest(...runs.map(([id, attempt]) => url(id, attempt)))).toBe(isNewer ? url(...first) : undefined)
      })
    )
  })
})
