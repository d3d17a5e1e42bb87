// How the action's own time and memory grow with the number of findings: all that is made of a scanner's report after it was read, compared
// with a baseline of as many. Each number is a process of its own. Times are those of the main thread on a processor, and since machines
// differ, also ratios to reading both reports.
// Run: npm run bench:findings
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judgedImage, manyFindingsReport, RENDERERS } from '../__tests__/fixtures/many-findings.ts'
import { runFacts } from '../__tests__/fixtures/outcome.ts'
import { parseTrivyReport } from '../src/trivy/parse.ts'

const COUNTS = [10, 100, 1_000, 10_000, 100_000]

let largest = 0

const [count, folder] = process.argv.slice(2)
if (folder === undefined) measureAll()
else await measure(Number(count), folder)

function measureAll(): void {
  for (const number of COUNTS) {
    const place = mkdtempSync(join(tmpdir(), 'imgguard-bench-'))
    for (const [name, from] of [['now', number / 2], ['before', 0]] as const)
      writeFileSync(join(place, `${name}.json`), JSON.stringify(manyFindingsReport({ count: number, from })))
    const { stdout, stderr, status } = spawnSync(process.execPath, [import.meta.filename, `${number}`, place], { encoding: 'utf8' })
    rmSync(place, { recursive: true })
    if (status !== 0) throw new Error(stderr)
    process.stdout.write(stdout)
  }
}

/** One number of findings, in this process. */
async function measure(number: number, place: string): Promise<void> {
  const idle = process.memoryUsage().rss
  const times: Record<string, number> = {}
  const timed = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const started = process.threadCpuUsage()
    const result = await work()
    const { user, system } = process.threadCpuUsage(started)
    times[name] = (user + system) / 1000
    return result
  }
  const read = (name: string) => parseTrivyReport(JSON.parse(readFileSync(join(place, `${name}.json`), 'utf8')))
  const [now, before] = [await timed('reading', () => read('now')), await timed('reading too', () => read('before'))]
  const image = await timed('judge', () => judgedImage(now, before))
  const facts = runFacts()
  const file = join(place, 'written')
  for (const [name, render] of Object.entries(RENDERERS))
    await timed(name, async () => {
      const made: unknown = render(image, facts)
      await write(file, typeof made === 'string' || isIterable(made) ? made : JSON.stringify(made))
    })
  const { reading = 0, 'reading too': readingToo = 0, ...own } = times
  const sum = Object.values(own).reduce((a, b) => a + b, 0)
  const peak = process.resourceUsage().maxRSS * 1024
  console.log(
    `${String(number).padStart(7)} findings: own ${ms(sum)}, ${(sum / Math.max(1, reading + readingToo)).toFixed(1)} × reading;`,
    `peak ${mb(peak)}, ${(peak / idle).toFixed(1)} × idle; largest file ${mb(largest)}`
  )
  console.log(`        ${Object.entries(own).map(([name, time]) => `${name} ${ms(time)}`).join(', ')}`)
}

async function write(file: string, text: string | Iterable<string>): Promise<void> {
  await using handle = await open(file, 'w')
  await handle.writeFile(text)
  largest = Math.max(largest, (await stat(file)).size)
}

function isIterable(value: unknown): value is Iterable<string> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value && !Array.isArray(value)
}

function ms(time: number): string {
  return `${time.toFixed(0)} ms`
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
