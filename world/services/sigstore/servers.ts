import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { tool } from '../../toolchain/tools.ts'
import { onFreePorts } from '../ports.ts'
import { type Service, startService } from '../service.ts'
import { fulcioConfiguration } from './fulcio-configuration.ts'

const POLL_MS = 10
const ANSWER_LIMIT_MS = 10_000

/** One of Sigstore's servers. */
export interface SigstoreServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  /** A PEM file with what its signatures are checked against: a public key, or a chain of certificates. */
  readonly trust: string
  close(): Promise<void>
}

/** The files of a key pair. */
export interface LogKey {
  /** PKCS#8 in PEM, not encrypted. */
  readonly private: string
  /** PEM. */
  readonly public: string
}

/**
 * Starts Rekor v2, a log of tiles in a folder. A signature waits for the next checkpoint, hence the short intervals.
 * @param folder where its tiles go.
 */
export async function startRekor(folder: string, key: LogKey): Promise<SigstoreServer> {
  const file = await tool('rekor')
  const ready = /starting HTTP proxy" address=(\S+)/
  return onFreePorts(2, async ([web, grpcPort]) => {
    const storage = ['--storage-dir', join(folder, 'tiles'), '--signer-filepath', key.private]
    // The checkpoint's origin, which clients take to be the host of the log's URL.
    const identity = ['--hostname', '127.0.0.1']
    const http = ['--http-address', '127.0.0.1', '--http-port', String(web), '--http-metrics-port', '0']
    const grpc = ['--grpc-address', '127.0.0.1', '--grpc-port', String(grpcPort)]
    const pace = ['--checkpoint-interval', '200ms', '--batch-max-age', '20ms']
    const args = ['serve', ...storage, ...identity, ...http, ...grpc, ...pace]
    const service = await startService({ name: 'rekor', file, args, cwd: folder, ready })
    const url = `http://${service.address}`
    await answered(service, `${url}/healthz`)
    return { url, trust: key.public, close: service.close }
  })
}

/** Starts our stand-in for a certificate transparency log. */
export async function startCtLog(folder: string, key: LogKey): Promise<SigstoreServer> {
  const file = await tool('ct-log')
  const args = ['-key', key.private]
  const service = await startService({ name: 'ct-log', file, args, cwd: folder, ready: /^(\d+)$/ })
  return { url: `http://127.0.0.1:${service.address}`, trust: key.public, close: service.close }
}

/** Starts Sigstore's timestamp authority, whose certificates are new at every start. */
export async function startTimestampAuthority(folder: string): Promise<SigstoreServer> {
  const file = await tool('timestamp')
  const service = await startService({ name: 'timestamp', file, args: [], cwd: folder, ready: /^(\d+)$/ })
  const url = `http://127.0.0.1:${service.address}`
  const trust = join(folder, 'timestamp-chain.pem')
  await writeFile(trust, await answered(service, `${url}/api/v1/timestamp/certchain`))
  return { url, trust, close: service.close }
}

/**
 * Starts Fulcio, whose certificates are new at every start. It asks the issuer for its keys when it starts.
 * @param options.issuer URL of the only OIDC issuer that it believes.
 * @param options.ctLog URL.
 */
export async function startFulcio(folder: string, options: { issuer: string; ctLog: string }): Promise<SigstoreServer> {
  const configuration = join(folder, 'fulcio.yaml')
  await writeFile(configuration, stringify(fulcioConfiguration(options.issuer)))
  const file = await tool('fulcio')
  const ready = /listening on http at (127\.0\.0\.1:\d+)/
  return onFreePorts(1, async ([port]) => {
    const authority = ['--ca', 'ephemeralca', '--ct-log-url', options.ctLog, '--config-path', configuration]
    const http = ['--host', '127.0.0.1', '--port', String(port), '--metrics-port', '0']
    const grpc = ['--grpc-host', '127.0.0.1', '--grpc-port', '0']
    const args = ['serve', ...authority, ...http, ...grpc, '--legacy-unix-domain-socket', join(folder, 'fulcio.sock')]
    const service = await startService({ name: 'fulcio', file, args, cwd: folder, ready })
    const url = `http://${service.address}`
    const trust = join(folder, 'fulcio-chain.pem')
    await writeFile(trust, await answered(service, `${url}/api/v1/rootCert`))
    return { url, trust, close: service.close }
  })
}

/**
 * The body of the first good answer: Fulcio says that it listens before it does, and the others a little before they answer. Ends the server
 * when none comes, or when it was not the server that answered.
 */
async function answered(service: Service, url: string): Promise<string> {
  const deadline = performance.now() + ANSWER_LIMIT_MS
  while (performance.now() < deadline && !service.hasEnded()) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok && !service.hasEnded()) return response.text()
    await sleep(POLL_MS)
  }
  await service.close()
  throw new Error(`${url} did not answer within ${ANSWER_LIMIT_MS / 1000} s, or the server ended.`)
}
