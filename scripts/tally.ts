/** What Jest writes with --json, as far as it is read here. Format: https://jestjs.io/docs/cli#--json */
export interface JestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  /** Files that failed before or beside their tests. */
  readonly numRuntimeErrorTestSuites: number
  readonly success: boolean
  readonly testResults: readonly {
    /** The file's absolute path. */
    readonly name: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** An entry of __tests__/skips.json: a test that may be skipped. */
export interface Skip {
  /** The test's full name: its groups' names and its own, with blanks between. */
  readonly test: string
  /** `linux`, `darwin`, `win32`, or one of them with ` without root`. */
  readonly platform: string
  readonly reason: string
}

/** The numbers of the last line. A file that could not be run counts as one failed test. */
export function countsOf(report: JestReport): { passed: number; failed: number; skipped: number } {
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites
  // Jest itself knows of failures that belong to no test, such as a global setup.
  const unexplained = failed === 0 && !report.success ? 1 : 0
  return { passed: report.numPassedTests, failed: failed + unexplained, skipped: skippedOf(report).length }
}

/**
 * Why a run is red although no test failed, one sentence each: no test ran, a skipped test is not listed, a listed one was not skipped.
 * @param run.complete false when only some tests were asked for: the others count as skipped then, which is no fault.
 */
export function problemsOf(
  report: JestReport,
  skips: readonly Skip[],
  run: { complete: boolean; platform: string }
): string[] {
  if (report.numPassedTests + report.numFailedTests === 0) return ['No test was run.']
  if (!run.complete) return []
  const skipped = skippedOf(report)
  const listed = skips.filter(skip => skip.platform === run.platform).map(skip => skip.test)
  return [
    ...skipped
      .filter(test => !listed.includes(test))
      .map(test => `Skipped, but not listed in __tests__/skips.json: ${test}`),
    ...listed
      .filter(test => !skipped.includes(test))
      .map(test => `Listed in __tests__/skips.json, but not skipped: ${test}`)
  ]
}

function skippedOf(report: JestReport): string[] {
  return report.testResults
    .flatMap(file => file.assertionResults)
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => fullName)
}
