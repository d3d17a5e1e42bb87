import { describe, expect, test } from '@jest/globals'
import { refuseMissingKey } from '../../../src/flows/prepare.ts'
import type { Setting } from '../../../src/flows/setting.ts'
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
