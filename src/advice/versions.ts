import { compare as comparePython, valid as validPython } from '@renovatebot/pep440'
import { Version as GemVersion } from '@renovatebot/ruby-semver/dist/ruby/version.js'
import { compareApkVersions } from './apk-version.ts'
import { compareDebVersions } from './deb-version.ts'
import { compareMavenVersions } from './maven-version.ts'
import { compareRpmVersions } from './rpm-version.ts'
import { compareNumericVersions, compareSemanticVersions } from './semantic-version.ts'

type Compare = (a: string, b: string) => number | undefined

const RPM = [
  'alma',
  'amazon',
  'azurelinux',
  'bottlerocket',
  'cbl-mariner',
  'centos',
  'centos-stream',
  'coreos',
  'fedora',
  'opensuse',
  'opensuse-leap',
  'opensuse-tumbleweed',
  'oracle',
  'photon',
  'redhat',
  'rocky',
  'slem',
  'sles'
]
const SEMANTIC = ['cargo', 'golang', 'hex', 'npm', 'pub', 'swift']
/** Pairs of one ecosystem that are remembered: some megabytes. */
const MOST_PAIRS = 50_000

/** By the ecosystem of a finding. Distributions: Trivy's pkg/fanal/types/const.go; the others: types of package URLs. */
const ORDERS: readonly (readonly [string, Compare])[] = [
  ...['debian', 'ubuntu', 'echo'].map(name => [name, compareDebVersions] as const),
  ...['alpine', 'chainguard', 'minimos', 'wolfi'].map(name => [name, compareApkVersions] as const),
  ...RPM.map(name => [name, compareRpmVersions] as const),
  ...SEMANTIC.map(name => [name, compareSemanticVersions] as const),
  ...['gem', 'cocoapods'].map(name => [name, compareGemVersions] as const),
  ['composer', compareNumericVersions],
  ['maven', compareMavenVersions],
  // Case says nothing there. Source: https://learn.microsoft.com/nuget/concepts/package-versioning
  ['nuget', (a, b) => compareSemanticVersions(a.toLowerCase(), b.toLowerCase())],
  ['pypi', comparePythonVersions]
]
const BY_ECOSYSTEM = new Map(ORDERS.map(([ecosystem, compare]) => [ecosystem, remembering(compare)]))

/**
 * Compares two versions of a package by the order of its own ecosystem.
 * @param ecosystem as in a finding: `debian`, `npm`.
 * @returns negative, 0 or positive; undefined when one is no version there, or when nobody here knows the order.
 */
export function compareVersions(ecosystem: string, a: string, b: string): number | undefined {
  return BY_ECOSYSTEM.get(ecosystem)?.(a, b)
}

/** The same compare, done once for each pair: the advisories about an image name the same versions again and again. */
function remembering(compare: Compare): Compare {
  const known = new Map<string, Map<string, number | undefined>>()
  let pairs = 0
  return (a, b) => {
    const order = known.get(a)?.get(b)
    if (order !== undefined || known.get(a)?.has(b)) return order
    if (++pairs > MOST_PAIRS) {
      known.clear()
      pairs = 1
    }
    const others = known.get(a) ?? new Map<string, number | undefined>()
    const found = compare(a, b)
    known.set(a, others.set(b, found))
    return found
  }
}

/** Source: https://packaging.python.org/specifications/version-specifiers/ */
function comparePythonVersions(a: string, b: string): number | undefined {
  return validPython(a) === null || validPython(b) === null ? undefined : comparePython(a, b)
}

/** Source: https://docs.ruby-lang.org/en/master/Gem/Version.html */
function compareGemVersions(a: string, b: string): number | undefined {
  const [x, y] = [GemVersion.create(a), GemVersion.create(b)]
  // The library takes an empty text for 0.
  return x === null || y === null || a === '' || b === '' ? undefined : x.compare(y)
}
