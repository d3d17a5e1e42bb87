import type { Finding, Layer, Occurrence, Source } from '../report/model.ts'
import type { FindLine } from './manifest-line.ts'

/** The file of the checkout that lies in the image under a path, and where packages stand in it. */
export type LookUp = (path: string) => Promise<{ readonly path: string; readonly findLine: FindLine } | undefined>

/**
 * A finding with the source of each of its occurrences: the Dockerfile's line of its layer, else the line of a manifest in the checkout.
 * @param places by diff id.
 */
export async function place(finding: Finding, places: ReadonlyMap<string, Source>, lookUp: LookUp): Promise<Finding> {
  if (finding.kind === 'secret') return withSource(finding, sourceOf(finding.layer, places))
  const occurrences = await Promise.all(
    finding.occurrences.map(async occurrence => {
      const source = sourceOf(occurrence.layer, places) ?? (await inManifest(finding.package, occurrence, lookUp))
      return withSource(occurrence, source)
    })
  )
  return { ...finding, occurrences }
}

function sourceOf(layer: Layer | undefined, places: ReadonlyMap<string, Source>): Source | undefined {
  return layer && places.get(layer.diffId)
}

async function inManifest(name: string, { path, installed }: Occurrence, lookUp: LookUp): Promise<Source | undefined> {
  if (path === '') return undefined
  const file = await lookUp(path)
  const line = file?.findLine({ package: name, version: installed })
  return file === undefined || line === undefined ? undefined : { file: file.path, line, base: false }
}

function withSource<T extends object>(found: T, source: Source | undefined): T {
  return source === undefined ? found : { ...found, source }
}
