import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decide } from '../../../src/trust/decide.ts'
import type { DemandFacts, ScannedVulnerability, StatementFact } from '../../../src/trust/facts.ts'
import type { Demand } from '../../../src/trust/trust.ts'
import { aDemand, aDigest, aProvenance, aRule, aScan, hoursAgo, NOW, someFacts } from '../../fixtures/trust.ts'

const DAY = 24 * 3_600_000
const TWO = [
  { platform: 'linux/amd64', digest: aDigest('b') },
  { platform: 'linux/arm64', digest: aDigest('c') }
]

function decideOn(
  demand: Demand,
  statements: readonly StatementFact[],
  over: { readonly platforms?: typeof TWO; readonly answer?: Partial<DemandFacts> } = {}
) {
  const rule = aRule({ attested: [demand] })
  return decide(rule, someFacts(rule, { statements, ...over }))
}

const flaw = (id: string, over: Partial<ScannedVulnerability> = {}): ScannedVulnerability => ({
  id,
  package: 'openssl',
  severity: 'critical',
  fixable: true,
  ...over
})

describe('a signed scan', () => {
  const demand = aDemand({ maxAgeMs: 7 * DAY, failOn: 'high' })

  test('that is fresh and clean passes, and its signer is believed', () => {
    expect(decideOn(demand, [aScan()])).toEqual({
      outcome: 'verified',
      reason: 'attested (vuln) as the rule demands',
      signer: 'key SHA256:ours',
      notes: []
    })
  })

  test('that is not there is said, with what lies there and was not believed', () => {
    expect(decideOn(demand, [], { answer: { refused: 'one by another key' } })).toMatchObject({
      outcome: 'not-attested',
      reason: 'nobody who is believed attested a scan of linux/amd64 (one by another key)'
    })
  })

  test('of another type does not count', () => {
    const sbom: StatementFact = { ...aScan(), predicateType: 'https://cyclonedx.org/bom' }
    expect(decideOn(demand, [sbom]).outcome).toBe('not-attested')
    expect(decideOn(aDemand({ type: 'https://cosign.sigstore.dev/attestation/vuln/v1' }), [aScan()]).outcome).toBe(
      'verified'
    )
  })

  test('that is too old is refused, with its age in words', () => {
    expect(decideOn(demand, [aScan({ scannedAt: hoursAgo(9 * 24 + 3) })])).toMatchObject({
      outcome: 'attestation-refused',
      reason: 'the newest signed scan of linux/amd64 is 9 days old, and at most 7 days are allowed'
    })
    expect(decideOn(demand, [aScan({ scannedAt: hoursAgo(7 * 24) })]).outcome).toBe('verified')
  })

  test('with findings is refused, the worst three by name and each once', () => {
    const vulnerabilities = [
      flaw('CVE-4', { severity: 'high' }),
      flaw('CVE-5', { severity: 'high', package: 'zlib' }),
      flaw('CVE-3'),
      flaw('CVE-3'),
      flaw('CVE-1', { severity: 'medium' }),
      flaw('CVE-2', { severity: 'high' })
    ]
    expect(decideOn(demand, [aScan({ vulnerabilities })])).toMatchObject({
      outcome: 'attestation-refused',
      reason:
        'the newest signed scan of linux/amd64, 60 minutes old, found what is high or worse and can be fixed: CVE-3 in openssl (critical), CVE-2 in openssl (high), CVE-4 in openssl (high) and 1 more'
    })
  })

  test('counts what has no fix only when asked to', () => {
    const scan = aScan({ vulnerabilities: [flaw('CVE-1', { fixable: false })] })
    expect(decideOn(demand, [scan]).outcome).toBe('verified')
    expect(decideOn({ ...demand, ignoreUnfixed: false }, [scan]).outcome).toBe('attestation-refused')
  })

  test('asks of findings only with fail-on, and never of the milder ones', () => {
    const scan = aScan({ vulnerabilities: [flaw('CVE-1', { severity: 'medium' })] })
    expect(decideOn(demand, [scan]).outcome).toBe('verified')
    expect(decideOn(aDemand(), [aScan({ vulnerabilities: [flaw('CVE-1')] })]).outcome).toBe('verified')
  })

  test('tells what its signer accepted, and what narrowed it', () => {
    const accepted = ['CVE-4', 'CVE-2', 'CVE-1', 'CVE-3'].map(id => ({ id }))
    const parameters = ['--skip-dirs=/opt', `--skip-files=${'x'.repeat(500)}`]
    expect(decideOn(demand, [aScan({ accepted, parameters })])).toMatchObject({
      outcome: 'verified',
      notes: [
        'the signer accepted as a risk on linux/amd64: CVE-1, CVE-2, CVE-3 and 1 more',
        `the scan of linux/amd64 was narrowed by its options: --skip-dirs=/opt, --skip-files=${'x'.repeat(67)}`
      ]
    })
  })

  test('that recognised nothing is not called clean', () => {
    const scan = aScan({ recognised: false })
    expect(decideOn(demand, [scan])).toMatchObject({
      outcome: 'attestation-refused',
      reason: expect.stringContaining('recognised neither an operating system nor packages')
    })
    expect(decideOn({ ...demand, ignoreUnfixed: false, failOn: 'critical' }, [scan]).outcome).toBe(
      'attestation-refused'
    )
    expect(decideOn(aDemand({ maxAgeMs: 7 * DAY }), [scan]).outcome).toBe('verified')
  })

  describe('beside others', () => {
    const dirty = { vulnerabilities: [flaw('CVE-1')] }

    test('an old clean one does not beat a new one with findings, in whichever order they come', () => {
      const statements = [aScan({ scannedAt: hoursAgo(2) }), aScan({ ...dirty, scannedAt: hoursAgo(1) })]
      expect(decideOn(demand, statements).outcome).toBe('attestation-refused')
      expect(decideOn(demand, statements.toReversed()).outcome).toBe('attestation-refused')
    })

    test('a new clean one mends an old one with findings', () => {
      const statements = [aScan({ scannedAt: hoursAgo(1) }), aScan({ ...dirty, scannedAt: hoursAgo(2) })]
      expect(decideOn(demand, statements).outcome).toBe('verified')
      expect(decideOn(demand, statements.toReversed()).outcome).toBe('verified')
    })

    test('of two of the same moment both must be good', () => {
      const statements = [aScan(), aScan(dirty)]
      expect(decideOn(demand, statements).outcome).toBe('attestation-refused')
      expect(decideOn(demand, statements.toReversed()).outcome).toBe('attestation-refused')
    })

    test('one from the future does not count, and is told', () => {
      const future = aScan({ scannedAt: hoursAgo(-1) })
      expect(decideOn(demand, [future])).toMatchObject({
        outcome: 'not-attested',
        reason: 'there is no signed scan of linux/amd64 but one from the future',
        notes: ['a scan of linux/amd64 is from the future (2026-11-22 13:00 UTC) and does not count']
      })
      expect(decideOn(demand, [future, aScan(dirty)]).outcome).toBe('attestation-refused')
      expect(decideOn(demand, [future, aScan()]).outcome).toBe('verified')
    })

    test('a clock that is a little ahead is forgiven', () => {
      const ahead = (minutes: number) => aScan({ scannedAt: new Date(NOW.getTime() + minutes * 60_000) })
      expect(decideOn(demand, [ahead(5)]).outcome).toBe('verified')
      expect(decideOn(demand, [ahead(6)]).outcome).toBe('not-attested')
    })

    test('one that cannot be read does not count, and is told', () => {
      const unreadable: StatementFact = { ...aScan(), says: { kind: 'unreadable', reason: 'it has no Results' } }
      const timeless = aScan({ scannedAt: new Date(Number.NaN) })
      expect(decideOn(demand, [unreadable])).toMatchObject({
        outcome: 'attestation-refused',
        reason: 'the signed scan of linux/amd64 cannot be read: it has no Results'
      })
      expect(decideOn(demand, [timeless]).outcome).toBe('attestation-refused')
      expect(decideOn(demand, [timeless, aScan(dirty)]).outcome).toBe('attestation-refused')
      expect(decideOn(demand, [unreadable, aScan()])).toMatchObject({
        outcome: 'verified',
        notes: [expect.stringContaining('cannot be read')]
      })
    })

    test('only the newest decides, whatever there is', () => {
      const scan = fc.record({ hours: fc.integer({ min: -5, max: 300 }), isDirty: fc.boolean() })
      fc.assert(
        fc.property(fc.array(scan, { maxLength: 6 }), scans => {
          const past = scans.filter(({ hours }) => hours >= 0)
          const newest = Math.min(...past.map(({ hours }) => hours))
          const isGood =
            past.length > 0 && newest <= 7 * 24 && past.every(({ hours, isDirty }) => hours > newest || !isDirty)
          const statements = scans.map(({ hours, isDirty }) =>
            aScan({ scannedAt: hoursAgo(hours), ...(isDirty && dirty) })
          )
          expect(decideOn(demand, statements).outcome === 'verified').toBe(isGood)
        })
      )
    })
  })

  describe('of an index', () => {
    test('is asked of every platform', () => {
      const both = [aScan({}, aDigest('b')), aScan({}, aDigest('c'))]
      expect(decideOn(demand, both, { platforms: TWO }).outcome).toBe('verified')
      expect(decideOn(demand, both.slice(0, 1), { platforms: TWO })).toMatchObject({
        outcome: 'not-attested',
        reason: 'nobody who is believed attested a scan of linux/arm64'
      })
    })

    test('one platform does not speak for another, nor does the index', () => {
      const dirty = aScan({ vulnerabilities: [flaw('CVE-1')], scannedAt: hoursAgo(2) }, aDigest('c'))
      const statements = [aScan({}, aDigest('b')), aScan({}, aDigest()), dirty]
      expect(decideOn(demand, statements, { platforms: TWO }).outcome).toBe('attestation-refused')
    })

    test('without platforms nothing could have been scanned', () => {
      expect(decideOn(demand, [aScan()], { platforms: [] }).outcome).toBe('not-attested')
    })
  })

  test('is no pass when nobody could look', () => {
    const problem = { outcome: 'unreachable', reason: 'the registry is down' } as const
    expect(decideOn(demand, [aScan()], { answer: { problem } })).toMatchObject(problem)
  })
})

