// Loaded into a step before its own code (NODE_OPTIONS=--import): notes when children and requests to GitHub were under way, and writes
// the time in which neither was to the file BENCH_FILE. What remains is the step's own share.
import { subscribe } from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

const spans = []
const open = () => {
  const span = [performance.now(), Number.POSITIVE_INFINITY]
  spans.push(span)
  return () => {
    span[1] = Math.min(span[1], performance.now())
  }
}

subscribe('child_process', ({ process: child }) => {
  const close = open()
  child.once('close', close)
})

const requests = new WeakMap()
const api = process.env.GITHUB_API_URL ?? ''
subscribe('undici:request:create', ({ request }) => {
  if (String(request.origin) === api) requests.set(request, open())
})
for (const end of ['undici:request:trailers', 'undici:request:error']) subscribe(end, ({ request }) => requests.get(request)?.())

process.once('exit', () => {
  const now = performance.now()
  const sorted = spans.map(([from, to]) => [from, Math.min(to, now)]).sort(([a], [b]) => a - b)
  let busy = 0
  let until = 0
  for (const [from, to] of sorted) {
    busy += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  writeFileSync(process.env.BENCH_FILE, JSON.stringify({ wall: now, busy, children: spans.length }))
})
