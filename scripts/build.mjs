// src -> dist: tsc strips the types, ncc bundles src/index.ts with its packages, and each action's entry gets a stub.
// dist is replaced as a whole and only when all of it was built, so that nothing stale stays in it and a failure leaves it as it was.
import { execFileSync } from 'node:child_process'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tool = path => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))
const run = (script, ...args) =>
  execFileSync(process.execPath, [tool(script), ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })

/** Files that action.yml and verify/action.yml name, and the function of the bundle that each runs. */
const ENTRIES = { main: 'main', verify: 'verify' }
const NEW = 'dist.new'

for (const folder of ['lib', NEW]) rmSync(`${root}${folder}`, { recursive: true, force: true })
run('typescript/bin/tsc', '-p', 'tsconfig.build.json')
const options = ['--out', NEW, '--license', 'licenses.txt', '--no-cache', '--quiet']
run('@vercel/ncc/dist/ncc/cli.js', 'build', 'lib/index.js', ...options)
for (const [file, entry] of Object.entries(ENTRIES))
  writeFileSync(`${root}${NEW}/${file}.js`, `import { ${entry} } from './index.js'\n\nawait ${entry}()\n`)
rmSync(`${root}dist`, { recursive: true, force: true })
renameSync(`${root}${NEW}`, `${root}dist`)
