// npm run check: everything about the code that needs no world. Runs all checks, then says which failed.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { INPUTS } from '../src/inputs/defaults.ts'
import { VERIFY_INPUTS } from '../src/inputs/verify-defaults.ts'
import { VERSION } from '../src/lib/version.ts'
import { tool } from '../world/toolchain/tools.ts'
import { findBreaches } from './import-rules.ts'
import { withTables } from './readme.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** An action of this repository, where its inputs are coded, and which page has the tables of them. */
interface Action {
  readonly action: string
  readonly page: string
  readonly source: string
  readonly coded: Readonly<Record<string, string>>
}

const ACTIONS: readonly Action[] = [
  { action: 'action.yml', page: 'README.md', source: 'src/inputs/defaults.ts', coded: INPUTS },
  { action: 'verify/action.yml', page: 'docs/verify.md', source: 'src/inputs/verify-defaults.ts', coded: VERIFY_INPUTS }
]

/** What is wrong, one line each; empty when nothing is. */
type Check = () => readonly string[] | Promise<readonly string[]>

const CHECKS: Readonly<Record<string, Check>> = {
  types: () => run(process.execPath, ['node_modules/typescript/bin/tsc']),
  lint: () => run(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings']),
  'import rules': () => findBreaches(join(root, 'src')),
  'dist is what src builds to': checkDist,
  'tables match the action.yml of each action': () => ACTIONS.flatMap(checkTables),
  'each action.yml matches the code': () => [...ACTIONS.flatMap(checkInputs), ...checkVersion()],
  actionlint: async () => run(await tool('actionlint'), [])
}

function run(program: string, args: readonly string[]): string[] {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? [] : `${stdout}${stderr}`.trim().split('\n')
}

/** Builds anew and compares byte for byte. The new build stays, so that it only has to be committed. */
function checkDist(): readonly string[] {
  const before = snapshot('dist')
  const failure = run(process.execPath, ['scripts/build.mjs'])
  if (failure.length > 0) return failure
  const after = snapshot('dist')
  const names = new Set([...before.keys(), ...after.keys()])
  const stale = [...names].filter(name => !before.get(name)?.equals(after.get(name) ?? Buffer.alloc(0)))
  return stale.length === 0 ? [] : [`stale: ${stale.join(', ')}; dist was rebuilt just now: commit it`]
}

function snapshot(folder: string): Map<string, Buffer> {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8', withFileTypes: true }).filter(
    entry => entry.isFile()
  )
  return new Map(
    files.map(entry => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name))])
  )
}

function checkTables({ action, page }: Action): readonly string[] {
  const wanted = withTables(page, read(page), read(action))
  if (wanted === read(page)) return []
  if (!process.argv.includes('--write')) return [`${page} is out of date: run \`npm run check -- --write\``]
  writeFileSync(join(root, page), wanted)
  return []
}

function checkInputs({ action, coded, source }: Action): readonly string[] {
  const { inputs } = parse(read(action)) as { inputs: Record<string, { default?: string }> }
  const names = [...new Set([...Object.keys(inputs), ...Object.keys(coded)])]
  const odd = names.filter(name => !sameDefault(inputs[name], coded[name]))
  return odd.map(name => `the input ${name} differs between ${action} and ${source}`)
}

function checkVersion(): readonly string[] {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  return version === VERSION ? [] : [`package.json is ${version}, src/lib/version.ts is ${VERSION}`]
}

/** An expression as default is GitHub's matter. */
function sameDefault(declared: { default?: string } | undefined, coded: string | undefined): boolean {
  if (declared === undefined || coded === undefined) return false
  return declared.default?.startsWith('${{') ? coded === '' : (declared.default ?? '') === coded
}

let failed = 0
for (const [name, check] of Object.entries(CHECKS)) {
  const started = Date.now()
  const problems = await check()
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
  for (const problem of problems) console.log(`     ${problem}`)
  if (problems.length > 0) failed++
}
console.log(failed === 0 ? 'All checks passed.' : `${failed} of ${Object.keys(CHECKS).length} checks failed.`)
process.exitCode = failed === 0 ? 0 : 1
