import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareVersions } from '../../../src/advice/versions.ts'

/** Versions from low to high; those on one line are equal. Every pair is compared, both ways. */
function ladder(ecosystem: string, rungs: string): void {
  const levels = rungs
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/))
  const versions = levels.flatMap((level, height) => level.map(version => ({ version, height })))
  for (const a of versions)
    for (const b of versions)
      expect({
        a: a.version,
        b: b.version,
        order: Math.sign(compareVersions(ecosystem, a.version, b.version) ?? NaN)
      }).toEqual({ a: a.version, b: b.version, order: Math.sign(a.height - b.height) })
}

/** Pairs as upstream's own tests have them: `a < b`, `a = b`, `a > b`. */
function facts(ecosystem: string, pairs: string): void {
  for (const pair of pairs.trim().split(/\s*(?:\n|,)\s*/)) {
    const [a = '', sign = '', b = ''] = pair.split(' ')
    expect(`${a} ${'<=>'[Math.sign(compareVersions(ecosystem, a, b) ?? NaN) + 1]} ${b}`).toBe(`${a} ${sign} ${b}`)
    expect(`${b} ${'<=>'[Math.sign(compareVersions(ecosystem, b, a) ?? NaN) + 1]} ${a}`).toBe(
      `${b} ${{ '<': '>', '=': '=', '>': '<' }[sign]} ${a}`
    )
  }
}

describe('deb', () => {
  // What dpkg --compare-versions says of each pair.
  test('orders epoch, upstream version and revision', () => {
    ladder(
      'debian',
      `1.0~~
       1.0~~a
       1.0~rc1-1
       1.0 1.0-0 0:1.0 1.00-0
       1.0-1~bpo12+1
       1.0-1
       1.0-1+deb12u1
       1.0-1+deb12u2
       1.0-1+deb12u10
       1.0-1.1
       1.0-10
       1.0a-1
       1.0+dfsg-1
       1.0.1-1
       1.10-1
       20240101120000123456-1
       20240101120000123457-1
       1:0.1
       2:0~1`
    )
  })

  test('orders digits before letters and letters before signs', () => {
    facts('ubuntu', '3 < 3-b, 2:0 < 2:., 9a = 9a0, 1:5ubunturc < 1:.deb12u1, 0~~1 = 0~~01, 10 < 10-+, 8 < b, 1a+ > 1ab')
  })
})

describe('rpm', () => {
  // Facts of rpm's tests/rpmvercmp.at.
  test('agrees with the tests of rpm', () => {
    facts(
      'redhat',
      `1.0 = 1.0, 1.0 < 2.0, 2.0 < 2.0.1, 2.0.1a > 2.0.1, 5.5p1 < 5.5p2, 5.5p10 > 5.5p1, 10xyz < 10.1xyz, xyz10 < xyz10.1
       xyz.4 < 8, xyz.4 < 2, 5.5p2 < 5.6p1, 5.6p1 < 6.5p1, 6.0.rc1 > 6.0, 10b2 > 10a1, 10a2 < 10b2, 1.0a < 1.0aa
       10.0001 = 10.1, 10.0001 < 10.0039, 4.999.9 < 5.0, 20101121 < 20101122, 2_0 = 2.0, a+ = a_, +a = _a, +_ = _+
       1.0~rc1 < 1.0, 1.0~rc1 < 1.0~rc2, 1.0~rc1~git123 < 1.0~rc1
       1.0^ > 1.0, 1.0^git1 < 1.0^git2, 1.0^git1 < 1.01, 1.0^20160101 < 1.0.1, 1.0~rc1^git1 > 1.0~rc1, 1.0^git1~pre < 1.0^git1`
    )
  })

  test('orders epoch, version and release', () => {
    ladder(
      'amazon',
      `1.1.1k-6.el8_5 0:1.1.1k-6.el8_5
       1.1.1k-7.el8_6
       1.1.1k-12.el8_9
       3.0.7-2.el9
       1:1.1.1k-1.el8
       1:1.1.1k-5.el8_5`
    )
  })
})

