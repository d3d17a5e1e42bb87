import { codeOf, type Send } from './http.ts'

const PROBE_BYTES = 1024 * 1024

/** True for hosts that are this machine: what is sent there without TLS does not leave it. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(hostname)
}

/** True for hosts that may be spoken to without TLS, the same ones as in go-containerregistry (pkg/name/registry.go). */
export function mayBePlain(hostname: string): boolean {
  return (
    isLoopback(hostname) ||
    /\.local$/i.test(hostname) ||
    /^(10\.\d+|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d+\.\d+$/.test(hostname)
  )
}

/**
 * Finds out, once per host, whether it speaks https; http is tried only for hosts that may be plain, and never when a certificate is the problem.
 * @returns the registry's base URL: `https://ghcr.io/`
 */
export function createBaseUrl(send: Send): (host: string) => Promise<URL> {
  const known = new Map<string, Promise<URL>>()
  const answers = (base: URL) => send({ method: 'GET', url: new URL('/v2/', base), headers: {}, maxBytes: PROBE_BYTES })

  const probe = async (https: URL, http: URL): Promise<URL> => {
    try {
      await answers(https)
      return https
    } catch (error) {
      if (/CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_|TIMEDOUT/.test(codeOf(error))) return https
      return answers(http).then(
        () => http,
        () => https
      )
    }
  }

  return host => {
    const https = new URL(`https://${host}/`)
    if (!mayBePlain(https.hostname)) return Promise.resolve(https)
    const base = known.get(host) ?? probe(https, new URL(`http://${host}/`))
    known.set(host, base)
    return base
  }
}
