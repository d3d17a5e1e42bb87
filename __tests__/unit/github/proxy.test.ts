import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'

test('goes through the proxy that the runner names', async () => {
  const seen: string[] = []
  const proxy = createServer()
  proxy.on('connect', (request, socket) => {
    seen.push(`${request.method} ${request.url}`)
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  process.env['https_proxy'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  process.env['GITHUB_API_URL'] = 'https://github.example.test/api/v3'

  // Only now: the toolkit chooses the proxy when it is loaded.
  const { createClient } = await import('../../../src/github/client.ts')
  const client = createClient({
    token: 't',
    repository: { owner: 'acme', name: 'app' },
    apiUrl: 'https://github.example.test/api/v3',
    version: '0.0.0',
    retryUnitMs: 1
  })
  await expect(client.createComment(7, 'x')).rejects.toThrow()
  proxy.close()

  expect(seen).toEqual(['CONNECT github.example.test:443'])
})
