import { PackageURL } from 'packageurl-js'

/** Longest package URL that is looked at, in UTF-16 code units. */
const MAX_PURL_LENGTH = 4096

/**
 * A package URL in its parts.
 * @throws Error that says in a few words what is wrong with it.
 */
export function parsePurl(word: string): PackageURL {
  if (word.length > MAX_PURL_LENGTH) throw new Error(`is longer than ${MAX_PURL_LENGTH} characters`)
  try {
    return PackageURL.fromString(word)
  } catch (cause) {
    throw new Error('is not a package URL such as pkg:npm/lodash@4.17.20', { cause })
  }
}

/** The same, or undefined for what is not a package URL or is empty. */
export function tryParsePurl(word: string): PackageURL | undefined {
  try {
    return parsePurl(word)
  } catch {
    return undefined
  }
}

/**
 * True when `target` is what `rule` speaks of: type, namespace and name are equal, and also version, subpath and each of the
 * qualifiers that the rule has. Rules: Trivy's pkg/purl/purl.go, `Match`.
 */
export function matchesPurl(rule: PackageURL, target: PackageURL): boolean {
  if (rule.type !== target.type || rule.namespace !== target.namespace || rule.name !== target.name) return false
  if (rule.version && rule.version !== target.version) return false
  if (rule.subpath && rule.subpath !== target.subpath) return false
  return Object.entries(rule.qualifiers ?? {}).every(([key, value]) => target.qualifiers?.[key] === value)
}
