import { type JsonObject, text } from '../lib/json.ts'
import type { Vulnerability } from '../report/model.ts'
import { objectOf } from './pick.ts'

/** A vulnerability that somebody accepted, with the occurrences for which that was done. */
export interface AcceptedFinding {
  readonly finding: Vulnerability
  /** Why, in the words of whoever accepted it. */
  readonly statement: string
  /** Where that is written: a file of the repository, an alert. */
  readonly source: string
}

/** Looks up who accepted one element of `Vulnerabilities`; undefined when nobody did. */
export type AcceptedBy = (vulnerability: JsonObject, result: JsonObject) => AcceptedFinding | undefined

/**
 * Makes what was accepted ready for looking up, by vulnerability, package, version and place. Package URLs only have to agree as far as both say
 * something: findings of several platforms that are one have only in their URL what the platforms have in common.
 */
export function findAccepted(accepted: readonly AcceptedFinding[]): AcceptedBy {
  const places = accepted.flatMap(one => one.finding.occurrences.map(({ purl, ...at }) => ({ one, purl, ...at })))
  const byKey = Map.groupBy(places, ({ one, installed, path }) =>
    keyOf(one.finding.id, one.finding.package, installed, path)
  )
  return (vulnerability, result) => {
    if (byKey.size === 0) return undefined
    const [id, name, installed] = ['VulnerabilityID', 'PkgName', 'InstalledVersion'].map(key =>
      text(vulnerability, key)
    )
    const purl = text(objectOf(vulnerability['PkgIdentifier']), 'PURL')
    return pathsOf(vulnerability, result)
      .flatMap(path => byKey.get(keyOf(id, name, installed, path)) ?? [])
      .find(place => agree(place.purl, purl))?.one
  }
}

/** `pkg:deb/debian/zlib1g@1` stands for every processor's, and none for any. */
function agree(common: string, purl: string): boolean {
  return common === '' || common === purl || common === purl.replace(/[?#].*$/s, '')
}

/** Where a package is: its own file, else the file that the result is about; a distribution's package, or one of a group, has none. */
function pathsOf(vulnerability: JsonObject, result: JsonObject): string[] {
  const own = withoutLeadingSlash(text(vulnerability, 'PkgPath'))
  if (own !== '') return [own]
  return text(result, 'Class') === 'os-pkgs' ? [''] : [withoutLeadingSlash(text(result, 'Target')), '']
}

function withoutLeadingSlash(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path
}

function keyOf(...parts: readonly unknown[]): string {
  return JSON.stringify(parts)
}
