import type { CosignFailure } from './failures.ts'
import { nameOfService, PUBLIC_SERVICES, type ServiceRole, type SigstoreService } from './services.ts'

/** By what cosign says which service failed, where it names no URL of it. Source: sigstore/sigstore-go pkg/sign, rekor-tiles pkg/client. */
const ROLES: readonly (readonly [RegExp, readonly ServiceRole[]])[] = [
  [/adding rekor v2 entry|createLogEntry|\/api\/v[12]\/log\/entries/, ['transparency log']],
  [/timestamp authority returned|\/api\/v1\/timestamp"/, ['timestamp authority']],
  [/Fulcio returned|\/api\/v[12]\/signingCert"/, ['certificate authority']],
  // Both forget the answer's text when they were asked twice.
  [/http: read on closed response body/, ['certificate authority', 'timestamp authority']]
]

const REFUSED = /connection refused|connection reset/
const UNREACHABLE = /no such host|network is unreachable|no route to host|proxyconnect/
const SILENT = /Client\.Timeout|deadline exceeded|i\/o timeout|TLS handshake timeout/
const STATUS = /unexpected response: (\d{3})|returned (\d{3})|\]\[(\d{3})\]|status(?: code)?:? (\d{3})/
const UNTRUSTED =
  /failed to verify (timestamps|leaf certificate|log inclusion|signed certificate timestamp)|not enough verified/

/**
 * Which service of Sigstore failed while something was signed, and how; undefined when none did.
 * @param services those that were to be asked.
 */
export function explainService(stderr: string, services: readonly SigstoreService[]): CosignFailure | undefined {
  if (
    /signing bundle: failed to verify|error signing bundle: .*failed to verify/.test(stderr) &&
    UNTRUSTED.test(stderr)
  )
    return {
      service: true,
      reason: 'the services of Sigstore answered, but by trusted-root nothing of it is to be believed',
      remedy: 'give the trusted-root that belongs to signing-config, as it is today'
    }
  if (/error getting signing config from TUF|tuf refresh failed/.test(stderr))
    return {
      service: true,
      reason: 'the public Sigstore cannot be reached (tuf-repo-cdn.sigstore.dev)',
      remedy: usesIdentity(services) ? 'allow the host' : 'allow the host, or use transparency-log: false'
    }
  const failed = failedServices(stderr, services)
  return failed.length === 0 ? undefined : { service: true, remedy: remedyFor(failed), ...howItFailed(stderr, failed) }
}

/** What version 1 of Rekor was seen to take (sigstore/rekor#2808); version 2 keeps a hash only. */
const LOG_TAKES_BYTES = 3.5 * 1024 * 1024
const MEBIBYTE = 1024 * 1024

/**
 * Whether the log did not take an attestation because of its size: it says so by an answer that could mean anything.
 * @param size of the predicate in bytes.
 */
export function explainSize(
  stderr: string,
  size: number,
  services: readonly SigstoreService[]
): CosignFailure | undefined {
  // In base64 it is a third longer.
  const isLong = (size * 4) / 3 > LOG_TAKES_BYTES
  if (!isLong || !/\/api\/v1\/log\/entries|createLogEntry/.test(stderr)) return undefined
  const logs = services.filter(({ role }) => role === 'transparency log')
  return {
    service: true,
    reason: `${namesOf(logs)} did not take the attestation: with ${(size / MEBIBYTE).toFixed(1)} MiB it is longer than such a log takes, which keeps attestations whole`,
    remedy: 'use transparency-log: false, or a signing-config with a log of version 2, which keeps a hash only'
  }
}

/**
 * The same for a cosign that was ended because it did not end by itself.
 * @param seconds how long it was waited for.
 */
export function explainSilence(seconds: number, services: readonly SigstoreService[]): CosignFailure {
  return {
    service: true,
    reason: `${namesOf(services)} did not answer within ${seconds} s`,
    remedy: remedyFor(services),
    transient: true,
    silent: true
  }
}

function failedServices(stderr: string, services: readonly SigstoreService[]): SigstoreService[] {
  const [, url] = /(?:Post|Get) "([^"]+)"/.exec(stderr) ?? []
  const byUrl = services.filter(service => url?.startsWith(service.url))
  if (byUrl.length > 0) return byUrl
  const roles = ROLES.find(([pattern]) => pattern.test(stderr))?.[1] ?? []
  return services.filter(({ role }) => roles.includes(role))
}

function howItFailed(stderr: string, failed: readonly SigstoreService[]): CosignFailure {
  const names = namesOf(failed)
  const status = STATUS.exec(stderr)?.slice(1).find(Boolean)
  if (status !== undefined) return answered(failed, Number(status))
  if (REFUSED.test(stderr)) return { reason: `${names} refuses connections`, transient: true }
  if (UNREACHABLE.test(stderr)) return { reason: `${names} cannot be reached` }
  if (SILENT.test(stderr)) return { reason: `${names} did not answer in time`, transient: true, silent: true }
  if (/read on closed response body|giving up after/.test(stderr))
    return { reason: `${names} answered with an error, again and again`, transient: true }
  if (/x509: /.test(stderr))
    return { reason: `${names} has a certificate that this machine does not trust`, remedy: 'set SSL_CERT_FILE' }
  return { reason: `${names} did not do its part` }
}

function answered(failed: readonly SigstoreService[], status: number): CosignFailure {
  const names = namesOf(failed)
  if (status >= 400 && status < 404 && usesIdentity(failed))
    return {
      reason: `${names} answered ${status}: it does not accept the ID token of this job`,
      remedy: 'check that the certificate authority is configured for the issuer of the tokens'
    }
  if (status === 409) return { reason: `${names} answered 409, which means that it has this very entry already` }
  return { reason: `${names} answered ${status}`, transient: isTransient(status) }
}

function usesIdentity(services: readonly SigstoreService[]): boolean {
  return services.some(({ role }) => role === 'certificate authority')
}

function namesOf(services: readonly SigstoreService[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(services.map(nameOfService))
}

function isTransient(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

function remedyFor(services: readonly SigstoreService[]): string {
  const isPublic = services.every(({ url }) => PUBLIC_SERVICES.some(known => known.url === url))
  if (!isPublic) return 'run the job again later, or check the services in signing-config'
  return usesIdentity(services)
    ? 'run the job again later; https://status.sigstore.dev says how the public Sigstore is'
    : 'run the job again later, or use transparency-log: false'
}
