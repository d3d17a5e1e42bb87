import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readBuildHistory } from '../../../src/image/build-history.ts'
import type { JsonObject } from '../../../src/lib/json.ts'

const DIFF_ID = `sha256:${'d'.repeat(64)}`
const rootfs = { type: 'layers', diff_ids: [DIFF_ID] }

const entriesOf = (...history: unknown[]) => readBuildHistory({ rootfs, history })?.history
const saysOf = (created_by: string, empty_layer?: boolean) => entriesOf({ created_by, empty_layer })?.[0]?.createdBy

test('layers and history, in the order in which they were made', () => {
  const history = [
    { created: '2026-11-16T09:00:00Z', created_by: 'COPY a /a # buildkit', comment: 'buildkit.dockerfile.v0' },
    { created_by: 'USER 1000', empty_layer: true }
  ]
  expect(readBuildHistory({ rootfs, history })).toEqual({
    diffIds: [DIFF_ID],
    history: [
      { createdBy: 'COPY a /a # buildkit', empty: false, created: Date.UTC(2026, 10, 16, 9) },
      { createdBy: 'USER ', empty: true }
    ]
  })
})

describe('what has no layer', () => {
  test.each([
    ['ENV TOKEN=hush', 'ENV '],
    ['/bin/sh -c #(nop)  ENV TOKEN=hush', '/bin/sh -c #(nop)  ENV '],
    ['LABEL a="RUN hush"', 'LABEL '],
    ['ARG TOKEN=hush', 'ARG ']
  ])('%j keeps its name and nothing of its value', (said, kept) => {
    expect(saysOf(said, true)).toBe(kept)
  })

  test.each(['RUN /bin/sh -c true # buildkit', 'WORKDIR /srv', '/bin/sh -c #(nop) COPY file:1 in /a ', 'true'])(
    '%j is kept, because it is compared with the Dockerfile',
    said => expect(saysOf(said, true)).toBe(said)
  )
})

test('what has a layer is kept as it is, unless nobody can have written it', () => {
  expect(saysOf('ENV A=b')).toBe('ENV A=b')
  expect(saysOf(`RUN ${'x'.repeat(262_144)}`)).toBe('')
})

test('a history that is odd is as much as can be read of it, and bounded', () => {
  expect(entriesOf(null, 'x', { created: 'yesterday', created_by: 1, empty_layer: 'yes' })).toEqual([
    { createdBy: '', empty: false }
  ])
  expect(readBuildHistory({ rootfs, history: 'x' })?.history).toEqual([])
  expect(entriesOf(...Array.from({ length: 3_000 }, () => ({})))).toHaveLength(2_000)
})

test.each<[string, JsonObject]>([
  ['no layers', {}],
  ['layers that are no list', { rootfs: { diff_ids: DIFF_ID } }],
  ['a layer that is no digest', { rootfs: { diff_ids: ['../x'] } }],
  ['more layers than any image has', { rootfs: { diff_ids: Array(513).fill(DIFF_ID) } }]
])('a config with %s tells nothing', (_, config) => {
  expect(readBuildHistory(config)).toBeUndefined()
})

test('whatever stands there, it does not throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.jsonValue()), (history, diff_ids) => {
      const odd = { rootfs: { diff_ids }, history } as JsonObject
      expect(readBuildHistory(odd)?.diffIds ?? []).toEqual([])
      expect(readBuildHistory({ rootfs, history } as JsonObject)?.diffIds).toEqual([DIFF_ID])
    })
  )
})
