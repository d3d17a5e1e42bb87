import { isObject, type JsonObject } from '../lib/json.ts'

/**
 * Names of the fields of an index, a manifest and their descriptors that decide what is pulled.
 * Sources: OCI image-spec (image-index.md, manifest.md, descriptor.md); distribution, docs/content/spec/manifest-v2-2.md and schema 1's `fsLayers`.
 */
const FIELDS = new Map(
  [
    ...['schemaVersion', 'mediaType', 'artifactType', 'manifests', 'config', 'layers', 'fsLayers', 'subject'],
    ...['digest', 'size', 'urls', 'data', 'annotations', 'platform', 'history'],
    ...['os', 'architecture', 'variant', 'os.version', 'os.features', 'features']
  ].map(name => [folded(name), name])
)

/** A manifest holds descriptors, and these a platform. */
const DEPTH = 2

/**
 * A key that is not the field's name for us, and is for tools written in Go, all that pull images among them: `Manifests` is `manifests` there, and
 * of the two the last one counts. Who writes both shows one image to us and another one to docker.
 * Source: https://pkg.go.dev/encoding/json#Unmarshal ("also accepting a case-insensitive match").
 * @param content of an index or a manifest. Annotations are a map, in which Go tells capital letters apart.
 * @param depth how many objects in one another are looked into.
 * @returns the key as it is written, and the field's name; undefined where there is none.
 */
export function misspeltKey(
  content: JsonObject,
  depth = DEPTH
): { readonly key: string; readonly name: string } | undefined {
  for (const [key, value] of Object.entries(content)) {
    const name = FIELDS.get(folded(key))
    if (name !== undefined && name !== key) return { key, name }
    if (depth === 0 || key === 'annotations') continue
    for (const object of (Array.isArray(value) ? value : [value]).filter(isObject)) {
      const found = misspeltKey(object, depth - 1)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** As Go compares keys: two letters outside ASCII are an s and a k as well. Source: Go, encoding/json/fold.go. */
function folded(key: string): string {
  return key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase()
}
