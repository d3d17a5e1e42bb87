import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildDatabase, pushDatabase } from '../database/database.ts'
import { ROOT, removeFolder, temporaryFolder } from '../folders.ts'
import { startRegistry } from '../services/registries.ts'
import { tool } from '../toolchain/tools.ts'
import { IMAGES, type ImageName, layoutOf, platformsOf, pushImages } from './images.ts'

const FIXTURES = join(ROOT, '__tests__', 'fixtures', 'trivy')
// Stands in the recorded reports in place of the registry's port.
const RECORDED_HOST = '127.0.0.1:5000'
const QUIET = ['--skip-version-check', '--disable-telemetry', '--no-progress']
const SCAN = [
  'image',
  '--image-src',
  'remote',
  '--cache-backend',
  'memory',
  '--skip-db-update',
  '--list-all-pkgs',
  '--format',
  'json'
]

/** Scans one platform and gives Trivy's report, as JSON. */
type Scan = (reference: string) => Promise<string>

// Scans every image of the world with the real Trivy, as the action does, and writes its reports into __tests__/fixtures/trivy. To be run
// again when images or advisories have changed: node world/images/record.ts [NAME…]
const wanted = process.argv.slice(2)
const folder = await temporaryFolder()
const registry = await startRegistry()
try {
  const trivy = await tool('trivy')
  const run = async (args: readonly string[]) => {
    const env = { PATH: '', HOME: folder, TMPDIR: folder, TRIVY_DISABLE_VEX_NOTICE: '1' }
    const { stdout } = await promisify(execFile)(trivy, args, { env, cwd: folder, maxBuffer: 2 ** 26 })
    return stdout
  }
  await pushImages({ crane: await tool('crane'), registry: registry.host })
  const directory = join(folder, 'database')
  await buildDatabase({ program: await tool('database'), directory, updatedAt: new Date() })
  const database = await pushDatabase({ registry: registry.host, directory })
  const cache = ['--cache-dir', join(folder, 'cache'), ...QUIET]
  await run(['image', '--download-db-only', '--db-repository', database, ...cache])
  await mkdir(FIXTURES, { recursive: true })
  const scan: Scan = reference => run([...SCAN, '--scanners', 'vuln,secret', ...cache, reference])
  for (const name of IMAGES) if (wanted.length === 0 || wanted.includes(name)) await record(name, scan)
} finally {
  await registry.close()
  await removeFolder(folder)
}

async function record(name: ImageName, scan: Scan): Promise<void> {
  const platforms = await platformsOf(layoutOf(name))
  for (const { architecture, digest } of platforms) {
    const report = await scan(`${registry.host}/acme/${name}@${digest}`)
    const pretty = JSON.stringify(JSON.parse(report.replaceAll(registry.host, RECORDED_HOST)), null, 2)
    const file = platforms.length === 1 ? `${name}.json` : `${name}-${architecture}.json`
    await writeFile(join(FIXTURES, file), `${pretty}\n`)
  }
}
