import { describe, expect, test } from '@jest/globals'
import { idTokenVariables } from '../../../world/runner/credentials.ts'
import { runnerVariables } from '../../../world/runner/environment.ts'
import { eventOf } from '../../../world/runner/events.ts'
import { claimsOf } from '../../../world/services/sigstore/claims.ts'
import type { World } from '../../../world/world.ts'

const oidc = { requestUrl: 'http://127.0.0.1:5/token?api-version=2.0', requestToken: 't', issuer: 'http://127.0.0.1:5' }
const world = { sigstore: { oidc } } as unknown as Pick<World, 'sigstore'>
const folders = { home: '', workspace: '', temp: '', toolCache: '', files: '' }

describe('idTokenVariables', () => {
  test('lead to a token that says of the run what its variables say', () => {
    const event = eventOf('release', { repository: 'acme/other', tag: 'v2', visibility: 'private', actor: 'mona' })
    const variables = runnerVariables(event, { apiUrl: '', serverUrl: '' }, folders)
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = idTokenVariables(
      world,
      event
    )
    expect(token).toBe('t')
    expect(claimsOf(new URL(url).searchParams, 0)).toMatchObject({
      repository: variables['GITHUB_REPOSITORY'],
      repository_id: variables['GITHUB_REPOSITORY_ID'],
      repository_owner_id: variables['GITHUB_REPOSITORY_OWNER_ID'],
      repository_visibility: 'private',
      ref: variables['GITHUB_REF'],
      ref_type: 'tag',
      sha: variables['GITHUB_SHA'],
      event_name: variables['GITHUB_EVENT_NAME'],
      run_id: variables['GITHUB_RUN_ID'],
      actor: 'mona',
      workflow: variables['GITHUB_WORKFLOW'],
      workflow_ref: variables['GITHUB_WORKFLOW_REF'],
      job_workflow_ref: variables['GITHUB_WORKFLOW_REF']
    })
  })

  test('take other claims and faults', () => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '' } = idTokenVariables(world, eventOf('push'), {
      repository: 'mallory/app',
      fault: '401'
    })
    const { searchParams } = new URL(url)
    expect(searchParams.getAll('repository')).toEqual(['mallory/app'])
    expect(searchParams.get('fault')).toBe('401')
  })
})
