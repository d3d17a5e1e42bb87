import { readFileSync } from 'node:fs'
import addFormats from 'ajv-formats'
import { type Document, OpenAPIBackend } from 'openapi-backend'

/** A request as it came over the wire. */
export interface WireRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Parsed JSON; absent when nothing was sent. */
  readonly body?: unknown
}

/** What GitHub's description says of a request. */
export interface Judged {
  /** Empty where the description has no such operation. */
  readonly operation: string
  /** Empty when the request is valid. */
  readonly problems: readonly string[]
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
}

/** GitHub's published description, as a judge of requests and answers. */
export interface Contract {
  judge(request: WireRequest): Judged
  /** What is wrong with an answer to `operation`; nothing for a status that the description leaves open. */
  problemsOfAnswer(operation: string, status: number, body: unknown): readonly string[]
}

/** Compiles `openapi.json`. Takes about a second: once per server. */
export async function loadContract(): Promise<Contract> {
  const definition = JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8')) as Document
  const api = new OpenAPIBackend({
    definition,
    strict: true,
    coerceTypes: true,
    ajvOpts: { strict: false, allErrors: true },
    customizeAjv: ajv => addFormats.default(ajv)
  })
  await api.init()
  return {
    judge: request => judge(api, request),
    problemsOfAnswer: (operation, status, body) => problems(api.validateResponse(body, operation, status).errors)
  }
}

function judge(api: OpenAPIBackend, request: WireRequest): Judged {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value ?? '']))
  const wire = { method: request.method, path: withOneSegment(request.path), headers, body: request.body }
  const operation = api.matchOperation(wire)
  if (operation?.operationId === undefined) {
    return { operation: '', problems: [`no such operation: ${request.method} ${request.path}`], params: {}, query: {} }
  }
  const checked = api.validator.validateRequest(wire, operation)
  const parsed = api.router.parseRequest(checked.coerced ?? wire, operation)
  return {
    operation: operation.operationId,
    problems: [...headerProblems(request), ...problems(checked.errors)],
    params: parsed.params ?? {},
    query: parsed.query ?? {}
  }
}

/** GitHub takes the slashes of a file's path as they are, which a parameter of OpenAPI cannot. */
function withOneSegment(path: string): string {
  return path.replace(/(?<=^\/repos\/[^/]+\/[^/]+\/contents\/)[^?]+/, file => file.replaceAll('/', '%2F'))
}

/** The description leaves headers open; these are the rules of https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api */
function headerProblems({ headers, body }: WireRequest): string[] {
  const found: string[] = []
  if (!headers['user-agent']) found.push('header user-agent: missing')
  if (!/^application\/(vnd\.github(\.v3)?(\.raw|\.[a-z-]+\+json|\+json)|json)\b/.test(String(headers['accept']))) {
    found.push(`header accept: ${headers['accept']}`)
  }
  if (body !== undefined && !/^application\/json\b/.test(String(headers['content-type']))) {
    found.push(`header content-type: ${headers['content-type']}`)
  }
  return found
}

type Errors = readonly { instancePath?: string; message?: string; params?: unknown }[] | null | undefined

function problems(errors: Errors): string[] {
  return (errors ?? []).map(({ instancePath = '', message = '', params }) =>
    `${instancePath} ${message} ${JSON.stringify(params ?? {})}`.trim()
  )
}
