import { createServer, request } from 'node:http'
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

/** Hands every request on to `target`, `127.0.0.1:PORT`, as it is. */
export async function startProxy(target: string): Promise<RegistryProxy> {
  const requests: PassedRequest[] = []
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming
    requests.push({ method, path: url.split('?')[0] ?? '' })
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