describe('apk', () => {
  // Facts of apk-tools' test/unit/version.data.
  test('agrees with the tests of apk-tools', () => {
    facts(
      'alpine',
      `2.34 > 0.1.0_alpha, 0.1.0_alpha = 0.1.0_alpha, 0.1.0_alpha < 0.1.3_alpha, 0.1.0_alpha2 > 0.1.0_alpha
       0.1.0_alpha < 2.2.39-r1, 1.0.4-r3 < 1.0.4-r4, 1.0.4-r4 < 1.6, 1.1 > 1.1_alpha1, 1.3_alpha < 1.3_alpha2
       0.8_beta4 < 4.8-r1, 2.3.0b-r1 < 2.3.0b-r2, 3.1_p16 < 3.1_p17, 1.06-r6 < 006, 006 > 1.0.0, 1.2.2-r1 > 1.2.2
       9.3.4-r2 > 9.3.4, 2.16.1-r3 = 2.16.1-r3`
    )
  })

  test('orders suffixes, fractions, hashes and revisions', () => {
    ladder(
      'wolfi',
      `1.0_alpha
       1.0_alpha1
       1.0_beta_pre1
       1.0_beta
       1.0_pre2
       1.0_rc1-r3
       1.0
       1.0-r0
       1.0-r1
       1.0-r10
       1.0_git20240101
       1.0_p1
       1.0a
       1.0b
       1.0.01
       1.0.1
       1.0.9
       1.0.10`
    )
    facts('chainguard', '1.0~0a < 1.0~1a, 1.0~ab > 1.0-r1, 1.0_p1 > 1.0~ab')
  })

  test.each(['0.1bc', '0.1a.1', '0.1_foobar', '0.1-pre1.1', '0.1-r', '0.1-r2.1', '.1', 'a', '0.1__alpha', ''])(
    '%j is no version',
    version => expect(compareVersions('alpine', version, '1.0')).toBeUndefined()
  )
})

describe('maven', () => {
  // What org.apache.maven.artifact.versioning.ComparableVersion says, and facts of its test.
  test('orders qualifiers and numbers', () => {
    ladder(
      'maven',
      `1-alpha2snapshot
       1-alpha2
       1-alpha-123 1-a123
       1-beta-2
       1-beta123 1-b123
       1-m2
       1-m11 1-milestone-11
       1-rc 1-cr
       1-cr2 1rc2
       1-snapshot
       1 1-ga 1.ga 1.0.0 1.final 1-release 1.RELEASE
       1-sp
       1-sp2
       1-abc
       1-def 1def
       1-pom-1
       1-1-snapshot
       1-1
       1-2
       1-123
       1.1`
    )
  })

  test('agrees with the tests of Maven', () => {
    facts(
      'maven',
      `1 = 1.0.0, 1.0 = 1-0, 1.0.RC = 1-rc, 1x = 1.0.0-x, 1a1 = 1-alpha-1, 1m3 = 1-milestone-3, 1X = 1x, 1GA = 1
       1 < 2, 1.5 < 2, 1 < 2.5, 1.0 < 1.1, 1.1 < 1.2, 1.0.0 < 1.1, 1.0.1 < 1.1, 1.0-alpha-1 < 1.0, 1.0-alpha-1 < 1.0-alpha-2
       1.0-alpha-1 < 1.0-beta-1, 1.0-beta-1 < 1.0-SNAPSHOT, 1.0-SNAPSHOT < 1.0, 1.0-alpha-1-SNAPSHOT < 1.0-alpha-1
       1.0 < 1.0-1, 1.0-1 < 1.0-2, 1.0.0 < 1.0-1, 2.0-1 > 2.0.0, 2.0.1 > 2.0-1, 2.0.1 < 2.0.1-123, 2.0.1-xyz < 2.0.1-123
       6.1.0rc3 < 6.1.0, 6.1.0rc3 < 6.1H.5-beta, 6.1.0 < 6.1H.5-beta, 20190126.230843 > 1, 1.7.0_1 > 1.7.0
       31.1-jre < 32.0.0-android, 1-constructor < 1-dogs, 2.9.10 < 2.9.10.4, 4.3.0.RELEASE < 4.3.1.RELEASE`
    )
  })

  test.each(['', '[1.0,2.0)', '${project.version}', '1.0.'])('%j is no version', version =>
    expect(compareVersions('maven', version, '1.0')).toBeUndefined()
  )
})

