import { execFile } from 'node:child_process'
import { generateKeyPair } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { LogKey, SigstoreServer } from './servers.ts'

/** Before every world: from then on the servers' keys are valid. */
const SINCE = '2020-01-01T00:00:00Z'

/** Certificates of whom nobody knows the keys. */
const NOBODY = fileURLToPath(new URL('nobody', import.meta.url))

/** Sigstore's servers as a client finds them. */
export interface SigstoreServers {
  readonly rekor: SigstoreServer
  readonly fulcio: SigstoreServer
  readonly timestamp: SigstoreServer
  readonly ctLog: SigstoreServer
}

/** Makes the key of a log and writes it to NAME.key and NAME.pub. */
export async function makeLogKey(folder: string, name: string, type: 'ed25519' | 'ec'): Promise<LogKey> {
  const { privateKey, publicKey } =
    type === 'ec'
      ? await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
      : await promisify(generateKeyPair)('ed25519')
  const key = { private: join(folder, `${name}.key`), public: join(folder, `${name}.pub`) }
  await writeFile(key.private, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  await writeFile(key.public, publicKey.export({ type: 'spki', format: 'pem' }))
  return key
}

/** Writes a trusted root for these servers with `cosign trusted-root create`. */
export function writeTrustedRoot(cosign: string, out: string, servers: SigstoreServers): Promise<void> {
  const { rekor, fulcio, timestamp, ctLog } = servers
  return run(cosign, [
    ...['trusted-root', 'create', '--out', out],
    `--fulcio=url=${fulcio.url},certificate-chain=${fulcio.trust}`,
    // Without the origin the log's id is that of the first version of Rekor.
    `--rekor=url=${rekor.url},public-key=${rekor.trust},start-time=${SINCE},origin=127.0.0.1`,
    `--ctfe=url=${ctLog.url},public-key=${ctLog.trust},start-time=${SINCE}`,
    `--tsa=url=${timestampsAt(timestamp.url)},certificate-chain=${timestamp.trust}`
  ])
}

/** Writes a trusted root that names the same servers, but keys and certificates that nobody has. */
export async function writeOtherTrustedRoot(
  cosign: string,
  out: string,
  folder: string,
  servers: SigstoreServers
): Promise<void> {
  const [rekorKey, ctKey] = await Promise.all([
    makeLogKey(folder, 'nobody-rekor', 'ed25519'),
    makeLogKey(folder, 'nobody-ct', 'ec')
  ])
  return writeTrustedRoot(cosign, out, {
    rekor: { ...servers.rekor, trust: rekorKey.public },
    ctLog: { ...servers.ctLog, trust: ctKey.public },
    fulcio: { ...servers.fulcio, trust: join(NOBODY, 'root.pem') },
    timestamp: { ...servers.timestamp, trust: join(NOBODY, 'timestamps.pem') }
  })
}

/** Writes a signing config for the servers at these URLs with `cosign signing-config create`. */
export function writeSigningConfig(
  cosign: string,
  out: string,
  urls: { readonly fulcio: string; readonly issuer: string; readonly rekor: string; readonly timestamp: string }
): Promise<void> {
  const service = (url: string, version: 1 | 2 = 1) =>
    `url=${url},api-version=${version},start-time=${SINCE},operator=world`
  return run(cosign, [
    ...['signing-config', 'create', '--out', out],
    ...[`--fulcio=${service(urls.fulcio)}`, `--oidc-provider=${service(urls.issuer)}`],
    ...[`--rekor=${service(urls.rekor, 2)}`, '--rekor-config=ANY'],
    ...[`--tsa=${service(timestampsAt(urls.timestamp))}`, '--tsa-config=ANY']
  ])
}

/** Writes a signing config without any server, as signing with a key and without a log wants it. */
export function writeEmptySigningConfig(cosign: string, out: string): Promise<void> {
  return run(cosign, ['signing-config', 'create', '--out', out])
}

/** Where a timestamp authority answers. */
export function timestampsAt(url: string): string {
  return `${url}/api/v1/timestamp`
}

async function run(cosign: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(cosign, args, { env: {} })
}
