/** What a registry asks for in a 401: the first scheme of the header that we can answer. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string }

/**
 * Reads a WWW-Authenticate header.
 * Source: RFC 9110, section 11.6.1, and https://distribution.github.io/distribution/spec/auth/token/
 * @returns undefined when it is empty, broken, or asks for something else.
 */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s+(.*))?$/s.exec(header.slice(0, 4096)) ?? []
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' }
  if (scheme.toLowerCase() !== 'bearer') return undefined
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, plain = ''] of rest.matchAll(
    /([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g
  )) {
    // The first one counts: another scheme's parameters may follow in the same header.
    const key = name.toLowerCase()
    if (!parameters.has(key)) parameters.set(key, quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'))
  }
  const realm = parameters.get('realm') ?? ''
  return /^https?:\/\//i.test(realm) && URL.canParse(realm)
    ? { scheme: 'bearer', realm, service: parameters.get('service') ?? '' }
    : undefined
}
