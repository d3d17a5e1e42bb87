import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import { type FakeRegistry, startFakeRegistry } from '../../fixtures/fake-registry.ts'

let fake: FakeRegistry
beforeAll(async () => {
  fake = await startFakeRegistry({ scheme: 'bearer', username: 'u', password: 'p' })
})
afterAll(() => fake.close())

test('an impatient registry logs in, and takes the first refusal for an answer', async () => {
  const waits: number[] = []
  const { impatient } = createRegistry({
    credentials: () => ({ username: 'u', password: 'p' }),
    timeoutMs: 5000,
    wait: async milliseconds => void waits.push(milliseconds)
  })
  const { digest } = fake.manifest({ schemaVersion: 2 }, OCI_MANIFEST, '12')
  const reference = { registry: fake.host, repository: 'acme/app', tag: '12' }
  expect(await impatient.digestOf(reference)).toBe(digest)

  fake.requests.length = 0
  fake.intercept = (_, response) => {
    response.writeHead(429, { 'retry-after': '30' }).end()
    return true
  }
  await expect(impatient.impatient.digestOf(reference)).rejects.toMatchObject({ status: 429 })
  expect(fake.requests).toEqual(['HEAD /v2/acme/app/manifests/12'])
  expect(waits).toEqual([])
})
