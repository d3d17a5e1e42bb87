import { describe, expect, test } from '@jest/globals'
import { checkSignatureRepository, refuseMissingKey, refuseSeveralPromoted } from '../../../src/flows/prepare.ts'
import type { Subject } from '../../../src/flows/scan/subjects.ts'
import type { Setting } from '../../../src/flows/setting.ts'
import { RegistryError } from '../../../src/image/failures.ts'
import { UserError } from '../../../src/lib/errors.ts'
import { aSetting, type SettingOptions } from '../../fixtures/setting.ts'

const TOKEN = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://actions.example/?x=1', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' }

async function refusal(options: SettingOptions, env: Setting['env'] = {}): Promise<Error | undefined> {
  await using test = await aSetting(options)
  try {
    refuseMissingKey({ ...test.setting, env: { ...test.setting.env, ...env } })
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return error as UserError
  }
}

describe('on an event that signs', () => {
  test('no key is an error that names the ways out', async () => {
    const { message } = (await refusal({ hasKey: false })) ?? {}
    expect(message).toMatch(/^cosign-key is empty, and push is in sign-on;/)
    for (const way of ['secrets.COSIGN_PRIVATE_KEY', 'keyless: true', 'sign: never']) expect(message).toContain(way)
  })

  test('keyless without the permission is one, with it none', async () => {
    const inputs = { keyless: 'true' }
    expect((await refusal({ inputs }))?.message).toMatch(/permissions: id-token: write/)
    expect(await refusal({ inputs }, TOKEN)).toBeUndefined()
  })
})

describe('nothing is refused', () => {
  test.each<[string, SettingOptions]>([
    ['with sign: never', { hasKey: false, inputs: { sign: 'never' } }],
    ['on a pull request', { hasKey: false, event: 'pull_request' }],
    ['for keyless on a pull request', { event: 'pull_request', inputs: { keyless: 'true' } }],
    ['for an image that is in no registry', { hasKey: false, inputs: { image: 'oci-layout:out' } }],
    ['for keyless and such an image', { inputs: { image: 'oci-layout:out', keyless: 'true' } }]
  ])('%s', async (_, options) => {
    expect(await refusal(options)).toBeUndefined()
  })
})

describe('promote', () => {
  const [one, other] = [{ digest: 'a' }, { digest: 'b' }] as unknown as [Subject, Subject]

  test('needs one image, and says so before anything is scanned', async () => {
    await using test = await aSetting({ inputs: { promote: 'latest' } })
    expect(() => refuseSeveralPromoted(test.setting, [one, other])).toThrow('promote needs exactly one image')
    refuseSeveralPromoted(test.setting, [one])
  })

  test('says nothing where nothing would be promoted', async () => {
    await using test = await aSetting({ event: 'pull_request', inputs: { promote: 'latest' } })
    refuseSeveralPromoted(test.setting, [one, other])
  })
})

describe('signature-repository', () => {
  const subjects = [{ digest: `sha256:${'a'.repeat(64)}` }] as unknown as Subject[]
  const inputs = { 'cosign-key': 'hashivault://k', 'signature-repository': 'ghcr.io/acme/signatures' }
  const failing = (error: Error) => ({ referrers: () => Promise.reject(error) })

  test('that does not answer is told before anything is scanned, by its name', async () => {
    await using test = await aSetting({ inputs })
    const gone = new RegistryError('ghcr.io cannot be reached: ENOTFOUND', {})
    await expect(checkSignatureRepository(test.setting, failing(gone), subjects)).rejects.toThrow(
      'signature-repository ghcr.io/acme/signatures cannot be used: ghcr.io cannot be reached'
    )
  })

  test('that answers that nothing may be read yet is not refused', async () => {
    await using test = await aSetting({ inputs })
    const denied = new RegistryError('denied', { status: 403 })
    await checkSignatureRepository(test.setting, failing(denied), subjects)
  })
})
