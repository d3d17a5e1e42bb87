import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'

/** One request that passed. */
export interface PassedRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
}

/** Something between a step and a registry that writes down what is asked for. */
export interface RegistryProxy {
  /** `127.0.0.1:PORT`, as it stands in a reference. */
  readonly host: string
  readonly requests: readonly PassedRequest[]
  close(): Promise<void>
}

/** What is not handed on. */
export interface Refusals {
  /** Blobs of more bytes are answered with 413, as by a web server before a registry. */
  readonly largestBlob?: number
}

/** Hands every request on to `target`, `127.0.0.1:PORT`, as it is. */
export async function startProxy(target: string, { largestBlob }: Refusals = {}): Promise<RegistryProxy> {
  const requests: PassedRequest[] = []
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming
    requests.push({ method, path: url.split('?')[0] ?? '' })
    if (largestBlob !== undefined && ['PATCH', 'PUT'].includes(method) && url.includes('/blobs/uploads/')) {
      forwardUpTo(largestBlob, incoming, outgoing, `http://${target}${url}`).catch(() => outgoing.destroy())
      return
    }
    const upstream = request(`http://${target}${url}`, { method, headers }, answer => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, outgoing).catch(() => outgoing.destroy())
    })
    pipeline(incoming, upstream).catch(() => outgoing.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

/** Hands a request on once all of it is there and is not too much. */
async function forwardUpTo(most: number, incoming: IncomingMessage, outgoing: ServerResponse, url: string) {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  if (body.length > most) {
    outgoing.writeHead(413, { 'content-type': 'text/html' }).end('<h1>413 Request Entity Too Large</h1>')
    return
  }
  const { 'transfer-encoding': _, ...headers } = incoming.headers
  const length = { 'content-length': `${body.length}` }
  const upstream = request(url, { method: incoming.method ?? 'PUT', headers: { ...headers, ...length } }, answer => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    pipeline(answer, outgoing).catch(() => outgoing.destroy())
  })
  upstream.on('error', () => outgoing.destroy())
  upstream.end(body)
}
