import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { asObject, isObject, type JsonObject } from '../../src/lib/json.ts'

/** What the action asks of GitHub, `METHOD path` as in GitHub's description. An operation that is added to the client is added here. */
export const OPERATIONS = [
  'GET /repos/{owner}/{repo}',
  'POST /repos/{owner}/{repo}/code-scanning/sarifs',
  'GET /repos/{owner}/{repo}/code-scanning/sarifs/{sarif_id}',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'GET /repos/{owner}/{repo}/contents/{path}',
  'GET /repos/{owner}/{repo}/code-scanning/alerts',
  'GET /repos/{owner}/{repo}/code-scanning/analyses',
  'GET /repos/{owner}/{repo}/issues',
  'POST /repos/{owner}/{repo}/issues',
  'GET /repos/{owner}/{repo}/issues/{issue_number}',
  'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}'
] as const

/** Documentation that validates nothing; `properties` may have members of these names, and those stay. */
const PROSE = new Set(['description', 'summary', 'example', 'examples', 'title', 'externalDocs', 'tags'])

/**
 * Cuts an OpenAPI 3.0 description down to some operations and the components that they refer to, without prose.
 * @param description GitHub's whole description, or an earlier and larger cut of it.
 * @param operations `METHOD path`; one that the description does not have is an error.
 */
export function cutOpenapi(description: JsonObject, operations: readonly string[]): JsonObject {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    const [method = '', path = ''] = operation.split(' ')
    const found = asObject(asObject(description['paths'], 'paths')[path], `paths ${path}`)[method.toLowerCase()]
    paths[path] = { ...paths[path], [method.toLowerCase()]: withoutProse(asObject(found, operation)) }
  }
  const info = asObject(description['info'], 'info')
  return {
    openapi: description['openapi'],
    info: { title: 'GitHub REST API, cut from @octokit/openapi', version: info['version'], license: info['license'] },
    paths,
    components: referredComponents(description, paths)
  }
}

function referredComponents(description: JsonObject, paths: unknown): Record<string, Record<string, unknown>> {
  const components: Record<string, Record<string, unknown>> = {}
  const open = referencesIn(paths)
  for (const reference of open) {
    const [, , kind = '', name = ''] = reference.split('/')
    if (components[kind]?.[name] !== undefined) continue
    const source = asObject(asObject(description['components'], 'components')[kind], kind)
    const component = withoutProse(asObject(source[name], reference), kind === 'responses' ? 'response' : 'other')
    components[kind] = { ...components[kind], [name]: component }
    for (const next of referencesIn(component)) open.add(next) // a Set's iteration goes on to what is added to it
  }
  return components
}

function referencesIn(value: unknown): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap(item => [...referencesIn(item)]))
  if (!isObject(value)) return new Set()
  const own = typeof value['$ref'] === 'string' ? [value['$ref']] : []
  return new Set([...own, ...Object.values(value).flatMap(item => [...referencesIn(item)])])
}

/** What an object is in the description: `properties` and `responses` map names to things, so that their keys are never prose. */
type Role = 'other' | 'properties' | 'responses' | 'response'

function withoutProse(value: unknown, role: Role = 'other'): unknown {
  if (Array.isArray(value)) return value.map(item => withoutProse(item))
  if (!isObject(value)) return value
  const named = role === 'properties' || role === 'responses'
  const kept = Object.entries(value).filter(([key]) => named || !(PROSE.has(key) || key.startsWith('x-')))
  const cut = Object.fromEntries(kept.map(([key, item]) => [key, withoutProse(item, roleOf(key, role))]))
  if (role === 'response' && !('$ref' in cut)) return { ...cut, description: '' } // OpenAPI demands one of each response
  return named ? cut : withoutLoneNullable(withNullInEnum(cut))
}

function roleOf(key: string, parent: Role): Role {
  if (parent === 'responses') return 'response'
  return parent !== 'properties' && (key === 'properties' || key === 'responses') ? key : 'other'
}

/** GitHub leaves null out of the lists of what may be null, and sends it: an issue's `state_reason`. */
function withNullInEnum(schema: JsonObject): JsonObject {
  const { nullable, enum: values } = schema
  if (nullable !== true || !Array.isArray(values) || values.includes(null)) return schema
  return { ...schema, enum: [...values, null] }
}

/** Ajv refuses `nullable` beside `$ref` or `anyOf` ('"nullable" cannot be used without "type"'), which GitHub's description has. */
function withoutLoneNullable(schema: JsonObject): JsonObject {
  if (schema['nullable'] !== true || 'type' in schema) return schema
  const { nullable: _, ...rest } = schema
  return { anyOf: [rest, { enum: [null] }] }
}

/** `node world/github/cut-openapi.ts DESCRIPTION`: writes openapi.json beside this file. */
function main(source: string | undefined): void {
  if (source === undefined) throw new Error('usage: node world/github/cut-openapi.ts api.github.com.json')
  const cut = cutOpenapi(asObject(JSON.parse(readFileSync(source, 'utf8')), source), OPERATIONS)
  writeFileSync(new URL('openapi.json', import.meta.url), `${JSON.stringify(cut, null, 1)}\n`)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv[2])
