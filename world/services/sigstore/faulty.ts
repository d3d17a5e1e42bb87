import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { serveWeb, type WebServer } from '../web.ts'

/**
 * What a server behind the faulty door does wrong: it answers with a status (`409`, `429`, `500`, `503`), never (`hangs`), after 3 s (`slow`), with 503
 * on every other request and else as it should (`flaky`).
 */
export type ServerFault = '409' | '429' | '500' | '503' | 'hangs' | 'slow' | 'flaky'

/** A way to a server on which something is wrong. */
export interface FaultyDoor {
  /** The URL that stands for the server's own URL `target`, with that fault. */
  urlOf(fault: ServerFault, target: string): string
  close(): Promise<void>
}

const SLOW_MS = 3000
const PATH = /^\/fault\/([a-z0-9]+)\/(\d+)(\/.*)?$/

/** Starts a web server that passes `/fault/NAME/PORT/…` on to that port of the loopback address, with a fault. */
export async function startFaultyDoor(): Promise<FaultyDoor> {
  const asked = new Map<string, number>()
  const server: WebServer = await serveWeb((request, response) => {
    const [, fault = '', port = '', path = '/'] = PATH.exec(request.url ?? '') ?? []
    const place = `${fault} ${port}`
    const before = asked.get(place) ?? 0
    asked.set(place, before + 1)
    const broken = fault === 'flaky' && before % 2 === 0 ? '503' : fault
    answer(broken, { port, path }, request, response).catch(() => response.destroy())
  })
  return {
    urlOf: (fault, target) => {
      const { port, pathname } = new URL(target)
      return `${server.url}/fault/${fault}/${port}${pathname}`.replace(/\/$/, '')
    },
    close: server.close
  }
}

async function answer(
  fault: string,
  to: { port: string; path: string },
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  if (fault === 'hangs') return
  const status = Number(fault)
  if (status >= 400) {
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`fault ${fault}`)
    return
  }
  if (fault === 'slow') await sleep(SLOW_MS, undefined, { ref: false })
  const { method, headers } = request
  const passed = httpRequest({ host: '127.0.0.1', port: to.port, path: to.path, method, headers }, given => {
    response.writeHead(given.statusCode ?? 502, given.headers)
    given.pipe(response)
  })
  passed.on('error', () => response.destroy())
  request.pipe(passed)
}
