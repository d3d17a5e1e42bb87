import { asArray, asObject, type JsonObject, text } from '../lib/json.ts'
import { objectOf, pick, pickStrings, pickTexts, shortened, unlessEmpty } from './pick.ts'

/** The image that a report is published about, as the world knows it. */
export interface Published {
  /** `registry/repository@sha256:…` of the platform; for an image in a file its name. */
  readonly name: string
  /** Whether it can be pulled by that name. */
  readonly pullable: boolean
}

const LAYER = ['Digest', 'DiffID'] as const
const MOST_TITLE = 300

/**
 * Trivy's report without anything that must not be published: no secret that was found nor the lines around it, none of the image's ENV, commands,
 * history and build arguments, no path of the machine that scanned; and without long texts that everybody can look up. Built from what is named
 * here, not by taking out what is known to be bad.
 *
 * The image's labels stay, which are meant to be read by everybody, unless a secret was found in its config.
 *
 * Format: Trivy's pkg/types/report.go and pkg/fanal/types.
 * @param json Trivy's JSON, parsed.
 * @param resultOf what is kept of one element of `Results` beside its name; undefined for one that is left out.
 * @throws TypeError for what is no report at all.
 */
export function scrubReport(
  json: unknown,
  image: Published,
  resultOf: (result: JsonObject, index: number) => JsonObject | undefined
): JsonObject {
  const report = asObject(json, 'report')
  const artifact = text(report, 'ArtifactName')
  const results = asArray(report['Results'], 'Results').map((value, index) => asObject(value, `Results[${index}]`))
  const withLabels = !results.some(result => result['Class'] === 'secret' && result['Target'] === artifact)
  return {
    ...pick(report, ['SchemaVersion', 'CreatedAt', 'ArtifactType']),
    ...unlessEmpty('Trivy', pick(report['Trivy'], ['Version'])),
    ArtifactName: image.name,
    Metadata: scrubMetadata(report['Metadata'], image, withLabels),
    Results: results.flatMap((result, index) => {
      const kept = resultOf(result, index)
      return kept === undefined ? [] : [{ ...nameOf(result, artifact, image), ...kept }]
    })
  }
}

/**
 * One element of `Vulnerabilities`: what it is, where it is, how bad, whether there is a fix, and where to read about it.
 * Format: Trivy's pkg/types/vulnerability.go.
 */
export function scrubVulnerability(value: unknown): JsonObject {
  const json = objectOf(value)
  const title = shortened(text(json, 'Title'), MOST_TITLE)
  return {
    ...pick(json, ['VulnerabilityID', 'PkgID', 'PkgName', 'PkgPath']),
    ...unlessEmpty('PkgIdentifier', pick(json['PkgIdentifier'], ['PURL', 'UID'])),
    ...pick(json, ['InstalledVersion', 'FixedVersion', 'Status']),
    ...unlessEmpty('Layer', pick(json['Layer'], LAYER)),
    ...pick(json, ['SeveritySource', 'Severity', 'PrimaryURL', 'PublishedDate']),
    ...(title === '' ? {} : { Title: title })
  }
}

/** One element of `Packages`. Format: Trivy's pkg/fanal/types/package.go. */
export function scrubPackage(value: unknown): JsonObject {
  const json = objectOf(value)
  return {
    ...pick(json, ['ID', 'Name']),
    ...unlessEmpty('Identifier', pick(json['Identifier'], ['PURL', 'UID', 'BOMRef'])),
    ...pick(json, ['Version', 'Release', 'Epoch', 'Arch', 'SrcName', 'SrcVersion', 'SrcRelease', 'SrcEpoch']),
    ...unlessEmpty('Licenses', pickTexts(json['Licenses'])),
    ...pick(json, ['Maintainer', 'Modularitylabel', 'Relationship', 'Indirect', 'Dev', 'FilePath', 'Digest']),
    ...unlessEmpty('DependsOn', pickTexts(json['DependsOn'])),
    ...unlessEmpty('Layer', pick(json['Layer'], LAYER))
  }
}

function scrubMetadata(value: unknown, image: Published, withLabels: boolean): JsonObject {
  const json = objectOf(value)
  const layers = asArray(json['Layers'], 'Metadata.Layers')
  return {
    ...pick(json, ['Size']),
    ...unlessEmpty('OS', pick(json['OS'], ['Family', 'Name', 'EOSL', 'extended'])),
    ...pick(json, ['ImageID']),
    ...unlessEmpty('DiffIDs', pickTexts(json['DiffIDs'])),
    ...(image.pullable ? { RepoDigests: [image.name], Reference: image.name } : {}),
    ImageConfig: scrubConfig(json['ImageConfig'], withLabels),
    ...unlessEmpty(
      'Layers',
      layers.map(layer => pick(layer, ['Size', ...LAYER]))
    )
  }
}

function scrubConfig(value: unknown, withLabels: boolean): JsonObject {
  const json = objectOf(value)
  const config = objectOf(json['config'])
  return {
    ...pick(json, ['architecture', 'variant', 'os', 'os.version', 'created']),
    ...unlessEmpty('config', withLabels ? unlessEmpty('Labels', pickStrings(config['Labels'])) : {})
  }
}

/** A distribution's result is named after what was scanned, by the name that it had then. */
function nameOf(result: JsonObject, artifact: string, image: Published): JsonObject {
  const name = pick(result, ['Target', 'Class', 'Type'])
  const target = text(name, 'Target')
  if (artifact === '' || !target.startsWith(artifact)) return name
  return { ...name, Target: `${image.name}${target.slice(artifact.length)}` }
}
