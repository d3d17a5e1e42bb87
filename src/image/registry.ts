import { setTimeout as sleep } from 'node:timers/promises'
import { type Ask, createAsk, withReasons } from './ask.ts'
import { withAuthorization } from './authorization.ts'
import type { Credentials } from './credentials.ts'
import type { Descriptor } from './descriptor.ts'
import { RegistryError } from './failures.ts'
import { type Send, type Wait, withRedirects, withRetries } from './http.ts'
import {
  ACCEPT_MANIFESTS,
  describe,
  expectOk,
  type Manifest,
  manifestPath,
  parseManifest,
  sha256,
  tampered
} from './manifest.ts'
import { isDigest, type PinnedReference, type Reference } from './reference.ts'
import { listReferrers, type ReferrersPart, taggedReferrers } from './referrers.ts'
import { createBaseUrl } from './scheme.ts'
import { createSend } from './send.ts'
import { createWriter, type RegistryWriter } from './writer.ts'

/** Reads from any registry that speaks the OCI distribution protocol. Everything it throws is a RegistryError or ToolError. */
export interface Registry {
  /** The manifest at the reference's digest, else at its tag, else at `latest`. */
  manifest(reference: Reference): Promise<Manifest>
  /** What a tag points at now, or the reference's own digest if it is there. */
  digestOf(reference: Reference): Promise<string>
  /** A blob of at most `maxBytes`, its size and digest checked. */
  blob(reference: Reference, descriptor: Pick<Descriptor, 'digest' | 'size'>, maxBytes: number): Promise<Buffer>
  /** What refers to a manifest: signatures, attestations. Empty when nothing does. */
  referrers(reference: PinnedReference, part?: ReferrersPart): Promise<readonly Descriptor[]>
  /** The same for what may as well be left out: a failure is not tried again, so that nobody waits for it. */
  readonly impatient: Registry
}

/** Reads, and can write. */
export interface WritableRegistry extends Registry {
  readonly writer: RegistryWriter
}

/** How a registry is spoken to. */
export interface RegistryOptions {
  /** The credentials of a host, undefined for anonymous. */
  readonly credentials: (host: string) => Credentials | undefined
  /** Limit for one request and its answer, in milliseconds. */
  readonly timeoutMs: number
  /** Waits between tries; with a real clock where absent. */
  readonly wait?: Wait
}

/**
 * The one client for registries. It goes through the runner's proxy, logs in where it is asked to, and keeps tokens for its lifetime.
 * Source of the protocol: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export function createRegistry({ credentials, timeoutMs, wait = sleep }: RegistryOptions): WritableRegistry {
  const direct = createSend(timeoutMs)
  const baseUrl = createBaseUrl(direct)
  const tokens = new Map<string, string>()
  const askBy = (send: Send) => {
    const anonymous = withRedirects(send)
    return createAsk(withAuthorization(anonymous, credentials, tokens), anonymous, baseUrl)
  }
  const once = askBy(direct)
  const patiently = askBy(withRetries(direct, wait))
  const impatient: Registry = {
    ...readThrough(withReasons(once)),
    get impatient() {
      return impatient
    }
  }
  return {
    ...readThrough(withReasons(patiently)),
    impatient,
    writer: createWriter({ once, patiently, wait })
  }
}

function readThrough(ask: Ask): Omit<Registry, 'impatient'> {
  const accept = { headers: { accept: ACCEPT_MANIFESTS } }
  const manifest = async (reference: Reference): Promise<Manifest> =>
    parseManifest(reference, await ask(reference, manifestPath(reference), accept))

  return {
    manifest,
    digestOf: async reference => {
      const response = await ask(reference, manifestPath(reference), { ...accept, method: 'HEAD' })
      const digest = expectOk(reference, response).header('docker-content-digest')
      // The header is the registry's word; a digest that was asked for stands, and whoever reads the manifest checks its bytes.
      if (reference.digest !== undefined) return reference.digest
      return isDigest(digest) ? digest : (await manifest(reference)).digest
    },
    blob: async (reference, { digest, size }, maxBytes) => {
      const subject = { ...reference, digest }
      if (size > maxBytes)
        throw new RegistryError(`${describe(subject)} says that it has ${size} bytes; at most ${maxBytes} are read`, {})
      const { body } = expectOk(subject, await ask(subject, `blobs/${digest}`, { maxBytes: size }))
      if (body.length !== size || sha256(body) !== digest) throw tampered(subject, sha256(body))
      return body
    },
    referrers: async (reference, part) =>
      (await listReferrers(ask, reference, part)) ?? taggedReferrers(manifest, reference)
  }
}
