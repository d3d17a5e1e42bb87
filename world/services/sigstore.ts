import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type OidcIssuer, startOidc } from './oidc.ts'
import { type FaultyDoor, type ServerFault, startFaultyDoor } from './sigstore/faulty.ts'
import {
  makeLogKey,
  type SigstoreServers,
  timestampsAt,
  writeEmptySigningConfig,
  writeOtherTrustedRoot,
  writeSigningConfig,
  writeTrustedRoot
} from './sigstore/files.ts'
import { startCtLog, startFulcio, startRekor, startTimestampAuthority } from './sigstore/servers.ts'

/** What clients need of a Sigstore of one's own. Files are absolute paths. */
export interface Sigstore {
  /** File for the input signing-config: Fulcio, Rekor v2, timestamp authority, OIDC issuer. */
  readonly signingConfig: string
  /** File for the input trusted-root. */
  readonly trustedRoot: string
  /** A signing config that names no server. */
  readonly emptySigningConfig: string
  /** A trusted root for the same URLs, by which nothing verifies. */
  readonly otherTrustedRoot: string
  /** The stand-in for GitHub's OIDC issuer; oidc.ts says what can be added to `requestUrl`. */
  readonly oidc: { readonly requestUrl: string; readonly requestToken: string; readonly issuer: string }
  readonly rekorUrl: string
  readonly fulcioUrl: string
  /** The whole URL, with its path. */
  readonly timestampUrl: string
  /** Signing configs with which signing fails, by what is wrong. */
  readonly faults: Readonly<Record<SigningFault, string>>
}

/** `Down` refuses connections; the others are named as in faulty.ts. */
export type SigningFault = keyof typeof FAULTS

const FAULTS = {
  logDown: ['rekor', 'down'],
  logHangs: ['rekor', 'hangs'],
  logSlow: ['rekor', 'slow'],
  logFlaky: ['rekor', 'flaky'],
  log409: ['rekor', '409'],
  log429: ['rekor', '429'],
  log500: ['rekor', '500'],
  log503: ['rekor', '503'],
  timestampDown: ['timestamp', 'down'],
  timestampHangs: ['timestamp', 'hangs'],
  timestampFlaky: ['timestamp', 'flaky'],
  timestamp503: ['timestamp', '503'],
  fulcioDown: ['fulcio', 'down'],
  fulcioHangs: ['fulcio', 'hangs'],
  fulcio503: ['fulcio', '503']
} as const satisfies Record<string, readonly ['rekor' | 'timestamp' | 'fulcio', ServerFault | 'down']>

/** Port 1 (tcpmux) is one on which nothing listens. */
const REFUSES = 'http://127.0.0.1:1'

/**
 * Starts Rekor v2, Fulcio, the timestamp authority, stand-ins for the certificate transparency log and for GitHub's OIDC issuer, and writes the
 * files that clients need. All are new: what one world signed does not verify in another.
 * @param cosign its absolute path.
 * @param folder an existing, empty folder.
 */
export async function startSigstore(
  cosign: string,
  folder: string
): Promise<{ readonly sigstore: Sigstore; close(): Promise<void> }> {
  const parts: { close(): Promise<void> }[] = []
  const started = async <T extends { close(): Promise<void> }>(part: Promise<T>): Promise<T> => {
    const running = await part
    parts.push(running)
    return running
  }
  const close = async () => {
    await Promise.allSettled(parts.splice(0).map(part => part.close()))
  }
  const starts = [
    started(startRekorIn(folder)),
    started(startTimestampAuthority(folder)),
    started(startFaultyDoor()),
    started(startOidc()),
    started(startCtLogIn(folder))
  ] as const
  try {
    const [rekor, timestamp, door, oidc, ctLog] = await Promise.all(starts)
    const fulcio = await started(startFulcio(folder, { issuer: oidc.issuer, ctLog: ctLog.url }))
    return { sigstore: await writeFiles(cosign, folder, { rekor, fulcio, timestamp, ctLog }, oidc, door), close }
  } catch (error) {
    await Promise.allSettled(starts)
    await close()
    throw error
  }
}

async function startRekorIn(folder: string) {
  return startRekor(folder, await makeLogKey(folder, 'rekor', 'ed25519'))
}

async function startCtLogIn(folder: string) {
  return startCtLog(folder, await makeLogKey(folder, 'ct', 'ec'))
}

async function writeFiles(
  cosign: string,
  folder: string,
  servers: SigstoreServers,
  oidc: OidcIssuer,
  door: FaultyDoor
): Promise<Sigstore> {
  const { rekor, fulcio, timestamp } = servers
  const urls = { rekor: rekor.url, fulcio: fulcio.url, timestamp: timestamp.url, issuer: oidc.issuer }
  const signingConfig = join(folder, 'signing-config.json')
  const trustedRoot = join(folder, 'trusted-root.json')
  const emptySigningConfig = join(folder, 'signing-config-empty.json')
  const otherTrustedRoot = join(folder, 'trusted-root-other.json')
  await Promise.all([
    writeSigningConfig(cosign, signingConfig, urls),
    writeTrustedRoot(cosign, trustedRoot, servers),
    writeEmptySigningConfig(cosign, emptySigningConfig),
    writeOtherTrustedRoot(cosign, otherTrustedRoot, folder, servers)
  ])
  const { requestUrl, requestToken, issuer } = oidc
  return {
    ...{ signingConfig, trustedRoot, emptySigningConfig, otherTrustedRoot },
    oidc: { requestUrl, requestToken, issuer },
    ...{ rekorUrl: rekor.url, fulcioUrl: fulcio.url, timestampUrl: timestampsAt(timestamp.url) },
    faults: await writeFaults(signingConfig, join(folder, 'faults'), servers, door)
  }
}

/** The signing config once more for each fault, with another URL for the server that has it. */
async function writeFaults(
  signingConfig: string,
  folder: string,
  servers: SigstoreServers,
  door: FaultyDoor
): Promise<Sigstore['faults']> {
  await mkdir(folder)
  const text = await readFile(signingConfig, 'utf8')
  const paths = Object.entries(FAULTS).map(async ([name, [server, fault]]) => {
    const { url } = servers[server]
    const path = join(folder, `${name}.json`)
    await writeFile(path, text.replaceAll(url, fault === 'down' ? REFUSES : door.urlOf(fault, url)))
    return [name, path]
  })
  return Object.fromEntries(await Promise.all(paths)) as Record<SigningFault, string>
}
