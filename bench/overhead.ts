// Each action's own share on the image `clean`: wall time less the time in which a child ran or GitHub was waited for, and what starting
// costs over a bare node. Prints medians and, since machines differ, each also as a ratio to a bare node's start in the same run.
// Run: npm run bench
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../world/folders.ts'
import { pushImage } from '../world/images/images.ts'
import { eventOf } from '../world/runner/events.ts'
import { inputsOfWorld } from '../world/runner/inputs.ts'
import { runStep } from '../world/runner/runner.ts'
import { startWorld } from '../world/world.ts'

const RUNS = 7

/** Milliseconds of one step. */
interface Times {
  readonly wall: number
  /** In which a child ran or GitHub was waited for. */
  readonly busy: number
}

const { world, folder, close } = await startWorld()
try {
  const bare = times(['-e', '0'])
  row('bare node', bare, bare)
  row('start-up over bare node', difference(times([join(ROOT, 'dist/main.js')]), bare), bare)
  const signed: string[] = []
  const main: Times[] = []
  const verify: Times[] = []
  for (let run = 0; run < RUNS + 1; run++) {
    const image = await imageOf(run)
    signed.push(image)
    main.push(await scanAndSign(image))
  }
  for (const image of signed) verify.push(await verified(image))
  rows('', main, bare)
  rows('verify/: ', verify, bare)
} finally {
  await close()
}

function imageOf(run: number): Promise<string> {
  const { tools, registry } = world
  return pushImage({ crane: tools.crane, registry, name: 'clean', repository: `bench/run-${run}` })
}

async function scanAndSign(image: string): Promise<Times> {
  const { keys } = world
  return step(ROOT, {
    ...inputsOfWorld(world, 'main'),
    image,
    'cosign-key': await readFile(keys.private, 'utf8'),
    'cosign-password': await readFile(keys.password, 'utf8'),
    'transparency-log': 'false'
  })
}

async function verified(image: string): Promise<Times> {
  const key = await readFile(world.keys.public, 'utf8')
  return step(join(ROOT, 'verify'), { ...inputsOfWorld(world, 'verify'), image, key })
}

async function step(action: string, inputs: Readonly<Record<string, string>>): Promise<Times> {
  const place = await mkdtemp(join(folder, 'bench-'))
  const file = join(place, 'times.json')
  const result = await runStep({
    event: eventOf('push', { repository: 'acme/app' }),
    github: world.github,
    folder: place,
    toolCache: folder,
    env: { BENCH_FILE: file, NODE_OPTIONS: `--import=${pathToFileURL(join(ROOT, 'bench/record.mjs')).href}` },
    action,
    inputs
  })
  if (result.exitCode !== 0) throw new Error(result.masked)
  return JSON.parse(await readFile(file, 'utf8')) as Times
}

/** Milliseconds of each of several starts without any input. */
function times(args: readonly string[]): number[] {
  return Array.from({ length: RUNS }, () => {
    const started = performance.now()
    spawnSync(process.execPath, args, { env: {} })
    return performance.now() - started
  })
}

function difference(values: readonly number[], from: readonly number[]): number[] {
  return values.map(value => value - median(from))
}

function rows(action: string, steps: readonly Times[], bare: readonly number[]): void {
  const counted = steps.slice(1) // The first fills the tool cache.
  const wall = counted.map(time => time.wall)
  const busy = counted.map(time => time.busy)
  row(`${action}whole step`, wall, bare)
  row(`${action}children and GitHub`, busy, bare)
  row(`${action}own share`, counted.map(time => time.wall - time.busy), bare)
}

function row(name: string, values: readonly number[], bare: readonly number[]): void {
  const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)]
  const ratio = (middle / median(bare)).toFixed(1)
  const columns = [low, middle, high].map(value => `${value.toFixed(0)} ms`.padStart(9)).join('')
  console.log(`${name.padEnd(30)} ${columns}   ${ratio} × bare node`)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
