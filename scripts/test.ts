// `npm test`: prepares the tools, runs all tests, and says as its last line `N passed, N failed, N skipped`. Arguments go to Jest.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../src/lib/errors.ts'
import { ROOT, temporaryFolder } from '../world/folders.ts'
import { mayMount } from '../world/images/mounts.ts'
import { provideBuildPrograms } from '../world/images/programs.ts'
import { findBrowser } from '../world/toolchain/browser.ts'
import { say } from '../world/toolchain/progress.ts'
import { tool } from '../world/toolchain/tools.ts'
import { countsOf, type JestReport, problemsOf, type Skip } from './tally.ts'

const TOOLS = [
  'cosign',
  'trivy',
  'crane',
  'registry',
  'distribution',
  'database',
  'rekor',
  'fulcio',
  'timestamp',
  'ct-log',
  'actionlint'
] as const

async function prepareTools(): Promise<void> {
  for (const name of TOOLS) await tool(name)
  await findBrowser()
  if (!mayMount()) return
  for (const name of ['buildkitd', 'buildctl'] as const) await tool(name)
  await provideBuildPrograms()
}

/** Runs Jest with its own output shown, and returns its report; none where it did not come so far. */
async function runJest(args: readonly string[]): Promise<JestReport | undefined> {
  const file = join(await temporaryFolder(), 'report.json')
  const node = [
    '--experimental-vm-modules',
    '--no-warnings=ExperimentalWarning',
    join(ROOT, 'node_modules/jest/bin/jest.js')
  ]
  const child = spawn(process.execPath, [...node, '--json', `--outputFile=${file}`, ...args], {
    cwd: ROOT,
    stdio: ['inherit', 'ignore', 'inherit']
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  await once(child, 'exit')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as JestReport)
}

async function main(args: readonly string[]): Promise<boolean> {
  await prepareTools()
  const report = await runJest(args)
  if (report === undefined) throw new Error('Jest did not finish.')
  const skips = JSON.parse(await readFile(join(ROOT, '__tests__/skips.json'), 'utf8')) as Skip[]
  const { passed, failed, skipped } = countsOf(report)
  const problems = problemsOf(report, skips, { complete: args.length === 0, platform: platform() })
  for (const problem of problems) say(problem)
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  return failed === 0 && problems.length === 0
}

/** `linux`, `darwin`, `win32`, with ` without root` where that matters: also for root who may not mount, as in an unprivileged container. */
function platform(): string {
  return mayMount() || process.platform === 'win32' ? process.platform : `${process.platform} without root`
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  say(messageOf(error))
  process.stdout.write('0 passed, 1 failed, 0 skipped\n')
  process.exitCode = 1
}
