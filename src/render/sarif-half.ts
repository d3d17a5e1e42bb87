import type { Log, Run } from 'sarif'

/**
 * A log of ours with the less severe half of each run's results left out, for a server that takes less than GitHub says.
 * @returns also how many results were left out; 0 where no run has more than one.
 */
export function halve(log: Log): { readonly log: Log; readonly leftOut: number } {
  const runs = log.runs.map(halveRun)
  return { log: { ...log, runs }, leftOut: countResults(log.runs) - countResults(runs) }
}

/** Results stand most severe first, and each has the rule of the same number (`sarifRun`). */
function halveRun(run: Run): Run {
  const { results = [] } = run
  const kept = Math.ceil(results.length / 2)
  const { driver } = run.tool
  const rules = (driver.rules ?? []).slice(0, kept)
  return { ...run, tool: { ...run.tool, driver: { ...driver, rules } }, results: results.slice(0, kept) }
}

function countResults(runs: readonly Run[]): number {
  return runs.reduce((sum, { results = [] }) => sum + results.length, 0)
}
