import { describe, expect, test } from '@jest/globals'
import { countsOf, type JestReport, problemsOf } from '../../../scripts/tally.ts'

function report(statuses: Record<string, string>, overrides: Partial<JestReport> = {}): JestReport {
  const tests = Object.entries(statuses).map(([fullName, status]) => ({ fullName, status }))
  const count = (status: string) => tests.filter(one => one.status === status).length
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numRuntimeErrorTestSuites: 0,
    success: count('failed') === 0,
    testResults: [{ name: '/a.test.ts', assertionResults: tests }],
    ...overrides
  }
}

const complete = { complete: true, platform: 'linux' }

describe('the last line of npm test', () => {
  test('counts todo and skipped alike, and a file that could not be run as failed', () => {
    const broken = report({ a: 'passed', b: 'failed', c: 'todo', d: 'pending' }, { numRuntimeErrorTestSuites: 1 })
    expect(countsOf(broken)).toEqual({ passed: 1, failed: 2, skipped: 2 })
  })

  test('counts a failure that belongs to no test', () => {
    expect(countsOf(report({ a: 'passed' }, { success: false }))).toMatchObject({ failed: 1 })
  })
})

describe('problemsOf', () => {
  test('a skipped test must be listed for this platform', () => {
    const skip = { test: 'b', platform: 'linux', reason: 'needs a daemon' }
    const run = report({ a: 'passed', b: 'pending' })
    expect(problemsOf(run, [skip], complete)).toEqual([])
    expect(problemsOf(run, [{ ...skip, platform: 'darwin' }], complete)).toHaveLength(1)
    expect(problemsOf(run, [], { ...complete, complete: false })).toEqual([])
  })

  test('a listed test must be skipped', () => {
    const skip = { test: 'a', platform: 'linux', reason: 'x' }
    expect(problemsOf(report({ a: 'passed' }), [skip], complete)).toHaveLength(1)
  })

  test('no test at all is a problem', () => {
    expect(problemsOf(report({}), [], complete)).toEqual(['No test was run.'])
  })
})
