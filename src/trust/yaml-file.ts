import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLError } from 'yaml'
import { UserError } from '../lib/errors.ts'
import { suggestion } from './nearest.ts'

/** A file of more characters is no policy: parsing it would only cost time. */
const MAX_LENGTH = 256 * 1024

/** Throws a UserError that begins with the place of the node. */
type Refuse = (node: unknown, what: string) => never

/** A YAML file that is read strictly. Each reader throws a UserError `name:line:column: what` where a node is not as demanded. */
export interface YamlFile {
  readonly root: unknown
  readonly refuse: Refuse
  /** `name:line` of a node. */
  placeOf(node: unknown): string
  /** `name:line:column` of a node. */
  pointOf(node: unknown): string
  /** Values by key, of which each is among `allowed` and has a value. `what` is said of the node when it is none. */
  map<Key extends string>(node: unknown, what: string, allowed: readonly Key[]): ReadonlyMap<Key, unknown>
  /** Keys and values that may be called anything. */
  texts(node: unknown, what: string): Readonly<Record<string, string>>
  /** A list with something in it. */
  list(node: unknown, what: string): readonly unknown[]
  isList(node: unknown): boolean
  text(node: unknown, what: string): string
  flag(node: unknown, what: string): boolean
  number(node: unknown, what: string): number
}

/**
 * Opens a YAML file.
 * @param name of the file, for errors.
 * @throws UserError where it is no YAML, or has what a policy has no use for: aliases, several documents, unknown tags.
 */
export function openYaml(text: string, name: string): YamlFile {
  const lines = new LineCounter()
  const positionOf = (node: unknown) =>
    lines.linePos((node as { range?: readonly number[] | null } | null | undefined)?.range?.[0] ?? 0)
  const pointOf = (node: unknown) => {
    const { line, col } = positionOf(node)
    return `${name}:${line || 1}:${col || 1}`
  }
  const refuse = (node: unknown, what: string): never => {
    throw new UserError(`${pointOf(node)}: ${what}`)
  }
  if (text.length > MAX_LENGTH) refuse(undefined, `is longer than ${MAX_LENGTH} characters; split the policy`)
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const [error] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])
  if (error !== undefined) refuse({ range: error.pos }, explain(error))
  return {
    root: document.contents,
    refuse,
    placeOf: node => `${name}:${positionOf(node).line || 1}`,
    pointOf,
    ...containersOf(refuse),
    ...scalarsOf(refuse)
  }
}

function containersOf(refuse: Refuse): Pick<YamlFile, 'map' | 'texts' | 'list' | 'isList'> {
  return {
    map: <Key extends string>(node: unknown, what: string, allowed: readonly Key[]) =>
      new Map(
        pairsOf(node, what, refuse).map(([key, word, value]) => {
          const known = allowed.find(candidate => candidate === word)
          if (known !== undefined) return [known, value] as const
          return refuse(key, `the key ${shown(word)} is not known; ${suggestion(word, allowed)}`)
        })
      ),
    texts: (node, what) => {
      const pairs = pairsOf(node, what, refuse)
      if (pairs.length === 0) refuse(node, what)
      return Object.fromEntries(pairs.map(([, word, value]) => [word, textOf(value, shown(word), refuse)]))
    },
    list: (node, what) => {
      const list = plain(node, refuse)
      return isSeq(list) && list.items.length > 0 ? list.items : refuse(node, what)
    },
    isList: node => isSeq(plain(node, refuse))
  }
}

function scalarsOf(refuse: Refuse): Pick<YamlFile, 'text' | 'flag' | 'number'> {
  return {
    text: (node, what) => textOf(node, what, refuse),
    flag: (node, what) => {
      const value = scalarOf(node, refuse)
      return typeof value === 'boolean' ? value : refuse(node, `${what} must be true or false, without quotes`)
    },
    number: (node, what) => {
      const value = scalarOf(node, refuse)
      return typeof value === 'number' ? value : refuse(node, `${what} must be a number`)
    }
  }
}

type Pair = readonly [key: unknown, word: string, value: unknown]

function pairsOf(node: unknown, what: string, refuse: Refuse): readonly Pair[] {
  const map = plain(node, refuse)
  if (!isMap(map)) return refuse(node, what)
  return map.items.map(({ key, value }) => {
    const word = String(scalarOf(key, refuse))
    if (value === null || scalarOf(value, refuse) === null)
      refuse(key, `${shown(word)} has no value; give it one, or remove the line`)
    return [key, word, value]
  })
}

function textOf(node: unknown, what: string, refuse: Refuse): string {
  const value = scalarOf(node, refuse)
  if (typeof value === 'number' || typeof value === 'boolean') refuse(node, `${what} must be a text; put it in quotes`)
  if (typeof value !== 'string') return refuse(node, `${what} must be a text`)
  return value.trim() || refuse(node, `${what} is empty`)
}

function scalarOf(node: unknown, refuse: Refuse): unknown {
  const value = plain(node, refuse)
  return isScalar(value) ? value.value : undefined
}

function plain(node: unknown, refuse: Refuse): unknown {
  if (isAlias(node)) refuse(node, `*${node.source} is an alias; write out what it stands for`)
  return node
}

function explain(error: YAMLError): string {
  if (error.code === 'DUPLICATE_KEY') return 'this key stands there twice; remove one of them'
  if (error.code === 'TAB_AS_INDENT') return 'a tab stands where YAML takes spaces only; indent with spaces'
  if (error.code === 'MULTIPLE_DOCS') return 'a second document begins here; a policy is one document, remove the ---'
  if (error.code === 'BAD_ALIAS') return 'an alias stands here; write out what it stands for'
  if (error.code === 'RESOURCE_EXHAUSTION') return 'is nested too deeply'
  return `is not valid YAML: ${error.message.replace(/\s+/g, ' ').slice(0, 200)}`
}

function shown(word: string): string {
  return JSON.stringify(word.slice(0, 80))
}
