import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../src/lib/errors.ts'
import { fillRegistries, type ImageReferences } from './contents.ts'
import { removeFolder, removeLeftovers, temporaryFolder } from './folders.ts'
import { startGitHub } from './github/server.ts'
import { untilEnded } from './lifetime.ts'
import { type Keys, makeKeys } from './services/keys.ts'
import { startMirror } from './services/mirror.ts'
import { startRegistry, startRegistryWithoutReferrers } from './services/registries.ts'
import { type Sigstore, startSigstore } from './services/sigstore.ts'
import { startVault } from './services/vault.ts'
import { say } from './toolchain/progress.ts'
import { tool } from './toolchain/tools.ts'

/** Everything that a step needs, by address: what `npm run world` prints as one line of JSON. */
export interface World {
  /** `host:port` of the registry with the Referrers API, which holds the images and the vulnerability DB. */
  readonly registry: string
  /** `host:port` of the one without it, which holds the same images. */
  readonly registryWithoutReferrers: string
  /** `log`: a file with one JSON request per line. */
  readonly github: { readonly apiUrl: string; readonly serverUrl: string; readonly log: string }
  /** For the input tools-mirror. */
  readonly toolsMirror: string
  /** For the input tools-manifest: a file. */
  readonly toolsManifest: string
  /** For the input db-repositories. */
  readonly dbRepositories: string
  /** References by digest in `registry`. */
  readonly images: ImageReferences
  /** Files. */
  readonly keys: Keys
  /** Rekor, Fulcio and a timestamp authority of this world's own. */
  readonly sigstore: Sigstore
  /** The stand-in for Vault's transit engine: values for VAULT_ADDR, VAULT_TOKEN and cosign-key. */
  readonly vault: { readonly address: string; readonly token: string; readonly key: string }
  /** Absolute paths. */
  readonly tools: { readonly cosign: string; readonly trivy: string; readonly crane: string }
}

/** A world, and the way to end it. */
export interface RunningWorld {
  readonly world: World
  /** For what belongs to this world and goes with it. */
  readonly folder: string
  close(): Promise<void>
}

/** Starts everything on free ports of the loopback address; tools that are not there yet are downloaded or built first. */
export async function startWorld(): Promise<RunningWorld> {
  await removeLeftovers()
  const tools = await provideTools()
  const folder = await temporaryFolder()
  const parts: { close(): Promise<void> }[] = []
  const close = async () => {
    await Promise.allSettled(parts.splice(0).map(part => part.close()))
    await removeFolder(folder)
  }
  const started = async <T extends { close(): Promise<void> }>(part: Promise<T>): Promise<T> => {
    const running = await part
    parts.push(running)
    return running
  }
  try {
    const log = join(folder, 'github.jsonl')
    const [keyFolder, sigstoreFolder] = [join(folder, 'keys'), join(folder, 'sigstore')]
    await Promise.all([mkdir(keyFolder), mkdir(sigstoreFolder)])
    const [registry, plain, github, mirror, { sigstore }, vault, keys] = await allOrThrow([
      started(startRegistry()),
      started(startRegistryWithoutReferrers()),
      started(startGitHub({ log })),
      started(startMirror(tools, folder)),
      started(startSigstore(tools.cosign, sigstoreFolder)),
      started(startVault()),
      makeKeys(tools.cosign, keyFolder)
    ])
    const contents = await fillRegistries({
      crane: tools.crane,
      database: await tool('database'),
      registry: registry.host,
      others: [plain.host],
      folder
    })
    const world = {
      registry: registry.host,
      registryWithoutReferrers: plain.host,
      github: { apiUrl: github.apiUrl, serverUrl: github.serverUrl, log },
      toolsMirror: mirror.url,
      toolsManifest: mirror.manifest,
      ...contents,
      keys,
      sigstore,
      vault: { address: vault.address, token: vault.token, key: vault.key },
      tools
    }
    return { world, folder, close }
  } catch (error) {
    await close()
    throw error
  }
}

const SERVICES = ['registry', 'distribution', 'database', 'rekor', 'fulcio', 'timestamp', 'ct-log'] as const

/** One after another: each build uses the whole machine, and its progress should be read without others in between. */
async function provideTools(): Promise<World['tools']> {
  const tools = { cosign: await tool('cosign'), trivy: await tool('trivy'), crane: await tool('crane') }
  for (const name of SERVICES) await tool(name)
  return tools
}

/** Like Promise.all, but waits for the others before it throws, so that nothing starts after the end. */
async function allOrThrow<T extends readonly unknown[]>(work: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work)
  return Promise.all(work)
}

if (import.meta.main) {
  const ended = untilEnded()
  try {
    const running = await Promise.race([startWorld(), ended])
    if (running !== undefined) {
      process.stdout.write(`${JSON.stringify(running.world)}\n`)
      await ended
      await running.close()
    }
  } catch (error) {
    say(`The world cannot be started. ${messageOf(error)}`)
    process.exitCode = 1
  }
  process.exit()
}
