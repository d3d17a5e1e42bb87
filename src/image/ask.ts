import type { AuthorizedSend, Wanted } from './authorization.ts'
import { unreachable } from './failures.ts'
import type { HttpRequest, HttpResponse, Send } from './http.ts'
import { MAX_MANIFEST_BYTES } from './manifest.ts'
import type { Reference } from './reference.ts'

/** A repository, whatever is in it. */
export type Repository = Pick<Reference, 'registry' | 'repository'>

/** What a request is, beside its address. GET where absent. */
export interface AskOptions extends Partial<Pick<HttpRequest, 'method' | 'headers' | 'body' | 'maxBytes' | 'into'>> {
  /** What a token must allow; reading where absent. */
  readonly wanted?: Wanted
}

/**
 * Asks a registry for something of one repository, logged in where it wants that. Throws what `Send` does.
 * @param path below `/v2/REPOSITORY/`, or a whole URL that the registry gave.
 */
export type Ask = (repository: Repository, path: string | URL, options?: AskOptions) => Promise<HttpResponse>

/**
 * The way to any registry. A registry may name another host for what comes next: in `Location`, in `Link`, or after a redirect, where either is
 * relative. What goes there goes by `anonymous`, so that its credentials and tokens reach nobody but the registry itself.
 * @param baseUrl the registry's own address, by the host in its name.
 */
export function createAsk(authorized: AuthorizedSend, anonymous: Send, baseUrl: (host: string) => Promise<URL>): Ask {
  return async (repository, path, { wanted, ...options } = {}) => {
    const base = await baseUrl(repository.registry)
    const url = new URL(path, new URL(`/v2/${repository.repository}/`, base))
    const request: HttpRequest = { method: 'GET', headers: {}, maxBytes: MAX_MANIFEST_BYTES, ...options, url }
    return url.origin === base.origin ? authorized(request, repository, wanted) : anonymous(request)
  }
}

/**
 * `work`, which asks one registry.
 * @throws RegistryError, ToolError: that there was no answer is told in words.
 */
export async function explaining<T>(host: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw unreachable(host, error)
  }
}

/** `ask`, whose failures are told in words. */
export function withReasons(ask: Ask): Ask {
  return (repository, ...rest) => explaining(repository.registry, ask(repository, ...rest))
}