describe('provenance', () => {
  const demand = aDemand({
    type: 'slsaprovenance1',
    repository: 'acme/app',
    workflow: '.github/workflows/build.yml',
    ref: 'refs/heads/main'
  })

  test('that says what is demanded passes, capitals of GitHub names aside', () => {
    expect(decideOn(demand, [aProvenance()])).toMatchObject({ outcome: 'verified', signer: 'identity build' })
    expect(decideOn({ ...demand, repository: 'Acme/App' }, [aProvenance()]).outcome).toBe('verified')
    expect(decideOn({ ...demand, repository: 'https://github.com/acme/app' }, [aProvenance()]).outcome).toBe('verified')
  })

  test.each([
    [{ repository: 'acme/other' }, 'says the repository "acme/other", and "acme/app" is demanded'],
    [{ repository: 'https://ghes.example/acme/app' }, 'says the repository "https://ghes.example/acme/app"'],
    [{ workflow: '.github/workflows/Build.yml' }, 'says the workflow ".github/workflows/Build.yml"'],
    [{ ref: 'refs/heads/main2' }, 'says the ref "refs/heads/main2", and "refs/heads/main" is demanded'],
    [{ finishedOn: hoursAgo(-2) }, 'says that the build ended in the future, at 2026-11-22 14:00 UTC']
  ])('that says something else is refused: %j', (over, reason) => {
    expect(decideOn(demand, [aProvenance(over)])).toMatchObject({
      outcome: 'attestation-refused',
      reason: expect.stringContaining(`the provenance ${reason}`)
    })
  })

  test('any one that fits is enough, and otherwise the different ones are told', () => {
    const others = ['a', 'b', 'b', 'c', 'd'].map(name => aProvenance({ ref: `refs/heads/${name}` }))
    expect(decideOn(demand, [...others, aProvenance()]).outcome).toBe('verified')
    expect(decideOn(demand, others)).toMatchObject({
      reason: expect.stringMatching(/"refs\/heads\/a".*; another .*; and 1 more$/)
    })
  })

  test('is asked for its age where the build says when it ended', () => {
    const fresh = { ...demand, maxAgeMs: DAY }
    expect(decideOn(fresh, [aProvenance()]).outcome).toBe('verified')
    expect(decideOn(fresh, [aProvenance({ finishedOn: hoursAgo(50) })])).toMatchObject({
      reason: 'the provenance is 2 days old, and at most 24 hours are allowed'
    })
    expect(decideOn(fresh, [aProvenance({ finishedOn: new Date(Number.NaN) })])).toMatchObject({
      reason: 'the provenance does not say when the build ended, and max-age is demanded'
    })
  })

  test('that cannot be read, or is of another type, is none', () => {
    const unreadable: StatementFact = { ...aProvenance(), says: { kind: 'unreadable', reason: 'no builder' } }
    expect(decideOn(demand, [unreadable]).outcome).toBe('attestation-refused')
    expect(decideOn(demand, [{ ...aProvenance(), says: { kind: 'other' } }]).outcome).toBe('attestation-refused')
    expect(decideOn(demand, [{ ...aProvenance(), predicateType: 'https://slsa.dev/provenance/v0.2' }]).outcome).toBe(
      'not-attested'
    )
  })

  test('is of the index, or else of every platform', () => {
    const at = (digest: string, over = {}) => aProvenance(over, digest)
    const over = { platforms: TWO }
    expect(decideOn(demand, [at(aDigest())], over).outcome).toBe('verified')
    expect(decideOn(demand, [at(aDigest('b')), at(aDigest('c'))], over).outcome).toBe('verified')
    expect(decideOn(demand, [at(aDigest('b'))], over)).toMatchObject({
      outcome: 'not-attested',
      reason: 'platform linux/arm64: nobody who is believed attested slsaprovenance1'
    })
    expect(decideOn(demand, [at(aDigest('b')), at(aDigest('c'), { ref: 'refs/heads/x' })], over)).toMatchObject({
      outcome: 'attestation-refused',
      reason: expect.stringContaining('platform linux/arm64: the provenance says the ref')
    })
    expect(decideOn(demand, [at(aDigest(), { ref: 'refs/heads/x' })], over)).toMatchObject({
      outcome: 'attestation-refused',
      reason: expect.stringMatching(/^the provenance says the ref/)
    })
    expect(decideOn(demand, [], over)).toMatchObject({
      outcome: 'not-attested',
      reason: 'nobody who is believed attested slsaprovenance1'
    })
  })
})

describe('anything else', () => {
  const sbom: StatementFact = { ...aScan(), predicateType: 'https://cyclonedx.org/bom', says: { kind: 'other' } }

  test('is enough by being there', () => {
    expect(decideOn(aDemand({ type: 'cyclonedx' }), [sbom]).outcome).toBe('verified')
    expect(decideOn(aDemand({ type: 'https://cyclonedx.org/bom' }), [sbom]).outcome).toBe('verified')
  })

  test('of another type is not', () => {
    expect(decideOn(aDemand({ type: 'spdxjson' }), [sbom]).outcome).toBe('not-attested')
  })
})
