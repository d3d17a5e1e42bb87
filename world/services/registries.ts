import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFolder, temporaryFolder } from '../folders.ts'
import { tool } from '../toolchain/tools.ts'
import { startService } from './service.ts'

/** A registry on the loopback address, empty at first. */
export interface Registry {
  /** `127.0.0.1:PORT`, as it stands in a reference. */
  readonly host: string
  close(): Promise<void>
}

/** Who may use a registry with a password. */
export const REGISTRY_USER = { username: 'world', password: 'world-registry-password' } as const

// bcrypt of that password; cost 4, since every request pays for it.
const PASSWORD_FILE = `${REGISTRY_USER.username}:$2a$04$Tcbf.abXuly6BdQjHYqAjeVPbSr8iQLbz5Lp3EtMmq3Ex7tlrZpP.\n`

/** Starts go-containerregistry's registry, in memory, open to everyone, with the Referrers API of OCI distribution 1.1. */
export async function startRegistry(): Promise<Registry> {
  const folder = await temporaryFolder()
  const file = await tool('registry')
  const service = await startService({ name: 'registry', file, args: [], cwd: folder, ready: /^(\d+)$/ })
  return { host: `127.0.0.1:${service.address}`, close: () => closeAll(service, folder) }
}

/** Starts distribution, in memory, which has no Referrers API, open to everyone. */
export function startRegistryWithoutReferrers(): Promise<Registry> {
  return startDistribution(async () => ({}))
}

/** Starts distribution with basic authentication: REGISTRY_USER may do everything, everyone else gets 401. */
export function startRegistryWithPassword(): Promise<Registry> {
  return startDistribution(async folder => {
    const path = join(folder, 'htpasswd')
    await writeFile(path, PASSWORD_FILE)
    return { htpasswd: { realm: 'world', path } }
  })
}

/**
 * Starts distribution in memory.
 * @param auth makes its `auth` section; gets a folder for files. https://distribution.github.io/distribution/about/configuration/#auth
 */
export async function startDistribution(auth: (folder: string) => Promise<object>): Promise<Registry> {
  const folder = await temporaryFolder()
  const configuration = {
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { inmemory: {}, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0', secret: 'world' },
    auth: await auth(folder)
  }
  // Its configuration is YAML, of which JSON is a part.
  await writeFile(join(folder, 'registry.yml'), JSON.stringify(configuration))
  const file = await tool('distribution')
  const args = ['serve', join(folder, 'registry.yml')]
  const ready = /listening on (127\.0\.0\.1:\d+)/
  const service = await startService({ name: 'distribution', file, args, cwd: folder, ready })
  return { host: service.address, close: () => closeAll(service, folder) }
}

async function closeAll(service: { close(): Promise<void> }, folder: string): Promise<void> {
  await service.close()
  await removeFolder(folder)
}
