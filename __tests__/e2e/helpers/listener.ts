import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that a listener got. */
export interface HeardRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** A web server of a test's own that keeps what it was asked. */
export interface Listener {
  /** `127.0.0.1:PORT`, as it stands in a reference. */
  readonly host: string
  /** Base URL, with a slash at its end. */
  readonly url: string
  /** In the order in which they came. */
  readonly requests: readonly HeardRequest[]
  close(): Promise<void>
}

/**
 * Starts one on a free port of the loopback address.
 * @param answer what it says to every request; one that never answers hangs until the listener is closed. 404 where absent.
 */
export async function startListener(answer: RequestListener = notFound): Promise<Listener> {
  const requests: HeardRequest[] = []
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers })
    answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return { host, url: `http://${host}/`, requests, close }
}

const notFound: RequestListener = (_, response) => {
  response.writeHead(404).end()
}
