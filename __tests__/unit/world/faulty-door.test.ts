import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type FaultyDoor, startFaultyDoor } from '../../../world/services/sigstore/faulty.ts'
import { bodyOf, serveWeb, type WebServer } from '../../../world/services/web.ts'

let door: FaultyDoor
let server: WebServer

beforeAll(async () => {
  door = await startFaultyDoor()
  server = await serveWeb(async (request, response) => {
    const body = await bodyOf(request)
    response.writeHead(201).end(`${request.method} ${request.url} ${body}`)
  })
})

afterAll(() => Promise.all([door.close(), server.close()]))

describe('the faulty door', () => {
  test('answers with the status in the place of the server, under each of its paths', async () => {
    const url = door.urlOf('503', server.url)
    expect((await fetch(`${url}/api/v2/log/entries`, { method: 'POST', body: '{}' })).status).toBe(503)
  })

  test('a flaky one refuses every other request, and else passes it on', async () => {
    const url = door.urlOf('flaky', `${server.url}/api/v1/timestamp`)
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(503)
    const passed = await fetch(url, { method: 'POST', body: 'x' })
    expect(passed.status).toBe(201)
    expect(await passed.text()).toBe('POST /api/v1/timestamp x')
  })

  test('a hanging one does not answer', async () => {
    const waiting = fetch(door.urlOf('hangs', server.url), { signal: AbortSignal.timeout(200) })
    await expect(waiting).rejects.toThrow('timeout')
  })
})
