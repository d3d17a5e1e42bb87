import type { IncomingMessage } from 'node:http'
import { HttpClient } from '@actions/http-client'
import { messageOf } from '../lib/errors.ts'
import type { HttpRequest, Send } from './http.ts'

/** The least that is read of a refusal, whatever was asked for: an error's text may be longer than the blob that was asked for. */
const REFUSAL_BYTES = 4 * 1024 * 1024
/** A registry that was sent gigabytes says nothing until it has hashed and stored them. */
const TRANSFER_PATIENCE = 4

/**
 * The door to the network, through the runner's proxy.
 * @param timeoutMs limit for one request and its answer; for what is sent or taken piece by piece, four times as long between two pieces.
 */
export function createSend(timeoutMs: number): Send {
  const clientFor = createClients()
  return async request => {
    const { url, maxBytes, into } = request
    const isTransfer = into !== undefined || typeof request.body === 'object'
    const limit = isTransfer ? timeoutMs * TRANSFER_PATIENCE : timeoutMs
    const message = await ask(clientFor(url.origin, limit), request)
    // From here on the deadline is ours: the client's would end the connection at the same moment, and look like a broken one.
    message.setTimeout(0)
    const deadline = setTimeout(() => message.destroy(coded('no whole answer in time', 'ETIMEDOUT')), limit)
    try {
      const header = (name: string) => String(message.headers[name] ?? '')
      const answer = { status: message.statusCode ?? 0, url, header }
      if (into === undefined || answer.status !== 200) return { ...answer, body: await readBody(message, maxBytes) }
      await into(piecesOf(message, maxBytes, () => deadline.refresh()))
      return { ...answer, body: Buffer.alloc(0) }
    } finally {
      clearTimeout(deadline)
      // What nobody took to its end, as after a full disk, would keep the connection.
      if (!message.readableEnded) message.destroy()
    }
  }
}

/** One client per origin: a client keeps one agent, whatever the protocol of the next request. */
function createClients(): (origin: string, limit: number) => HttpClient {
  const clients = new Map<string, HttpClient>()
  return (origin, limit) => {
    const key = `${origin} ${limit}`
    const known = clients.get(key)
    if (known !== undefined) return known
    const client = new HttpClient('imgguard-action', [], { allowRedirects: false, socketTimeout: limit })
    clients.set(key, client)
    return client
  }
}

async function ask(client: HttpClient, { method, url, headers, body }: HttpRequest): Promise<IncomingMessage> {
  const late = (error: unknown) => {
    throw /^Request timeout/.test(messageOf(error)) ? coded('no answer in time', 'ETIMEDOUT') : error
  }
  if (typeof body !== 'object') {
    return (await client.request(method, url.href, body ?? null, { ...headers }).catch(late)).message
  }
  const stream = body.open()
  const broken = new Promise<never>((_, reject) => stream.once('error', reject))
  try {
    // The client ends a request with its stream, even if that broke off: what is left of the connection must not be used again.
    const framing = { 'content-length': String(body.size), connection: 'close' }
    const request = client.request(method, url.href, stream, { ...headers, ...framing })
    return (await Promise.race([request, broken]).catch(late)).message
  } finally {
    stream.destroy()
  }
}

async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const most = Math.max(maxBytes, message.statusCode === 200 ? 0 : REFUSAL_BYTES)
  const pieces: Buffer[] = []
  for await (const piece of piecesOf(message, most)) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function* piecesOf(message: IncomingMessage, most: number, seen: () => void = () => {}): AsyncGenerator<Buffer> {
  let size = 0
  for await (const piece of message) {
    seen()
    size += piece.length
    if (size > most) throw coded(`more than ${most} bytes`, 'TOO_LARGE')
    yield piece
  }
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}
