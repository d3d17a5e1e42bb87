import { asArray, asObject, asString } from '../lib/json.ts'

/** What a service of Sigstore does. */
export type ServiceRole = 'transparency log' | 'timestamp authority' | 'certificate authority'

/** One service that signing talks to. */
export interface SigstoreService {
  readonly role: ServiceRole
  readonly url: string
}

/** Those of the public Sigstore. Source: sigstore/root-signing targets/signing_config.v0.2.json */
export const PUBLIC_SERVICES: readonly SigstoreService[] = [
  { role: 'certificate authority', url: 'https://fulcio.sigstore.dev' },
  { role: 'timestamp authority', url: 'https://timestamp.sigstore.dev/api/v1/timestamp' },
  { role: 'transparency log', url: 'https://rekor.sigstore.dev' }
]

/** Where a signing config has which services. */
const LISTS: readonly (readonly [string, ServiceRole])[] = [
  ['caUrls', 'certificate authority'],
  ['tsaUrls', 'timestamp authority'],
  ['rekorTlogUrls', 'transparency log']
]

/**
 * Reads a signing config.
 * Format: sigstore/protobuf-specs protos/sigstore_trustroot.proto, message SigningConfig, as JSON.
 * @throws TypeError or SyntaxError for anything that cosign would not take for one.
 */
export function parseSigningConfig(text: string): readonly SigstoreService[] {
  const config = asObject(JSON.parse(text), 'the file')
  expectMediaType(config['mediaType'], /^application\/vnd\.dev\.sigstore\.signingconfig\.v0\.2\+json$/)
  return LISTS.flatMap(([list, role]) =>
    asArray(config[list], list).map((service, index) => {
      const path = `${list}[${index}]`
      return { role, url: asString(asObject(service, path)['url'], `${path}.url`) }
    })
  )
}

/**
 * Checks that a text is a trusted root; cosign says what is wrong inside.
 * Format: the same file, message TrustedRoot.
 * @throws TypeError or SyntaxError when it is none.
 */
export function checkTrustedRoot(text: string): void {
  const root = asObject(JSON.parse(text), 'the file')
  expectMediaType(
    root['mediaType'],
    /^application\/vnd\.dev\.sigstore\.trustedroot(\+json;version=0\.\d|\.v0\.\d\+json)$/
  )
}

function expectMediaType(value: unknown, expected: RegExp): void {
  const mediaType = asString(value, 'mediaType')
  if (!expected.test(mediaType)) throw new TypeError(`mediaType: found ${JSON.stringify(mediaType.slice(0, 100))}`)
}

/** What a person calls it: `the transparency log (rekor.sigstore.dev)`. */
export function nameOfService({ role, url }: SigstoreService): string {
  return `the ${role} (${URL.canParse(url) ? new URL(url).host : url})`
}
