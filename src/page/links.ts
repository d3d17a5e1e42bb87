import { safeUrl } from '../render/escape.ts'
import { advisoryPage } from '../render/tables.ts'
import type { Finding, Remark } from '../report/model.ts'

/**
 * The address of the advisory, as a browser takes it: the one that the scanner names where we link to its host, else the page to which the id
 * itself leads. Undefined when there is none.
 */
export function addressOf(about: Finding | Remark): string | undefined {
  if (about.kind === 'secret') return undefined
  return linkable(about.url) ?? linkable(advisoryPage(about.id))
}

/**
 * An address that may be linked to, under the rules of `link` in render/escape.ts.
 * @param ownServer origin of the GitHub server of this run; only for addresses that we build ourselves.
 */
export function linkable(url: string, ownServer?: string): string | undefined {
  // It comes as Markdown takes it, with entities; the page escapes by itself.
  return safeUrl(url, ownServer)?.replaceAll('&amp;', '&')
}
