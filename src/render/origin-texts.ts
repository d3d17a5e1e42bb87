import type { Finding, Source } from '../report/model.ts'
import { clean } from './escape.ts'

/** The lines of the repository that brought a finding in, each once, in the order of its paths; empty where none is known. */
export function sourcesOf(finding: Finding): readonly Source[] {
  const all = finding.kind === 'secret' ? [finding.source] : finding.occurrences.map(({ source }) => source)
  const known = all.filter(source => source !== undefined)
  return [...new Map(known.map(source => [`${source.line} ${source.file}`, source])).values()]
}

/**
 * Where something came from, in words without a full stop: `brought in by Dockerfile line 6`, `part of the base image debian:12
 * (Dockerfile line 1)`. Clean, but not escaped for any format.
 */
export function originText({ file, line, base, from }: Source): string {
  const place = `${clean(file, 200)} line ${line}`
  if (!base) return `brought in by ${place}`
  return `part of the base image${from === undefined ? '' : ` ${clean(from, 200)}`} (${place})`
}
