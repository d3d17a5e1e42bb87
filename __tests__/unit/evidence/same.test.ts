import { describe, expect, test } from '@jest/globals'
import { sameComponents, sameFindings, stillHolds } from '../../../src/evidence/same.ts'
import { readVulnPredicate, type SignedScan } from '../../../src/evidence/signed-scan.ts'
import { aPredicate, DATABASE_DIGEST } from '../../fixtures/evidence.ts'

const scan = (overrides: Partial<SignedScan> = {}): SignedScan => ({ ...readVulnPredicate(aPredicate()), ...overrides })
const [finding] = scan().vulnerabilities
const later = (milliseconds: number) => ({ scannedAt: new Date(scan().scannedAt.getTime() + milliseconds) })
const HOURS = 3_600_000

describe('two scans say the same', () => {
  test('whenever they were, whoever served the database, in whatever order they list it', () => {
    const other = { ...scan().vulnerabilities[0], id: 'CVE-2' } as SignedScan['vulnerabilities'][0]
    const both = [...scan().vulnerabilities, other]
    const mirrored = { uri: `mirror.gcr.io/aquasec/trivy-db@${DATABASE_DIGEST}`, version: 'x' }
    expect(
      sameFindings(scan({ vulnerabilities: both }), scan({ vulnerabilities: both.toReversed(), ...later(1) }))
    ).toBe(true)
    expect(sameFindings(scan(), scan({ database: mirrored }))).toBe(true)
  })

  const accepted = { ...finding, status: 'ignored', statement: 'a', source: 'b' } as SignedScan['accepted'][0]
  test.each<[string, Partial<SignedScan>]>([
    ['another severity', { vulnerabilities: [{ ...finding, severity: 'low' } as SignedScan['vulnerabilities'][0]] }],
    ['a fix', { vulnerabilities: [{ ...finding, fixed: '9' } as SignedScan['vulnerabilities'][0]] }],
    ['one more', { vulnerabilities: [...scan().vulnerabilities, ...scan().vulnerabilities] }],
    ['one less', { vulnerabilities: [] }],
    ['something accepted', { accepted: [accepted] }],
    ['another database', { database: { uri: `ghcr.io/aquasecurity/trivy-db@sha256:${'0'.repeat(64)}`, version: '' } }],
    [
      'a database that is not known',
      { database: { uri: 'ghcr.io/aquasecurity/trivy-db:2', version: '2026-11-20T00:00:00Z' } }
    ],
    ['something left out', { parameters: ['--skip-dirs=/opt'] }],
    ['nothing recognised', { recognised: false }]
  ])('but not with %s', (_, overrides) => {
    expect(sameFindings(scan(), scan(overrides))).toBe(false)
    expect(sameFindings(scan(overrides), scan())).toBe(false)
  })

  test('but not when the reason for accepting is another', () => {
    const otherwise = { ...accepted, statement: 'c' }
    expect(sameFindings(scan({ accepted: [accepted] }), scan({ accepted: [accepted] }))).toBe(true)
    expect(sameFindings(scan({ accepted: [accepted] }), scan({ accepted: [otherwise] }))).toBe(false)
  })

  test('and never when neither tells the digest of its database', () => {
    const unknown = scan({ database: { uri: 'ghcr.io/aquasecurity/trivy-db:2', version: 'x' } })
    expect(sameFindings(unknown, unknown)).toBe(false)
  })
})

test.each([
  [-1, false],
  [0, true],
  [23 * HOURS, true],
  [24 * HOURS - 1, true],
  [24 * HOURS, false]
])('a scan that says the same still holds after %i ms: %p', (age, holds) => {
  expect(stillHolds(scan(), scan(later(age)))).toBe(holds)
  expect(stillHolds(scan({ vulnerabilities: [] }), scan(later(age)))).toBe(false)
})

describe('two SBOMs list the same', () => {
  const bom = (overrides = {}) => ({
    specVersion: '1.7',
    serialNumber: 'urn:uuid:1',
    metadata: { timestamp: '2026-11-20T09:30:00Z', component: { 'bom-ref': 'r1', name: 'app' } },
    components: [
      {
        'bom-ref': 'a',
        type: 'library',
        name: 'openssl',
        version: '3',
        properties: [
          { name: 'a', value: '1' },
          { name: 'b', value: '2' }
        ]
      },
      { 'bom-ref': 'b', type: 'library', name: 'zlib', version: '1' }
    ],
    ...overrides
  })

  test('whatever their numbers, times, references and order', () => {
    const { components } = bom()
    const other = bom({
      serialNumber: 'urn:uuid:2',
      metadata: { component: { name: 'app', 'bom-ref': 'r2' }, timestamp: '2027-01-01T00:00:00Z' },
      components: components
        .map(({ properties, ...one }, index) => ({
          ...(properties && { properties: properties.toReversed() }),
          ...one,
          'bom-ref': `${index}`
        }))
        .toReversed()
    })
    expect(sameComponents(bom(), other)).toBe(true)
  })

  test.each([
    ['another version of something', { components: [bom().components[0], { ...bom().components[1], version: '2' }] }],
    ['something less', { components: bom().components.slice(1) }],
    ['something twice', { components: [...bom().components, ...bom().components.slice(1)] }],
    ['another image', { metadata: { component: { name: 'other' } } }],
    ['another version of the format', { specVersion: '1.6' }]
  ])('but not with %s', (_, overrides) => {
    expect(sameComponents(bom(), bom(overrides))).toBe(false)
  })

  test('and what is no SBOM is an error', () => {
    expect(() => sameComponents(bom(), bom({ components: { a: 1 } }))).toThrow(TypeError)
    expect(() => sameComponents(bom(), bom({ components: ['x'] }))).toThrow(TypeError)
  })
})
