import { describe, expect, test } from '@jest/globals'
import { explain } from '../../../src/github/advice.ts'

/** As octokit throws it. */
function refused(status: number, message: string, errors?: unknown[]): Error {
  const error = new Error(`${message} - https://docs.github.com/rest`)
  return Object.assign(error, {
    status,
    response: { status, headers: {}, data: { message, ...(errors ? { errors } : {}) } }
  })
}

describe('explain', () => {
  test('names the permission of a comment', () => {
    expect(explain(refused(403, 'Resource not accessible by integration'), 'comment')).toEqual({
      reason: 'the token lacks the permission "pull-requests: write" (GitHub: Resource not accessible by integration)',
      remedy: 'permissions:\n  pull-requests: write'
    })
  })

  test('names the permission of an upload', () => {
    expect(explain(refused(403, 'Resource not accessible by integration'), 'code scanning').remedy).toBe(
      'permissions:\n  security-events: write'
    )
  })

  test("does not advise what a fork's token cannot have", () => {
    expect(explain(refused(403, 'Resource not accessible by integration'), 'comment', { fromFork: true })).toEqual({
      reason: 'the token of a pull request from a fork may only read (GitHub: Resource not accessible by integration)'
    })
  })

  test.each([
    'Advanced Security must be enabled for this repository to use code scanning.',
    'Code Security must be enabled for this repository to use code scanning.',
    'GitHub Code Security or GitHub Advanced Security must be enabled for this repository to use code scanning',
    'Code scanning is not enabled for this repository. Please enable code scanning in the repository settings.',
    'repository not enabled for code scanning'
  ])('recognises "%s"', message => {
    const { reason, remedy } = explain(refused(403, message), 'code scanning')
    expect(reason).toMatch(/^code scanning is not enabled for this repository \(GitHub: /)
    expect(remedy).toContain('code-scanning: never')
  })

  test.each([
    [403, 'API rate limit exceeded for installation ID 1.', 'GitHub limits how often this token may ask'],
    [429, 'You have exceeded a secondary rate limit', 'GitHub limits how often this token may ask'],
    [403, 'Unable to create comment because issue is locked', 'the conversation of the pull request is locked'],
    [403, 'Repository was archived so is read-only.', 'the repository is archived'],
    [404, "ref 'refs/heads/gone' not found in this repository", 'the branch or tag is no longer there'],
    [422, 'commit not found', 'GitHub does not have this commit'],
    [401, 'Bad credentials', 'the token is not valid'],
    [404, 'Not Found', 'GitHub shows this token nothing under the address of the SARIF upload'],
    [413, 'Payload Too Large', 'the SARIF upload is too large'],
    [400, 'Invalid SARIF', 'GitHub did not take the SARIF upload'],
    [503, 'Service unavailable', 'GitHub is not available']
  ])('%i %s', (status, message, reason) => {
    expect(explain(refused(status, message), 'code scanning').reason).toBe(
      `${reason} (GitHub: ${message.replace(/\.$/, '')})`
    )
  })

  test('tells the details of a validation', () => {
    const details = [{ code: 'custom', field: 'body', message: 'Body is too long (maximum is 65536 characters)' }]
    expect(explain(refused(422, 'Validation Failed', details), 'comment').reason).toBe(
      'the comment is too long for this server (GitHub: Validation Failed: Body is too long (maximum is 65536 characters))'
    )
  })

  test('says that GitHub did not answer, without the machine’s words for it', () => {
    const error = Object.assign(new Error('The operation was aborted due to timeout'), { status: 408 })
    expect(explain(error, 'comment')).toEqual({ reason: 'GitHub did not answer in time' })
  })

  test('keeps a long or many-lined message to one bounded line', () => {
    const { reason } = explain(refused(422, `one\ntwo ${'x'.repeat(5000)}`), 'comment')
    expect(reason).toMatch(/^GitHub did not take the comment \(GitHub: one two x+…\)$/)
    expect(reason.length).toBeLessThan(400)
  })

  test('does not repeat a page of HTML that a proxy answered', () => {
    const error = Object.assign(new Error('<html>'), { status: 502, response: { data: '<html>bad gateway</html>' } })
    expect(explain(error, 'comment').reason).toBe('GitHub is not available')
  })

  test('takes anything that was thrown', () => {
    expect(explain('boom', 'comment').reason).toBe('GitHub did not take the comment (GitHub: boom)')
  })
})
