import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { assemble } from '../../../../src/page/assemble.ts'
import { PROGRAM } from '../../../../src/page/client/program.ts'
import type { Client, View } from '../../../../src/page/client/state.ts'
import { stepsOf } from '../../../../src/render/steps.ts'
import { pageScene } from '../../../fixtures/page.ts'

const { images, run } = pageScene()
const { data } = assemble(images, run, stepsOf(images, run))

/** The program with data and without a browser, looking at a view. */
function clientWith(view: Partial<View> = {}): Client {
  const client = { ...PROGRAM, data, orders: new Map(), version: 0, groupCounts: new Map() } as unknown as Client
  client.haystacks = data.rows.map(row => client.haystackOf(row))
  client.view = { ...client.defaultView(), ...view }
  return client
}

function chosen(view: Partial<View>): string[] {
  const client = clientWith(view)
  client.choose()
  return client.items.map(item => data.rows[item]?.id ?? `# ${data.groups[-1 - item]?.title}`)
}

describe('what is shown', () => {
  test.each<[string, Partial<View>, string[]]>([
    ['every word must be there, in any case', { query: 'OPENSSL excessive resource' }, ['CVE-2023-0464']],
    ['a digest of a layer', { query: 'sha256:333' }, ['aws-access-key-id']],
    ['severities', { severities: [1, 3] }, ['CVE-2023-5678', 'CVE-2021-44906']],
    ['a layer', { layer: 'Dockerfile:9' }, ['aws-access-key-id']],
    ['a part of a package', { package: 'LODA' }, ['CVE-2019-10744']],
    ['fixable', { fixable: true, severities: [0] }, ['CVE-2019-10744']],
    ['exploited', { exploited: true }, ['CVE-2019-10744']],
    ['what fails the gate', { gate: true }, ['CVE-2019-10744', 'aws-access-key-id']],
    ['what is new', { list: 'new' }, ['CVE-2019-10744', 'aws-access-key-id']],
    ['what is fixed', { list: 'fixed' }, ['CVE-2023-7008']],
    ['what is accepted, by its reason', { list: 'accepted', query: 'apt-key is not' }, ['CVE-2011-3374']],
    ['remarks', { list: 'remark' }, ['DS-0002', 'GPL-3.0-only']],
    ['a platform that is not there', { platform: 'linux/s390x' }, []],
    ['a step of the plan', { group: 2 }, ['CVE-2023-5678', 'CVE-2023-0464']]
  ])('%s', (_, view, ids) => {
    expect(chosen(view)).toEqual(ids)
  })

  test('grouped by fix, in the order of the plan', () => {
    expect(chosen({ grouped: true, severities: [0, 1] })).toEqual([
      '# Revoke 1 secret and keep it out of the build',
      'aws-access-key-id',
      '# Raise lodash 4.17.4, 4.17.11 → 4.17.12',
      'CVE-2019-10744',
      "# Rebuild on today's debian:12",
      'CVE-2023-5678',
      '# Nothing to do yet',
      'CVE-2023-45853'
    ])
  })

  test('numbers within ids sort as numbers', () => {
    const ids = chosen({ sort: 'id', query: 'CVE-2023' })
    expect(ids).toEqual(['CVE-2023-0464', 'CVE-2023-5678', 'CVE-2023-45853'])
    expect(chosen({ sort: 'id', query: 'CVE-2023', descending: true })).toEqual(ids.toReversed())
  })

  test('lists and severities are counted as they would be with the other filters', () => {
    const counts = clientWith({ query: 'openssl', severities: [1] }).choose()
    expect(counts).toEqual({
      lists: { open: 1, new: 0, fixed: 0, accepted: 0, remark: 0 },
      severities: [0, 1, 1, 0, 0]
    })
  })
})

describe('the view in the address', () => {
  const name = fc.string()
  const view: fc.Arbitrary<View> = fc.record({
    list: fc.constantFrom('open' as const, 'new' as const, 'fixed' as const, 'accepted' as const, 'remark' as const),
    query: name,
    severities: fc.subarray([0, 1, 2, 3, 4]),
    image: name,
    platform: name,
    layer: name,
    package: name,
    fixable: fc.boolean(),
    exploited: fc.boolean(),
    gate: fc.boolean(),
    group: fc.constantFrom(-1, 0, 1),
    grouped: fc.boolean(),
    sort: fc.constantFrom('severity' as const, 'id' as const, 'subject' as const, 'where' as const, 'state' as const),
    descending: fc.boolean()
  })

  test('comes back as it went', () => {
    const client = clientWith()
    fc.assert(fc.property(view, view => expect(client.readHash(`#${client.writeHash(view)}`)).toEqual(view)))
  })

  test('whatever stands there, it is a view', () => {
    const client = clientWith()
    const names = fc.constantFrom('list', 'severity', 'fix', 'sort', 'fixable', 'x')
    const hash = fc.array(fc.tuple(names, fc.string())).map(pairs => `#${new URLSearchParams(pairs)}`)
    fc.assert(
      fc.property(fc.oneof(hash, fc.string()), hash => {
        client.view = client.readHash(hash)
        client.choose()
        expect(client.items.length).toBeLessThanOrEqual(data.rows.length)
      })
    )
  })

  test('the view that the page begins with needs no words', () => {
    expect(clientWith().writeHash(clientWith().defaultView())).toBe('')
  })
})
