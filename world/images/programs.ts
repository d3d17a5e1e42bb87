import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '../../src/lib/errors.ts'
import { withProgress } from '../toolchain/progress.ts'
import { mayMount } from './mounts.ts'

/** What building images needs besides BuildKit, and the Debian package of each. */
const PACKAGES = { runc: 'runc', busybox: 'busybox-static' } as const

/**
 * Sees to it that this machine can build images; what is missing is installed with apt-get where there is one.
 * Throws one sentence when it cannot.
 */
export async function provideBuildPrograms(): Promise<void> {
  if (!mayMount()) throw new Error('Building images needs Linux and root, with the right to mount.')
  const missing = missingPackages()
  if (missing.length === 0) return
  const advice = `Building images needs the Debian packages ${missing.join(' and ')}`
  if (!isThere('apt-get')) throw new Error(`${advice}.`)
  await withProgress(`Installing ${missing.join(' and ')}`, 'about 20 seconds', () => install(missing)).catch(error => {
    throw new Error(`${advice}, which apt-get could not install: ${messageOf(error)}`)
  })
  if (missingPackages().length > 0) throw new Error(`${advice}, and their folder in PATH (/usr/sbin).`)
}

function missingPackages(): string[] {
  return Object.entries(PACKAGES).flatMap(([program, name]) => (isThere(program) ? [] : [name]))
}

function isThere(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.some(folder => existsSync(join(folder, program)))
}

async function install(packages: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const aptGet = (...args: readonly string[]) => promisify(execFile)('apt-get', [...args], { env })
  await aptGet('update')
  await aptGet('install', '--yes', '--no-install-recommends', ...packages)
}
