import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { identityOfToken } from '../../../src/cosign/identity.ts'

const part = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url')
const token = (claims: unknown) => [part({ alg: 'RS256' }), part(claims), 'signature'].join('.')
const WORKFLOW = 'acme/app/.github/workflows/release.yml@refs/heads/main'

describe('the identity of a token', () => {
  test.each([
    ['https://token.actions.githubusercontent.com', 'https://github.com'],
    ['https://ghes.acme.example/_services/token', 'https://ghes.acme.example'],
    ['https://token.actions.acme.ghe.com', 'https://acme.ghe.com'],
    ['http://127.0.0.1:7101', 'https://github.com']
  ])('by %s is a workflow on %s', (iss, server) => {
    expect(identityOfToken(token({ iss, job_workflow_ref: WORKFLOW }))).toEqual({
      identity: `${server}/${WORKFLOW}`,
      issuer: iss
    })
  })

  test('is the called workflow, not the calling one', () => {
    const called = 'acme/shared/.github/workflows/sign.yml@refs/tags/v2'
    const claims = {
      iss: 'https://token.actions.githubusercontent.com',
      workflow_ref: WORKFLOW,
      job_workflow_ref: called
    }
    expect(identityOfToken(token(claims)).identity).toBe(`https://github.com/${called}`)
  })
})

test('anything else is an error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.jsonValue().map(token)), jwt => {
      expect(() => identityOfToken(jwt)).toThrow()
    })
  )
})
