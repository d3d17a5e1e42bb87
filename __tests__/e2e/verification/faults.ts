import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Tampering } from './cases.ts'

/** Something between the reader and a registry that spoils what it answers. */
export interface FaultyRegistry {
  /** `127.0.0.1:PORT`, as it stands in a reference. */
  readonly host: string
  close(): Promise<void>
}

/** What is answered in place of the registry, or what its answer is changed to; undefined leaves the request alone. */
type Fault = (method: string, path: string) => Answer | undefined
type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly change: (body: Buffer) => Buffer }

const FAULTS: Readonly<Partial<Record<Tampering, Fault>>> = {
  'manifest tampered': (method, path) =>
    method === 'GET' && /\/manifests\/sha256:/.test(path)
      ? { change: body => Buffer.concat([body, Buffer.from(' ')]) }
      : undefined,
  'list of referrers answers 500': (_, path) => (path.includes('/referrers/') ? { status: 500 } : undefined),
  'registry wants a login': () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="world"' } })
}

/** Whether this is done on the way to the registry, not in it. */
export function isFault(tampering: Tampering | undefined): tampering is Tampering {
  return tampering === 'registry is down' || (tampering !== undefined && FAULTS[tampering] !== undefined)
}

/** Starts one in front of `target`, `127.0.0.1:PORT`. For a registry that is down nothing listens at its address. */
export async function startFaultyRegistry(tampering: Tampering, target: string): Promise<FaultyRegistry> {
  const fault = FAULTS[tampering]
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming
    const answer = fault?.(method, url)
    if (answer !== undefined && 'status' in answer) return void outgoing.writeHead(answer.status, answer.headers).end()
    const upstream = request(`http://${target}${url}`, { method, headers }, async response => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      const body = answer === undefined ? Buffer.concat(chunks) : answer.change(Buffer.concat(chunks))
      const { 'content-length': length, ...others } = response.headers
      const size = method === 'HEAD' ? { 'content-length': length } : { 'content-length': body.length }
      outgoing.writeHead(response.statusCode ?? 502, { ...others, ...size }).end(body)
    })
    incoming.pipe(upstream).on('error', () => outgoing.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  if (fault !== undefined) return { host, close }
  await close()
  return { host, close: () => Promise.resolve() }
}
