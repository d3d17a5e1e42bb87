import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What the tools mirror can do wrong: the status 404 or 500, `truncated` (the connection ends in the middle of the announced length), `short`
 * (half the file, consistently announced), `flipped` (one bit of the first byte differs), `slow` (a pause of two seconds before the body).
 */
export type Fault = (typeof FAULTS)[number]

/** Every fault's name, as it stands in the path: `/fault/NAME/ASSET`. */
export const FAULTS = ['404', '500', 'truncated', 'short', 'flipped', 'slow'] as const

const SLOW_MS = 2000

/** Answers with a fault. Without a path the answer is 404. */
export async function sendWithFault(fault: Fault, path: string | undefined, response: ServerResponse): Promise<void> {
  if (path === undefined || fault === '404' || fault === '500') {
    response.writeHead(fault === '500' ? 500 : 404).end()
    return
  }
  const { size } = await stat(path)
  const half = Math.floor(size / 2)
  switch (fault) {
    case 'truncated':
      response.writeHead(200, { 'content-length': size })
      await pipeline(createReadStream(path, { end: half - 1 }), response, { end: false })
      response.destroy()
      return
    case 'short':
      response.writeHead(200, { 'content-length': half })
      return pipeline(createReadStream(path, { end: half - 1 }), response)
    case 'flipped':
      response.writeHead(200, { 'content-length': size })
      return pipeline(createReadStream(path), flipFirstBit, response)
    case 'slow':
      response.writeHead(200, { 'content-length': size })
      response.flushHeaders()
      await sleep(SLOW_MS)
      return pipeline(createReadStream(path), response)
  }
}

async function* flipFirstBit(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true
  for await (const chunk of source) {
    if (first) chunk[0] = (chunk[0] ?? 0) ^ 1
    first = false
    yield chunk
  }
}
