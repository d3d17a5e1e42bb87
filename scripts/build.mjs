// src -> dist: tsc strips the types, ncc bundles src/index.ts with its packages, and each entry of action.yml gets a stub.
// dist is deleted first, so that nothing stale stays in it.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tool = path => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))
const run = (script, ...args) =>
  execFileSync(process.execPath, [tool(script), ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })

/** Files that action.yml names, and the function of the bundle that each runs. */
const ENTRIES = { main: 'main' }

for (const folder of ['lib', 'dist']) rmSync(`${root}${folder}`, { recursive: true, force: true })
run('typescript/bin/tsc', '-p', 'tsconfig.build.json')
run(
  '@vercel/ncc/dist/ncc/cli.js',
  'build',
  'lib/index.js',
  '--out',
  'dist',
  '--license',
  'licenses.txt',
  '--no-cache',
  '--quiet'
)
for (const [file, entry] of Object.entries(ENTRIES))
  writeFileSync(`${root}dist/${file}.js`, `import { ${entry} } from './index.js'\n\nawait ${entry}()\n`)
