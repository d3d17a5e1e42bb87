import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server of this process. */
export interface WebServer {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string
  /** Ends it at once; requests that hang are dropped. */
  close(): Promise<void>
}

/** Answers requests on a free port of the loopback address. */
export async function serveWeb(listener: RequestListener): Promise<WebServer> {
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return { url, close }
}

/** A request's whole body. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
