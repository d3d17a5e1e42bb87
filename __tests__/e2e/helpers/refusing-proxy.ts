import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'

/** What is said instead of the registry's own answer. */
export interface Refusal {
  readonly status: number
  /** As registries name it in their answer's `errors`. */
  readonly code: string
  readonly message: string
}

/** Something before a registry that refuses a part of what is asked. */
export interface RefusingProxy {
  /** `127.0.0.1:PORT`, as it stands in a reference. */
  readonly host: string
  /** `METHOD path` of every request, in order. */
  readonly requests: readonly string[]
  /** Undefined: the registry answers. May be replaced at any time. */
  refuse: (method: string, path: string) => Refusal | undefined
  close(): Promise<void>
}

/** Hands every request on to `target`, `127.0.0.1:PORT`, but those that `refuse` answers. */
export async function startRefusingProxy(target: string): Promise<RefusingProxy> {
  const requests: string[] = []
  const proxy = { requests, refuse: (_method: string, _path: string): Refusal | undefined => undefined }
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/' } = incoming
    const path = url.split('?')[0] ?? ''
    requests.push(`${method} ${path}`)
    const refusal = proxy.refuse(method, path)
    if (refusal === undefined) handOn(target, incoming, outgoing)
    else answer(incoming, outgoing, refusal)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(proxy, {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  })
}

function handOn(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method = 'GET', url = '/', headers } = incoming
  const upstream = request(`http://${target}${url}`, { method, headers }, reply => {
    outgoing.writeHead(reply.statusCode ?? 502, reply.headers)
    pipeline(reply, outgoing).catch(() => outgoing.destroy())
  })
  pipeline(incoming, upstream).catch(() => outgoing.destroy())
}

function answer(incoming: IncomingMessage, outgoing: ServerResponse, { status, code, message }: Refusal): void {
  incoming.resume()
  outgoing.writeHead(status, { 'content-type': 'application/json' })
  outgoing.end(JSON.stringify({ errors: [{ code, message }] }))
}
