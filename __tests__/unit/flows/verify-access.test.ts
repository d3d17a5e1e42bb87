import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { accessTo } from '../../../src/flows/verify/access.ts'
import { collectImages } from '../../../src/flows/verify/asked.ts'
import { OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { parseReference } from '../../../src/image/reference.ts'
import { type FakeRegistry, startFakeRegistry } from '../../fixtures/fake-registry.ts'
import { aVerifySetting } from '../../fixtures/verify-setting.ts'

const LOGIN = { username: 'me', password: 'pass-word-of-the-inputs' }

let ours: FakeRegistry
let theirs: FakeRegistry
beforeEach(async () => {
  ours = await startFakeRegistry({ scheme: 'basic', ...LOGIN })
  theirs = await startFakeRegistry({ scheme: 'basic', username: 'x', password: 'y' })
  ours.manifest({ config: {}, layers: [] }, OCI_MANIFEST, '1')
})
afterEach(() => Promise.all([ours.close(), theirs.close()]))

test('the login of the inputs goes to the registry of image, and never to one that only a Dockerfile names', async () => {
  await using given = await aVerifySetting({
    inputs: {
      image: `${ours.host}/acme/app:1`,
      dockerfile: 'Dockerfile',
      'registry-username': LOGIN.username,
      'registry-password': LOGIN.password
    },
    files: { Dockerfile: `# syntax=${theirs.host}/acme/frontend\nFROM ${theirs.host}/acme/app:1\n` }
  })
  const { images } = await collectImages(given.setting)
  const candidates = images.flatMap(asked => ('reference' in asked ? [{ asked }] : []))
  expect(candidates).toHaveLength(3)
  const { registry, environment } = await accessTo(given.setting, candidates, [])

  await expect(registry.digestOf(parseReference(`${ours.host}/acme/app:1`))).resolves.toMatch(/^sha256:/)
  await expect(registry.digestOf(parseReference(`${theirs.host}/acme/app:1`))).rejects.toThrow()
  expect(theirs.requests).not.toEqual([])
  expect([...theirs.authorizations.values()].filter(Boolean)).toEqual([])
  const [withoutLogin, withLogin] = [theirs, ours].map(({ host }) => environment('/home', host)['DOCKER_CONFIG'])
  expect(withoutLogin).toBe(environment('/home')['DOCKER_CONFIG'])
  expect(withLogin).not.toBe(withoutLogin)
})
