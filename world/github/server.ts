import { appendFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { isObject } from '../../src/lib/json.ts'
import { type Answer, failure } from './answer.ts'
import { type Contract, loadContract, type WireRequest } from './contract.ts'
import { answerControl } from './controls.ts'
import { answerOf, takeRule } from './faults.ts'
import { answerGraphql } from './graphql.ts'
import { createMemory, type Memory, NO_REPOSITORY, type Repository } from './memory.ts'
import { OPERATIONS } from './operations.ts'
import { decodeSarif } from './sarif.ts'
import type { Origin } from './shapes.ts'

/** A running stand-in for GitHub. */
export interface GitHubStandIn extends Origin {
  /** Ends it at once; requests that hang are dropped. */
  close(): Promise<void>
}

interface World {
  readonly contract: Contract
  readonly memory: Memory
  readonly origin: Origin
  readonly log: string | undefined
}

/**
 * Starts a stand-in for GitHub's API on a free port of this machine. It refuses what GitHub's published description does not
 * allow, records it as invalid, and keeps comments and uploads in memory. `controls.ts` says how tests steer it.
 * @param options.log a file to which each request is appended as one line of JSON: method, path, status, body, repository.
 */
export async function startGitHub(options: { log?: string } = {}): Promise<GitHubStandIn> {
  const contract = await loadContract()
  const memory = createMemory()
  const server = createServer((request, response) => {
    serve(world(), request, response).catch((error: unknown) => {
      send(response, failure(500, `the stand-in failed: ${error instanceof Error ? error.message : error}`))
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const origin = { apiUrl: url, serverUrl: url }
  const world = (): World => ({ contract, memory, origin, log: options.log })
  const close = () =>
    new Promise<void>((resolve, reject) => {
      server.close(error => (error === undefined ? resolve() : reject(error)))
      server.closeAllConnections()
    })
  return { ...origin, close }
}

async function serve(world: World, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = await readRequest(incoming)
  const [path = ''] = request.path.split('?')
  if (path.startsWith('/_world')) return send(response, answerControl(world.memory, request.method, path, request.body))
  const repository = world.memory.repository(/^\/repos\/([^/]+\/[^/]+)/.exec(path)?.[1] ?? NO_REPOSITORY)
  const rule = takeRule(repository.faults, request.method, request.path)
  if (rule?.delayMs !== undefined) await delay(rule.delayMs)
  if (rule?.hang) return record(world, repository, request, 0)
  const { status } = rule ?? {}
  const answer =
    rule !== undefined && status !== undefined
      ? answerOf({ ...rule, status })
      : await answerOfGitHub(world, repository, request)
  record(world, repository, request, answer.status)
  send(response, answer)
}

async function answerOfGitHub(world: World, repository: Repository, request: WireRequest): Promise<Answer> {
  if (!/^(token|bearer) \S+$/i.test(String(request.headers['authorization'])))
    return failure(401, 'Requires authentication')
  if (request.method === 'POST' && request.path === '/graphql') {
    const { answer, problems } = await answerGraphql(request.body, repository.settings.login)
    if (problems.length > 0) note(repository, request, problems)
    return answer
  }
  const judged = world.contract.judge(request)
  const operate = OPERATIONS[judged.operation]
  if (judged.problems.length > 0 || operate === undefined) {
    note(repository, request, judged.problems)
    return judged.operation === ''
      ? failure(404, 'Not Found')
      : failure(422, `Invalid request.\n\n${judged.problems.join('\n')}`)
  }
  const accept = String(request.headers['accept'])
  const answer = operate({ ...world, ...judged, repository, body: request.body, accept })
  if (answer.raw !== undefined) return answer
  const wrong = world.contract.problemsOfAnswer(judged.operation, answer.status, answer.body)
  if (wrong.length > 0)
    note(
      repository,
      request,
      wrong.map(problem => `the stand-in's own answer: ${problem}`)
    )
  return answer
}

function note(repository: Repository, { method, path }: WireRequest, problems: readonly string[]): void {
  repository.invalid.push({ method, path, problems })
}

function record({ log }: World, repository: Repository, { method, path, body }: WireRequest, status: number): void {
  const seen = { method, path, status, ...(body === undefined ? {} : { body: readable(body) }) }
  repository.requests.push(seen)
  if (log !== undefined) appendFileSync(log, `${JSON.stringify({ ...seen, repository: repository.fullName })}\n`)
}

/** An upload's SARIF decoded, so that people can read the log. */
function readable(body: unknown): unknown {
  if (!isObject(body) || typeof body['sarif'] !== 'string') return body
  const decoded = decodeSarif(body['sarif'])
  return 'sarif' in decoded ? { ...body, sarif: decoded.sarif } : body
}

async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const { method = 'GET', url: path = '/', headers } = incoming
  const text = Buffer.concat(chunks).toString('utf8')
  return { method, path, headers, ...(text === '' ? {} : { body: parseJson(text) }) }
}

/** Text that is not JSON stays text: the description then refuses it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function send(response: ServerResponse, { status, body, raw, headers = {} }: Answer): void {
  const format = raw === undefined ? 'json' : 'raw'
  const type = raw === undefined ? 'application/json; charset=utf-8' : 'application/vnd.github.raw; charset=utf-8'
  const media = { 'content-type': type, 'x-github-media-type': `github.v3; format=${format}` }
  response.writeHead(status, { ...media, ...headers }).end(raw ?? (body === undefined ? '' : JSON.stringify(body)))
}