describe('languages', () => {
  test('npm', () => {
    ladder(
      'npm',
      '1.0.0-alpha\n1.0.0-alpha.1\n1.0.0-alpha.beta\n1.0.0-beta.2\n1.0.0-beta.11\n1.0.0-rc.1\n1.0.0 1.0 1.0.0+7\n1.2.0\n1.10.0'
    )
  })

  test('golang: with and without v, pseudo-versions', () => {
    ladder(
      'golang',
      `0.0.0-20230101000000-abcdef012345
       v0.0.0-20240101000000-012345abcdef
       0.17.0 v0.17.0
       v1.21.11 1.21.11
       1.22.4
       2.0.0+incompatible`
    )
  })

  test('nuget: four numbers, no case', () => {
    ladder('nuget', '4.3.0-ALPHA 4.3.0-alpha\n4.3.0-Beta\n4.3 4.3.0 4.3.0.0\n4.3.0.1\n4.10.0')
  })

  test('pypi', () => {
    ladder('pypi', '1.0.dev1\n1.0a1\n1.0rc1 1.0c1\n1.0 1.0.0 v1.0\n1.0+local.1\n1.0.post1\n1.1\n1!0.1')
  })

  test('gem', () => {
    ladder('gem', '1.0.0.beta1\n1.0.0.rc1\n1.0 1.0.0\n5.2.4.3\n5.2.10\n6.0.3.1')
  })

  test('composer: numbers only', () => {
    ladder('composer', '5.4.0 v5.4.0 5.4\n5.4.9\n5.4.10')
    expect(compareVersions('composer', '5.4.0-beta2', '5.4.0')).toBeUndefined()
  })

  test.each([
    ['npm', '1.x'],
    ['npm', ''],
    ['golang', '(devel)'],
    ['pypi', '2004d-unknown'],
    ['gem', 'main'],
    ['gem', ''],
    ['conan', '1.0'],
    ['somewhere', '1.0'],
    ['constructor', '1.0']
  ])('%s: %j has no place in an order', (ecosystem, version) => {
    expect(compareVersions(ecosystem, version, '1.0')).toBeUndefined()
    expect(compareVersions(ecosystem, '1.0', version)).toBeUndefined()
  })
})

const PIECES = [
  '0',
  '1',
  '9',
  '10',
  '01',
  '.',
  '.',
  '-',
  '~',
  '_',
  '+',
  ':',
  'a',
  'rc',
  'alpha',
  'sp',
  '-r1',
  '^',
  'v',
  '!'
]

test.each(['debian', 'redhat', 'alpine', 'maven', 'npm', 'nuget', 'pypi', 'gem', 'composer'])(
  '%s: any three versions that have a place are in one order, whichever way they are asked for',
  ecosystem => {
    const version = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }).map(pieces => pieces.join(''))
    fc.assert(
      fc.property(fc.tuple(version, version, version), versions => {
        const known = versions.filter(one => compareVersions(ecosystem, one, one) !== undefined)
        const order = (a: string, b: string) => Math.sign(compareVersions(ecosystem, a, b) as number)
        for (const a of known) {
          expect(order(a, a)).toBe(0)
          for (const b of known) {
            expect(order(a, b) + order(b, a)).toBe(0)
            for (const c of known) if (order(a, b) <= 0 && order(b, c) <= 0) expect(order(a, c)).toBeLessThanOrEqual(0)
          }
        }
      }),
      { numRuns: 300 }
    )
  }
)
