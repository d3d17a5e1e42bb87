import { asArray, asObject, type JsonObject, text } from '../lib/json.ts'
import { worseSecret } from '../report/merge.ts'
import { identityOf, type Secret } from '../report/model.ts'
import { layerOf, type Result, requiredString, severityOf, withoutLeadingSlash } from './parse-fields.ts'

/** What stands for a path where the secret is in the image's environment, labels or history. */
const IMAGE_CONFIG = 'image config'

/** Secrets that are being gathered, by identity: one per rule and file. */
export type SecretTable = Map<string, Secret>

/**
 * Adds the secrets of one result to the table. `Match` and `Code` are never read: they hold the line around the secret, and only
 * the part that the rule matched is masked in them. Format: Trivy's pkg/fanal/types/secret.go.
 * @param artifact `ArtifactName` of the report. A secret in the image's config has it as its target, because there is no file.
 */
export function readSecrets(result: Result, artifact: string, table: SecretTable): void {
  const list = asArray(result.json['Secrets'], `${result.path}.Secrets`)
  if (list.length === 0) return
  const target = requiredString(result.json, 'Target', result.path)
  const inConfig = target === artifact
  for (const [index, value] of list.entries()) {
    const path = `${result.path}.Secrets[${index}]`
    const secret = readSecret(asObject(value, path), path, inConfig ? IMAGE_CONFIG : withoutLeadingSlash(target))
    const key = identityOf(secret)
    const known = table.get(key)
    table.set(key, known === undefined ? secret : worseSecret(known, secret))
  }
}

function readSecret(json: JsonObject, path: string, file: string): Secret {
  return {
    kind: 'secret',
    id: requiredString(json, 'RuleID', path),
    severity: severityOf(json, path),
    title: text(json, 'Title'),
    path: file,
    // Of the config Trivy makes a text with lines of its own: nobody else can find a line in it.
    line: file === IMAGE_CONFIG ? 0 : lineOf(json),
    ...layerOf(json, path)
  }
}

function lineOf(json: JsonObject): number {
  const line = json['StartLine']
  return typeof line === 'number' && Number.isSafeInteger(line) && line > 0 ? line : 0
}
