import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { messageOf, UserError } from '../lib/errors.ts'
import type { Finding } from '../report/model.ts'
import { dayOf, isDay } from './calendar.ts'
import { compileGlob } from './glob.ts'
import type { AcceptedRisk } from './policy.ts'
import { parsePurl } from './purl.ts'

/** What each section of the file is for; a section without a kind is allowed and skipped, because nothing here finds such things. */
const SECTIONS: ReadonlyMap<string, Finding['kind'] | undefined> = new Map([
  ['vulnerabilities', 'vulnerability'],
  ['secrets', 'secret'],
  ['misconfigurations', undefined],
  ['licenses', undefined]
])

const FIELDS = ['id', 'paths', 'purls', 'expired_at', 'statement'] as const
type Field = (typeof FIELDS)[number]

/** Throws a UserError that begins with file and line of the node. */
type Refuse = (node: unknown, message: string) => never

/**
 * The accepted risks of a `.trivyignore.yaml`: lists of `{id, paths, purls, expired_at, statement}` under `vulnerabilities` and `secrets`.
 * `misconfigurations` and `licenses` are skipped. A key that the format does not have is an error, because a mistyped `paths` or
 * `expired_at` would accept more than was meant.
 * @param name of the file, for `source` and errors.
 * @throws UserError with the line.
 */
export function parseIgnoreYaml(name: string, text: string): AcceptedRisk[] {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true })
  const refuse: Refuse = (node, message) => {
    const offset = (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0] ?? 0
    throw new UserError(`${name} line ${lineCounter.linePos(offset).line || 1}: ${message}`)
  }
  const [error] = document.errors
  if (error !== undefined) refuse({ range: error.pos }, `is not valid YAML: ${error.message}`)
  if (document.contents === null || isNull(document.contents)) return []
  return entriesOf(document.contents, [...SECTIONS.keys()], refuse).flatMap(([section, list]) => {
    const items = itemsOf(list, section, refuse)
    const kind = SECTIONS.get(section)
    return kind === undefined ? [] : items.map(item => readRisk(item, kind, name, refuse))
  })
}

function readRisk(node: unknown, kind: Finding['kind'], source: string, refuse: Refuse): AcceptedRisk {
  const fields = new Map<Field, unknown>(entriesOf(node, FIELDS, refuse))
  if (!fields.has('id')) refuse(node, 'an entry needs an id')
  if (kind === 'secret' && fields.has('purls'))
    refuse(fields.get('purls'), 'a secret has no package, purls is for vulnerabilities')
  const expires = fields.has('expired_at') ? expiryOf(fields.get('expired_at'), refuse) : undefined
  return {
    source,
    id: wordOf(fields.get('id'), 'id', refuse),
    kind,
    paths: wordsOf(fields.get('paths'), 'paths', compileGlob, refuse),
    purls: wordsOf(fields.get('purls'), 'purls', parsePurl, refuse),
    ...(expires && { expires }),
    reason: fields.has('statement') ? textOf(fields.get('statement'), 'statement', refuse) : ''
  }
}

/** Keys and values of a map; any key that is not allowed is refused. */
function entriesOf<Key extends string>(node: unknown, allowed: readonly Key[], refuse: Refuse): [Key, unknown][] {
  if (!isMap(node)) return refuse(node, `expected ${allowed.map(key => `"${key}:"`).join(', ')}`)
  return (node as YAMLMap).items.map(({ key, value }) => {
    const word = isScalar(key) ? key.value : undefined
    const known = allowed.find(candidate => candidate === word)
    if (known !== undefined) return [known, value]
    return refuse(key, `the key ${quote(word)} is not known; allowed are ${allowed.join(', ')}`)
  })
}

function itemsOf(node: unknown, key: string, refuse: Refuse): readonly unknown[] {
  if (node === null || isNull(node)) return []
  if (isAlias(node)) return refuse(node, `aliases (*${node.source}) are not allowed`)
  return isSeq(node) ? node.items : refuse(node, `${key} must be a list`)
}

/** A list of texts, each of which `check` accepts: it throws what is wrong with one. */
function wordsOf(node: unknown, key: string, check: (word: string) => unknown, refuse: Refuse): string[] {
  if (node === undefined) return []
  const words = itemsOf(node, key, refuse).map(item => {
    const word = wordOf(item, key, refuse)
    try {
      check(word)
    } catch (thrown) {
      refuse(item, `${key}: ${quote(word)} ${messageOf(thrown)}`)
    }
    return word
  })
  // An empty list means "all" to Trivy. Somebody who writes one hardly means that.
  return words.length > 0 ? words : refuse(node, `${key} is empty; leave it out to mean all`)
}

function expiryOf(node: unknown, refuse: Refuse): string {
  const word = textOf(node, 'expired_at', refuse)
  if (isDay(word)) return word
  // Trivy also takes an instant. We count in days, so the risk ends with the beginning of that day.
  const instant = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)? ?(Z|[+-]\d{2}:\d{2})?$/.test(word)
  const day = instant && isDay(word.slice(0, 10)) ? dayOf(new Date(toIso(word))) : undefined
  return day ?? refuse(node, `expired_at: ${quote(word)} is not a date; write YYYY-MM-DD`)
}

function toIso(instant: string): string {
  const iso = instant
    .toUpperCase()
    .replace(/^(\S{10})[T ]/, '$1T')
    .replace(' ', '')
  return /(Z|[+-]\d{2}:\d{2})$/.test(iso) ? iso : `${iso}Z`
}

function wordOf(node: unknown, key: string, refuse: Refuse): string {
  return textOf(node, key, refuse) || refuse(node, `${key} must not be empty`)
}

function textOf(node: unknown, key: string, refuse: Refuse): string {
  if (isScalar(node) && typeof node.value === 'string') return node.value.trim()
  return refuse(node, `${key} must be a text`)
}

function isNull(node: unknown): boolean {
  return isScalar(node) && node.value === null
}

function quote(word: unknown): string {
  return JSON.stringify(String(word).slice(0, 80))
}
