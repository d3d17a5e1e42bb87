// The step's own share on the image `clean`: wall time less the time in which a child ran or GitHub was waited for, and what starting
// costs over a bare node. Prints medians and, since machines differ, each also as a ratio to a bare node's start in the same run.
// Run: node_modules/.bin/node bench/overhead.ts
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { eventOf } from '../world/runner/events.ts'
import { pushImage } from '../world/images/images.ts'
import { ROOT } from '../world/folders.ts'
import { inputsOfWorld } from '../world/runner/inputs.ts'
import { runStep } from '../world/runner/runner.ts'
import { startWorld } from '../world/world.ts'

const RUNS = 7

const { world, folder, close } = await startWorld()
try {
  const bare = times(['-e', '0'])
  const start = times([join(ROOT, 'dist/main.js')])
  const steps = []
  for (let run = 0; run < RUNS + 1; run++) steps.push(await step(run))
  const counted = steps.slice(1) // The first fills the tool cache.
  row('bare node', bare, bare)
  row('start-up over bare node', start.map(time => time - median(bare)), bare)
  row('whole step', counted.map(({ wall }) => wall), bare)
  row('children and GitHub', counted.map(({ busy }) => busy), bare)
  row('own share', counted.map(({ wall, busy }) => wall - busy), bare)
} finally {
  await close()
}

async function step(run: number): Promise<{ wall: number; busy: number }> {
  const place = await mkdtemp(join(folder, 'bench-'))
  const file = join(place, 'times.json')
  const { keys, tools, registry } = world
  const image = await pushImage({ crane: tools.crane, registry, name: 'clean', repository: `bench/run-${run}` })
  const result = await runStep({
    event: eventOf('push', { repository: 'acme/app' }),
    github: world.github,
    folder: place,
    toolCache: folder,
    env: { BENCH_FILE: file, NODE_OPTIONS: `--import=${pathToFileURL(join(ROOT, 'bench/record.mjs')).href}` },
    inputs: {
      ...inputsOfWorld(world),
      image,
      'cosign-key': await readFile(keys.private, 'utf8'),
      'cosign-password': await readFile(keys.password, 'utf8'),
      'transparency-log': 'false'
    }
  })
  if (result.exitCode !== 0) throw new Error(result.masked)
  return JSON.parse(await readFile(file, 'utf8')) as { wall: number; busy: number }
}

/** Milliseconds of each of several starts without any input. */
function times(args: readonly string[]): number[] {
  return Array.from({ length: RUNS }, () => {
    const started = performance.now()
    spawnSync(process.execPath, args, { env: {} })
    return performance.now() - started
  })
}

function row(name: string, values: readonly number[], bare: readonly number[]): void {
  const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)]
  const ratio = (middle / median(bare)).toFixed(1)
  console.log(`${name.padEnd(26)} ${[low, middle, high].map(value => `${value.toFixed(0)} ms`.padStart(9)).join('')}   ${ratio} × bare node`)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
