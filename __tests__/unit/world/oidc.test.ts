import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type OidcIssuer, startOidc } from '../../../world/services/oidc.ts'

let issuer: OidcIssuer

beforeAll(async () => {
  issuer = await startOidc()
})

afterAll(() => issuer.close())

function ask(parameters: string, token = issuer.requestToken): Promise<Response> {
  return fetch(`${issuer.requestUrl}${parameters}`, { headers: { authorization: `bearer ${token}` } })
}

async function tokenFor(parameters: string): Promise<string> {
  const { value } = (await (await ask(parameters)).json()) as { value: string }
  return value
}

async function claimsFor(parameters: string): Promise<Record<string, unknown>> {
  const [, claims = ''] = (await tokenFor(parameters)).split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString())
}

describe('the OIDC stand-in', () => {
  test('answers with a token that its published key verifies', async () => {
    const configuration = await (await fetch(`${issuer.issuer}/.well-known/openid-configuration`)).json()
    const { jwks_uri: keysUrl } = configuration as { jwks_uri: string }
    const { keys } = (await (await fetch(keysUrl)).json()) as { keys: JsonWebKey[] }
    const [header = '', claims = '', signature = ''] = (await tokenFor('&audience=sigstore')).split('.')
    const key = createPublicKey({ key: keys[0] ?? {}, format: 'jwk' })
    const signed = (text: string) => verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'base64url'))
    expect(signed(`${header}.${claims}`)).toBe(true)
    expect(signed(`${header}.${claims}x`)).toBe(false)
    expect(configuration).toMatchObject({ issuer: issuer.issuer })
  })

  test('describes the run that is asked for as GitHub does', async () => {
    const asked = '&repository=acme/other&workflow=release.yml&ref=refs/tags/v1&event_name=release&audience=sigstore'
    expect(await claimsFor(asked)).toMatchObject({
      iss: issuer.issuer,
      aud: 'sigstore',
      sub: 'repo:acme/other:ref:refs/tags/v1',
      repository: 'acme/other',
      repository_owner: 'acme',
      ref: 'refs/tags/v1',
      ref_type: 'tag',
      event_name: 'release',
      workflow: 'release',
      workflow_ref: 'acme/other/.github/workflows/release.yml@refs/tags/v1',
      job_workflow_ref: 'acme/other/.github/workflows/release.yml@refs/tags/v1'
    })
  })

  test('takes any claim by its name, and the subject of an environment and of a pull request', async () => {
    const reusable = 'acme/workflows/.github/workflows/sign.yml@refs/heads/main'
    expect(await claimsFor(`&job_workflow_ref=${reusable}`)).toMatchObject({ job_workflow_ref: reusable })
    expect(await claimsFor('&environment=production')).toMatchObject({ sub: 'repo:acme/app:environment:production' })
    expect(await claimsFor('&event_name=pull_request')).toMatchObject({ sub: 'repo:acme/app:pull_request' })
  })

  test('names the owner where no audience is asked for, and no claim for what is no claim', async () => {
    const claims = await claimsFor('')
    expect(claims['aud']).toBe('https://github.com/acme')
    expect(claims).not.toHaveProperty('api-version')
  })

  test('refuses another request token', async () => {
    expect((await ask('&audience=sigstore', 'wrong')).status).toBe(401)
  })

  test('makes the faults that are asked for', async () => {
    expect((await ask('&fault=500')).status).toBe(500)
    expect((await ask('&fault=401')).status).toBe(401)
    expect(await (await ask('&fault=malformed')).text()).toBe('<html>')
    expect(await (await ask('&fault=empty')).json()).toEqual({ count: 0 })
    expect((await claimsFor('&fault=expired'))['exp']).toBeLessThan(Date.now() / 1000)
    const hanging = fetch(`${issuer.requestUrl}&fault=hangs`, { signal: AbortSignal.timeout(200) })
    await expect(hanging).rejects.toThrow('timeout')
  })
})
