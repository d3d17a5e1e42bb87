import { UserError } from '../lib/errors.ts'
import { parseReference, type Reference } from './reference.ts'

/** Where the image is: in a registry, or, to be scanned only, in a file or in a Docker engine. */
export type ImageSource =
  | { readonly kind: 'registry'; readonly reference: Reference }
  | { readonly kind: 'oci-layout' | 'docker-archive'; readonly path: string }
  | { readonly kind: 'docker-daemon'; readonly name: string }

/**
 * Reads one entry of the input `image`. The prefixes are those of skopeo and containers/image (containers-transports(5)), without `oci:`.
 * @throws UserError, a sentence without full stop.
 */
export function parseImageSource(entry: string): ImageSource {
  const [, kind, rest = ''] = /^(oci-layout|docker-archive|docker-daemon):(.*)$/s.exec(entry) ?? []
  if (kind === undefined) return { kind: 'registry', reference: parseReference(entry) }
  if (/\p{Cc}/u.test(rest)) throw new UserError(`${kind}: is followed by a control character`)
  if (kind === 'docker-daemon') return { kind, name: parseDaemonName(rest) }
  if (rest === '') throw new UserError(`${kind}: is not followed by a path`)
  return { kind: kind === 'oci-layout' ? kind : 'docker-archive', path: rest }
}

/** What `docker images` lists: a name with an optional tag, or an image id. It becomes an argument, so it never begins with a dash. */
function parseDaemonName(name: string): string {
  if (/^[a-z0-9][a-z0-9._/:@-]*(?:[:@][A-Za-z0-9_.:-]+)?$/.test(name)) return name
  throw new UserError(
    `docker-daemon: is followed by ${JSON.stringify(name.slice(0, 200))}; it is a name such as app:ci, or an image id`
  )
}
