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
type Headers = Readonly<Record<string, string>>
type Answer =
  | { readonly status: number; readonly headers?: Headers }
  | { readonly change: (body: Buffer) => { readonly body: Buffer; readonly headers?: Headers } }

const FAULTS: Readonly<Partial<Record<Tampering, Fault>>> = {
  'manifest tampered': (method, path) =>
    method === 'GET' && /\/manifests\/sha256:/.test(path)
      ? { change: body => ({ body: Buffer.concat([body, Buffer.from(' ')]) }) }
      : undefined,
  'list of referrers answers 500': (_, path) => (path.includes('/referrers/') ? { status: 500 } : undefined),
  'list of referrers comes in pages of one': (_, path) =>
    path.includes('/referrers/') ? { change: body => pageOf(body, path) } : undefined,
  'registry wants a login': () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="world"' } })
}

/** As a registry with a Referrers API may answer. Source: OCI distribution-spec, "Listing Referrers" */
function pageOf(list: Buffer, path: string): { body: Buffer; headers: Headers } {
  const { pathname, searchParams } = new URL(path, 'http://registry')
  const page = Number(searchParams.get('page') ?? 0)
  const { manifests, ...index } = JSON.parse(list.toString('utf8')) as { manifests: { digest: string }[] }
  // The registry behind lists them in another order each time.
  const sorted = manifests.toSorted((a, b) => a.digest.localeCompare(b.digest))
  const body = Buffer.from(JSON.stringify({ ...index, manifests: sorted.slice(page, page + 1) }))
  const isLast = page + 1 >= sorted.length
  return { body, headers: isLast ? {} : { link: `<${pathname}?page=${page + 1}>; rel="next"` } }
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
      const whole = Buffer.concat(chunks)
      const { body, headers: changed = {} } = answer === undefined ? { body: whole } : answer.change(whole)
      const { 'content-length': length, ...others } = response.headers
      const size = method === 'HEAD' ? { 'content-length': length } : { 'content-length': body.length }
      outgoing.writeHead(response.statusCode ?? 502, { ...others, ...changed, ...size }).end(body)
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
